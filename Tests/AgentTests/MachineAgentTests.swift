import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Testing

@testable import Agent

/// A machine agent in this process with real shims and sidecars.
///
/// Its API server is a fake that the sidecars cannot
/// reach, which is a test of its own: a pod lives without one.
private struct MachineBench {
    let directory: String
    let api = FakeAPIServer()
    let configuration: MachineConfiguration

    init() throws {
        var template = Array("/tmp/nest-machine-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(directory, 0o711)
        let kubeconfig = Kubeconfig(
            name: "test", cluster: .init(server: "https://127.0.0.1:1"), user: .init(token: "none"))
        try writePrivately(kubeconfig, to: directory + "/kubeconfig.json")
        configuration = MachineConfiguration(
            machineName: "here", dataDirectory: directory, agentExecutable: TestPod.program("nest-agent"),
            jailExecutable: TestPod.program("nest-jail"), runtimesDirectory: TestPod.root + "/runtimes",
            kubeconfig: directory + "/kubeconfig.json")
    }

    func start() -> Task<Void, any Error> {
        let agent = MachineAgent(configuration: configuration, client: api.client(), logger: .silent)
        return Task { try await agent.run() }
    }

    func putPod(_ name: String) throws -> Pod {
        try api.put(
            Pod(metadata: ObjectMeta(name: name, namespace: "default", labels: [NestGroup.poolLabel: "default"])))
    }

    func wait(_ name: String, _ condition: (Pod) -> Bool) async throws -> Pod? {
        let client = api.client()
        let list = try await client.list(Pod.self, namespace: "default")
        if let found = list.items.first(where: { $0.metadata.name == name }), condition(found) { return found }
        let version = list.metadata.resourceVersion ?? ""
        for try await event in client.watch(Pod.self, namespace: "default", resourceVersion: version) {
            switch event {
            case .added(let pod), .modified(let pod): if pod.metadata.name == name, condition(pod) { return pod }
            case .deleted(let pod): if pod.metadata.name == name { return nil }
            case .bookmark: break
            }
        }
        return nil
    }

    func state(of pod: Pod) -> PodState? {
        PodState.read("\(directory)/pods/\(pod.metadata.uid)/control/state.json")
    }

    func end(_ task: Task<Void, any Error>) async throws {
        task.cancel()
        _ = await task.result
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/pods") == [])
        try FileManager.default.removeItem(atPath: directory)
        #expect(Census.children().isEmpty)
    }
}

extension ProcessTests {
    @Suite struct MachineAgentTests {
        @Test func claimsRunsRestartsAndLeavesNothing() async throws {
            let bench = try MachineBench()
            let task = bench.start()
            _ = try bench.putPod("p")
            let pod = try #require(try await bench.wait("p") { $0.isReady })
            #expect(pod.spec.nodeName == "here")
            #expect(pod.status.podIP?.hasPrefix("127.1.") == true)
            let first = try #require(bench.state(of: pod))
            let (sidecar, shim) = (try #require(first.sidecar), try #require(first.shim))

            sidecar.signalGroup(SIGKILL)
            _ = try await bench.wait("p") { $0.isReady && $0.status.containerStatuses?.first?.restartCount == 1 }
            #expect(shim.isAlive)

            shim.signalGroup(SIGKILL)
            let again = try await bench.wait("p") { $0.isReady && $0.status.containerStatuses?.last?.restartCount == 1 }
            #expect(again?.status.podIP == pod.status.podIP)
            #expect(!shim.isAlive)
            try await bench.end(task)
        }

        @Test func aDeletedPodGoes() async throws {
            let bench = try MachineBench()
            let task = bench.start()
            _ = try bench.putPod("p")
            let pod = try #require(try await bench.wait("p") { $0.isReady })
            let shim = try #require(bench.state(of: pod)?.shim)
            try await bench.api.client().delete(Pod.self, namespace: "default", name: "p")
            _ = try bench.putPod("q")
            _ = try await bench.wait("q") { $0.isReady }
            try await bench.end(task)
            #expect(!shim.isAlive)
        }

        /// Hosts are booted before the shim listens; nothing of it may outlive the pod, however early its end comes.
        @Test(arguments: [PodRunner.grace, .zero])
        func aPodThatIsEndedWhileItStartsLeavesNothing(grace: Duration) async throws {
            let bench = try MachineBench()
            let pod = try bench.putPod("p")
            mkdir(bench.directory + "/pods", 0o711)
            let monitor = try ProcessMonitor()
            let runner = PodRunner(pod: pod, machine: bench.configuration, monitor: monitor, logger: .silent) {}
            try await runner.start()
            let journal = "\(bench.directory)/pods/\(pod.metadata.uid)/hosts"
            var hosts: [ProcessIdentity] = []
            for _ in 0..<10_000 where hosts.isEmpty {
                try await Task.sleep(for: .milliseconds(1))
                hosts = ((try? FileManager.default.contentsOfDirectory(atPath: journal)) ?? [])
                    .compactMap(HostJournal.process)
            }
            #expect(!hosts.isEmpty)
            await runner.stop(within: grace)
            #expect(hosts.filter(\.isAlive).isEmpty)
            monitor.stop()
            try FileManager.default.removeItem(atPath: bench.directory)
            #expect(Census.children().isEmpty)
        }

        @Test(arguments: [false, true])
        func adoptsWhatAnEarlierAgentLeft(credentialsChanged: Bool) async throws {
            let bench = try MachineBench()
            let pod = try bench.putPod("p")
            mkdir(bench.directory + "/pods", 0o711)
            let monitor = try ProcessMonitor()
            let runner = PodRunner(pod: pod, machine: bench.configuration, monitor: monitor, logger: .silent) {}
            try await runner.start()
            let before = try #require(bench.state(of: pod))
            // The earlier agent forgets everything without stopping anything, as kill -9 makes it.
            monitor.stop()
            var claimed = pod
            claimed.spec.nodeName = "here"
            try bench.api.put(claimed)

            if credentialsChanged {
                let other = Kubeconfig(
                    name: "test", cluster: .init(server: "https://127.0.0.1:2"), user: .init(token: "none"))
                try writePrivately(other, to: bench.configuration.kubeconfig)
            }
            let task = bench.start()
            let ready = try await bench.wait("p") { $0.isReady }
            #expect(ready?.status.podIP == before.address)
            #expect(bench.state(of: pod)?.shim == before.shim)
            #expect(before.shim?.isAlive == true)
            #expect((bench.state(of: pod)?.sidecar == before.sidecar) != credentialsChanged)
            try await bench.end(task)
            #expect(before.shim?.isAlive == false)
        }
    }
}
