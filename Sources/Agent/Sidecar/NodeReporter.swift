import ControllerRuntime
import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Keeps the pod's SandboxNode and its heartbeat Lease.
actor NodeReporter {
    static let leaseSeconds = 40
    static let renewal = Duration.seconds(10)
    private static let packagesListed = 100

    private let configuration: SidecarConfiguration
    private let client: KubeClient
    private let contact: Contact
    private let logger: Logger
    private let node: Informer<SandboxNode>
    private var status = SandboxNodeStatus()
    private var written: SandboxNodeStatus?
    private var runtimes: [String: RuntimeReport] = [:]
    /// What has become of the layers that the pool preloads.
    private var layers: LayerPreload.State
    /// The pod is being deleted.
    private var isClosed = false
    private let changes = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(configuration: SidecarConfiguration, client: KubeClient, contact: Contact, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.contact = contact
        node = Informer(
            client: client, namespace: configuration.podNamespace,
            fieldSelector: "metadata.name=\(configuration.podName)", logger: logger)
        self.logger = logger
        let spec = configuration.poolSpec
        layers = LayerPreload(layers: spec.preload.layers.count).state
        let node = NodeCapacity(
            cores: Machine.cores, memoryBytes: Machine.memoryBytes, maxSandboxes: spec.maxSandboxesPerPod,
            overcommit: spec.overcommit)
        status.capacity = node.capacity
        status.allocatable = node.allocatable
        status.podIP = configuration.address
    }

    // MARK: What changes

    func update(runtimes: [RuntimeReport], sandboxes: Int) {
        for runtime in runtimes { self.runtimes[runtime.name] = runtime }
        // An earlier sidecar has brought them.
        if layers == .fetching, runtimes.contains(where: { $0.preload != nil }) { layers = .fetched }
        status.sandboxes = sandboxes
        changes.continuation.yield()
    }

    func update(layers: LayerPreload.State, runtimes: [RuntimeReport] = []) {
        for runtime in runtimes { self.runtimes[runtime.name] = runtime }
        self.layers = layers
        changes.continuation.yield()
    }

    func update(runtime: RuntimeReport) {
        runtimes[runtime.name] = runtime
        changes.continuation.yield()
    }

    func update(sandboxes: Int) {
        status.sandboxes = sandboxes
        changes.continuation.yield()
    }

    func update(usage: ResourceUsage) {
        status.usage = usage
        changes.continuation.yield()
    }

    func update(pressure conditions: [Condition]) {
        let before = status.conditions
        for condition in conditions { status.conditions.set(condition) }
        if status.conditions != before { changes.continuation.yield() }
    }

    /// What the shim has said of its runtimes.
    var runtimeVersions: [(name: String, version: String)] {
        runtimes.values.map { ($0.name, $0.version) }.sorted { $0.name < $1.name }
    }

    func update(package digest: String) {
        guard status.packages.last != digest else { return }
        status.packages.removeAll { $0 == digest }
        status.packages = (status.packages + [digest]).suffix(Self.packagesListed)
        changes.continuation.yield()
    }

    /// Lets the scheduler bind nothing more here; returns when that is written, or could not be.
    func close() async {
        isClosed = true
        do {
            try await write()
        } catch {
            logger.warning("that the pod ends was not written: \(error)")
            changes.continuation.yield()
        }
    }

    /// Takes in what stands on the server: while the pod was silent, others have spoken for it.
    private func observe(_ change: Change<SandboxNode>) {
        guard written != nil else { return }
        if case .deleted = change {
            written = nil
        } else {
            let (shown, own) = (change.object.status.conditions["Ready"], status.conditions["Ready"])
            guard shown?.status != own?.status || shown?.reason != own?.reason else { return }
            written = nil
            // It becomes so again only now.
            status.conditions.removeAll { $0.type == "Ready" }
        }
        changes.continuation.yield()
    }

    // MARK: Writing

    /// Writes until the task is cancelled.
    func run() async {
        status.confinement = await Machine.confinement(jail: configuration.jail)
        node.onChange { [weak self] change in Task { await self?.observe(change) } }
        await withTaskGroup { group in
            group.addTask { await self.node.run() }
            group.addTask { await self.writeChanges() }
            group.addTask { await self.renewLease() }
        }
    }

    private func writeChanges() async {
        changes.continuation.yield()
        for await _ in changes.stream {
            do {
                try await write()
                // Many changes in a row make few writes; the scheduler counts sandboxes itself.
                try await Task.sleep(for: .milliseconds(500))
            } catch {
                if Task.isCancelled { return }
                logger.warning("the SandboxNode was not written, will try again: \(error)")
                try? await Task.sleep(for: .seconds(2))
                changes.continuation.yield()
            }
        }
    }

    private func write() async throws {
        refreshRuntimes()
        guard status != written else { return }
        let intended = status
        let body: JSONValue = .object(["status": try JSONValue(encoding: intended)])
        if written == nil { try await createObject() }
        do {
            _ = try await client.patch(
                SandboxNode.self, namespace: configuration.podNamespace, name: configuration.podName,
                subresource: "status", merge: body)
            written = intended
        } catch let error as Status where error.isNotFound {
            written = nil
            throw error
        }
    }

    private func refreshRuntimes() {
        let said = runtimes.values.map {
            NodeReadiness.Runtime(
                name: $0.name, version: $0.version, idle: $0.idle, failure: $0.failure,
                preload: $0.preload.map { .init(isDone: $0.isDone, failure: $0.failure) })
        }
        let readiness = NodeReadiness(
            said, pool: configuration.poolSpec.runtimes, layers: layers, isClosed: isClosed)
        status.runtimes = readiness.runtimes
        status.conditions.set(
            Condition(
                type: "Ready", status: readiness.isReady ? .yes : .no, reason: readiness.reason,
                message: readiness.message, lastTransitionTime: .now()))
    }

    private var owner: OwnerReference {
        OwnerReference(
            apiVersion: "v1", kind: "Pod", name: configuration.podName, uid: configuration.podUID, controller: true)
    }

    private var metadata: ObjectMeta {
        ObjectMeta(
            name: configuration.podName, namespace: configuration.podNamespace,
            labels: labels, ownerReferences: [owner])
    }

    private var labels: [String: String] {
        let own = [NestGroup.poolLabel: configuration.pool, NestGroup.hostnameLabel: configuration.podName]
        return (configuration.labels ?? [:]).merging(own) { $1 }
    }

    private func createObject() async throws {
        do {
            _ = try await client.create(SandboxNode(metadata: metadata, spec: .init(pool: configuration.pool)))
        } catch let error as Status where error.isAlreadyExists {
            let owners: JSONValue = .array([try JSONValue(encoding: owner)])
            let labels: JSONValue = .object(labels.mapValues { .string($0) })
            _ = try await client.patch(
                SandboxNode.self, namespace: configuration.podNamespace, name: configuration.podName,
                merge: .object(["metadata": .object(["ownerReferences": owners, "labels": labels])]))
        }
    }

    private func renewLease() async {
        while !Task.isCancelled {
            do {
                try await renew()
                contact.made()
                try await Task.sleep(for: Self.renewal)
            } catch {
                if Task.isCancelled { return }
                logger.warning("the heartbeat was not written, will try again: \(error)")
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    private func renew() async throws {
        let now = Timestamp.now()
        let spec: JSONValue = .object([
            "holderIdentity": .string(configuration.podUID), "leaseDurationSeconds": .int(Int64(Self.leaseSeconds)),
            "renewTime": .string(now.description),
        ])
        do {
            _ = try await client.patch(
                Lease.self, namespace: configuration.podNamespace, name: configuration.podName,
                merge: .object(["spec": spec]))
        } catch let error as Status where error.isNotFound {
            var metadata = metadata
            metadata.labels = [:]
            let lease = Lease(
                metadata: metadata,
                spec: .init(
                    holderIdentity: configuration.podUID, leaseDurationSeconds: Self.leaseSeconds, acquireTime: now,
                    renewTime: now))
            _ = try await client.create(lease)
        }
    }
}
