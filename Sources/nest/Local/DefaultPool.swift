import ControllerRuntime
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI

/// The ResourcePool that a `nest up` brings along.
struct DefaultPool: Sendable {
    private static let name = "default"
    private static let jvm = ResourcePoolSpec.Runtime(name: "jvm", prewarmed: 1)
    let client: KubeClient
    /// Whether its pods run functions for the JVM, too.
    let hasJVM: Bool
    let logger: Logger

    /// Makes the pool where there is none; one that the user has changed stays as it is.
    func create() async throws {
        var pool = ResourcePool(metadata: ObjectMeta(name: Self.name, namespace: Self.name))
        if hasJVM { pool.spec.runtimes.append(Self.jvm) }
        do {
            _ = try await client.create(pool)
        } catch let status as Status where status.isAlreadyExists {
            logger.debug("the default pool is there already")
            try await offerJVM()
        }
    }

    /// A pool that was made before there was a JVM here offers it from now on, unless its user has had a say in it.
    private func offerJVM() async throws {
        let pool = try await client.get(ResourcePool.self, namespace: Self.name, name: Self.name)
        guard hasJVM, pool.metadata.generation == 1, !pool.spec.runtimes.contains(where: { $0.name == Self.jvm.name })
        else { return }
        let runtimes = try (pool.spec.runtimes + [Self.jvm]).map { try JSONValue(encoding: $0) }
        _ = try await client.patch(
            ResourcePool.self, namespace: Self.name, name: Self.name,
            merge: .object(["spec": .object(["runtimes": .array(runtimes)])]))
    }

    /// Waits until one of the pool's pods is ready and has said so in this run: its state outlives a restart, its
    /// heartbeat does not.
    func waitUntilReady(since start: Date) async throws {
        let began = Timestamp(microseconds: Int64(start.timeIntervalSince1970 * 1_000_000))
        let selector = "\(NestGroup.poolLabel)=\(Self.name)"
        let nodes = Informer<SandboxNode>(client: client, namespace: Self.name, labelSelector: selector, logger: logger)
        let leases = Informer<Lease>(client: client, namespace: Self.name, logger: logger)
        let (changes, change) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nodes.onChange { _ in change.yield() }
        leases.onChange { _ in change.yield() }
        await withTaskGroup { group in
            group.addTask { await nodes.run() }
            group.addTask { await leases.run() }
            for await _ in changes where hasLiveNode(nodes.lister.list(), leases.lister, since: began) { break }
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func hasLiveNode(_ nodes: [SandboxNode], _ leases: Lister<Lease>, since began: Timestamp) -> Bool {
        nodes.contains { node in
            guard node.isReady, let renewed = leases.get(node.key)?.spec.renewTime else { return false }
            return renewed >= began
        }
    }
}
