import ControllerRuntime
import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Synchronization

/// What the sidecars of all pods do, without running anything: ready what is bound, finish what is to go.
final class Sidecars: Sendable {
    private let client: KubeClient
    private let informer: Informer<Sandbox>
    private let queue = WorkQueue<ObjectKey>()
    private let port = Mutex(20_000)
    /// Sandboxes for which this holds never become ready.
    let broken = Mutex<@Sendable (Sandbox) -> Bool>({ _ in false })
    /// Nodes whose sidecar sees and does nothing, as behind a partition.
    private let deaf = Mutex<Set<String>>([])

    init(client: KubeClient) {
        self.client = client
        informer = Informer(client: client, logger: .silent)
        let queue = queue
        informer.onChange { queue.add($0.object.key) }
    }

    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.informer.run() }
            group.addTask {
                await runWorkers(self.queue, workers: 4, logger: .silent) { try await self.serve($0) }
            }
        }
    }

    /// Cuts a node off, or brings it back.
    func set(_ node: String, deaf isDeaf: Bool) {
        deaf.withLock { if isDeaf { $0.insert(node) } else { $0.remove(node) } }
        for sandbox in informer.lister.list() { queue.add(sandbox.key) }
    }

    private func serve(_ key: ObjectKey) async throws -> Reconciled {
        guard let sandbox = informer.lister.get(key), let node = sandbox.spec.nodeName,
            !deaf.withLock({ $0.contains(node) })
        else { return .done }
        do {
            if sandbox.isTerminating { try await finish(sandbox) } else { try await start(sandbox) }
        } catch let status as Status where status.isNotFound {}
        return .done
    }

    private func start(_ sandbox: Sandbox) async throws {
        guard !sandbox.isReady, !broken.withLock({ $0(sandbox) }) else { return }
        var next = sandbox
        next.status.phase = .running
        next.status.podIP = "127.1.0.2"
        next.status.port = port.withLock { port in
            port += 1
            return port
        }
        next.status.conditions.set(
            Condition(type: "Ready", status: .yes, reason: "Loaded", lastTransitionTime: .now().wholeSeconds))
        _ = try await client.updateStatus(next)
    }

    private func finish(_ sandbox: Sandbox) async throws {
        guard sandbox.metadata.finalizers.contains(NestGroup.sidecarFinalizer) else { return }
        _ = try await client.patch(
            Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name,
            merge: ["metadata": ["finalizers": []]])
    }
}
