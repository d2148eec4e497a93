import ControllerRuntime
import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import Logging
import NestAPI

/// One machine as a place for pods: claims pods of pools and runs them as local process groups.
public struct MachineAgent: Sendable {
    private let configuration: MachineConfiguration
    private let client: KubeClient
    private let logger: Logger

    public init(configuration: MachineConfiguration, client: KubeClient, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
    }

    /// Works until the task is cancelled; then stops every pod and returns within 8 s.
    /// - Throws: when sandboxes could not be run safely here, naming what to change.
    public func run() async throws {
        try SharedUser.hideFromSandboxes()
        let pods = configuration.dataDirectory + "/pods"
        if mkdir(pods, 0o711) != 0, errno != EEXIST { throw SystemError("cannot make \(pods)") }
        if geteuid() == 0 {
            chmod(pods, 0o711)
            try Reachability.check(pods, purpose: "data directory")
            try Reachability.check(configuration.runtimesDirectory, purpose: "runtimes directory")
        }
        try MetricsToken.make(at: configuration.metricsToken)
        let monitor = try ProcessMonitor()
        defer { monitor.stop() }
        let machine = MachinePods(configuration: configuration, client: client, monitor: monitor, logger: logger)
        await machine.run()
        await machine.stopAll()
    }
}

/// The pods of one machine.
actor MachinePods {
    private let configuration: MachineConfiguration
    private let client: KubeClient
    private let monitor: ProcessMonitor
    private let logger: Logger
    private let queue = WorkQueue<ObjectKey>()
    private let informer: Informer<Pod>
    private var runners: [String: PodRunner] = [:]
    /// The grace periods of pods that are being stopped, in seconds.
    private var ending: [String: Int64] = [:]

    init(configuration: MachineConfiguration, client: KubeClient, monitor: ProcessMonitor, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.monitor = monitor
        self.logger = logger
        informer = Informer(client: client, labelSelector: NestGroup.poolLabel, logger: logger)
    }

    func run() async {
        informer.onChange { [queue] change in queue.add(change.object.key) }
        await withTaskGroup { group in
            group.addTask { await self.informer.run() }
            group.addTask { await self.work() }
        }
    }

    private func work() async {
        guard (try? await informer.waitForSync()) != nil else { return }
        removeLeftovers()
        await runWorkers(queue, workers: 4, logger: logger) { try await self.reconcile($0) }
    }

    /// What earlier agents ran for pods that are gone, or are somebody else's now.
    private func removeLeftovers() {
        let mine = informer.lister.list().filter { $0.spec.nodeName == configuration.machineName }
        let known = Set(mine.map(\.metadata.uid))
        let directory = configuration.dataDirectory + "/pods"
        for uid in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where !known.contains(uid) {
            let files = PodFiles(directory: directory + "/" + uid)
            let state = PodState.read(files.state)
            for process in [state?.sidecar, state?.shim] { process?.signalGroup(SIGKILL) }
            files.remove()
        }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        let pod = informer.lister.get(key)
        for (uid, runner) in runners where runner.pod.key == key && uid != pod?.metadata.uid {
            await stop(runner)
        }
        guard let pod else { return .done }
        if pod.metadata.deletionTimestamp != nil {
            try await end(pod)
        } else if pod.spec.nodeName == nil {
            try await claim(pod)
        } else if pod.spec.nodeName == configuration.machineName {
            try await keep(pod)
        }
        return .done
    }

    private func claim(_ pod: Pod) async throws {
        guard let version = pod.metadata.resourceVersion else { return }
        do {
            _ = try await client.patch(
                Pod.self, namespace: pod.metadata.namespace, name: pod.metadata.name,
                json: [
                    ["op": "test", "path": "/metadata/resourceVersion", "value": .string(version)],
                    ["op": "add", "path": "/spec/nodeName", "value": .string(configuration.machineName)],
                ])
        } catch let status as Status where status.isConflict || status.code == 422 || status.isNotFound {
            // Somebody else was faster, or the pod has changed: its next version comes by itself.
        }
    }

    private func keep(_ pod: Pod) async throws {
        let runner: PodRunner
        if let known = runners[pod.metadata.uid] {
            runner = known
        } else {
            runner = PodRunner(pod: pod, machine: configuration, monitor: monitor, logger: logger) { [queue] in
                queue.add(pod.key)
            }
            runners[pod.metadata.uid] = runner
            do {
                try await runner.start()
            } catch {
                await stop(runner)
                try? await report(pod, phase: "Pending", runner: nil, message: "\(error)")
                throw error
            }
        }
        try await report(pod, phase: "Running", runner: runner, message: nil)
    }

    private func report(_ pod: Pod, phase: String, runner: PodRunner?, message: String?) async throws {
        var status = pod.status
        status.phase = phase
        status.message = message
        let isRunning = await runner?.isRunning ?? false
        if let runner {
            status.podIP = await runner.address
            status.hostIP = "127.0.0.1"
            status.startTime = status.startTime ?? Timestamp.now().wholeSeconds
            status.containerStatuses = []
            for (name, role) in [("sidecar", PodRunner.Role.sidecar), ("app", .shim)] {
                let restarts = await runner.restarts(of: role)
                status.containerStatuses?.append(
                    .init(name: name, ready: isRunning, restartCount: restarts, image: "nest"))
            }
        }
        if pod.isReady != isRunning || status.conditions == nil {
            status.conditions = [
                .init(
                    type: "Ready", status: isRunning ? .yes : .no, reason: isRunning ? nil : "ContainersNotReady",
                    lastTransitionTime: .now().wholeSeconds)
            ]
        }
        guard status != pod.status else { return }
        do {
            _ = try await client.patch(
                Pod.self, namespace: pod.metadata.namespace, name: pod.metadata.name, subresource: "status",
                merge: .object(["status": try JSONValue(encoding: status)]))
        } catch let status as Status where status.isNotFound {
            // Deleted meanwhile.
        }
    }

    /// A deleted pod: first its processes, which have its grace period to end in, then the object, which a server may
    /// have kept for us.
    private func end(_ pod: Pod) async throws {
        if let runner = runners[pod.metadata.uid] { return beginStop(runner, of: pod) }
        guard pod.spec.nodeName == nil || pod.spec.nodeName == configuration.machineName else { return }
        do {
            try await client.delete(
                Pod.self, namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid,
                gracePeriodSeconds: 0)
        } catch let status as Status where status.isNotFound || status.isConflict {
            // It is gone already.
        }
    }

    /// Others' pods need not wait for it.
    private func beginStop(_ runner: PodRunner, of pod: Pod) {
        let grace = pod.metadata.deletionGracePeriodSeconds ?? 30
        // The same patience once; less of it when the pod is deleted again with less.
        guard ending[pod.metadata.uid].map({ grace < $0 }) ?? true else { return }
        ending[pod.metadata.uid] = grace
        Task {
            await stop(runner, within: .seconds(grace))
            ending[pod.metadata.uid] = nil
            queue.add(pod.key)
        }
    }

    private func stop(_ runner: PodRunner, within grace: Duration = PodRunner.grace) async {
        await runner.stop(within: grace)
        runners[runner.pod.metadata.uid] = nil
    }

    func stopAll() async {
        await withTaskGroup { group in
            for runner in runners.values { group.addTask { await runner.stop() } }
        }
        runners = [:]
    }
}
