import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Judges the SandboxNodes by their heartbeats, taints them, evicts whom taints drive away, and gives up pods that stay
/// silent.
struct NodeLifecycleController: Runnable {
    static let component = "node-lifecycle-controller"
    /// All nodes are judged together, since how many are silent matters.
    private enum Key: Hashable { case allNodes }
    /// Nodes are judged this often (`--node-monitor-period`): a heartbeat is looked at then, and not when it comes.
    private static let period = 5.0
    /// How soon after a change of what they say of themselves.
    static let settling = Duration.milliseconds(50)

    private let plane: ControlPlane
    private let logger: Logger
    private let queue: WorkQueue<Key>
    private let recorder: EventRecorder
    private let limits: NodeLimits
    private let eviction: TaintEvictionController
    private let elapsed: @Sendable () -> Duration
    private let memory = Memory()

    /// What was last heard of each node.
    ///
    /// After a restart every node has a full grace period again.
    private final class Memory: Sendable {
        let nodes = Mutex(NodesMemory())
        let judgements = Mutex(0)
    }

    /// How often all nodes were judged: what the lifecycle costs.
    var judgements: Int { memory.judgements.withLock { $0 } }

    init(_ plane: ControlPlane) {
        self.plane = plane
        limits = plane.nodeLimits
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        elapsed = stopwatch(plane.clock)
        eviction = TaintEvictionController(plane, elapsed: elapsed)
        let queue = queue
        plane.informers.nodes.onChange { change in
            if change.before?.standing != change.after?.standing { queue.add(.allNodes, after: Self.settling) }
        }
    }

    func run() async {
        queue.add(.allNodes)
        await withTaskGroup { group in
            group.addTask { await runWorkers(queue, logger: logger) { _ in try await judge() } }
            group.addTask { await eviction.run() }
        }
    }

    private func judge() async throws -> Reconciled {
        memory.judgements.withLock { $0 += 1 }
        let nodes = plane.informers.nodes.lister.list().sorted { $0.key < $1.key }
        let leases = nodes.compactMap { plane.informers.leases.lister.get($0.key) }
        let seen = NodesObserved(
            nodes: nodes, leases: Dictionary(leases.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first }),
            occupied: Set(nodes.filter { node in node.isTaintedToEvict && isOccupied(node) }.map(\.key)),
            memory: memory.nodes.withLock { $0 })
        let plan = plan(seen, elapsed: elapsed(), now: plane.now(), limits: limits)
        memory.nodes.withLock { $0 = plan.memory }
        if plan.memory.isDisrupted != seen.memory.isDisrupted { logDisruption(plan.memory.isDisrupted) }
        try await write(plan)
        for node in plan.lost { try await giveUp(node) }
        return Reconciled(after: min(plan.lookAgainAfter ?? Self.period, Self.period))
    }

    private func isOccupied(_ node: SandboxNode) -> Bool {
        plane.informers.sandboxes.lister.list(.node, node.key.description).contains { $0.isActive }
    }

    private func logDisruption(_ isDisrupted: Bool) {
        if isDisrupted {
            logger.notice("no pod is ready, or most are silent at once: nothing is evicted until that is over")
        } else {
            logger.info("enough pods are heard and ready: every pod gets a full grace period")
        }
    }

    /// A node that has changed meanwhile is judged anew: its change is on its way here.
    private func write(_ plan: NodesPlan) async throws {
        var versions: [ObjectKey: String] = [:]
        for node in plan.statuses {
            do {
                versions[node.key] = try await plane.client.updateStatus(node).metadata.resourceVersion
                await recorder.record(
                    on: node, type: .warning, reason: "NodeNotReady",
                    message: node.status.conditions["Ready"]?.message ?? "")
            } catch let status as Status where status.isNotFound || status.isConflict {
                versions[node.key] = ""
            }
        }
        for node in plan.taints where versions[node.key] != "" {
            do {
                try await taint(node, version: versions[node.key] ?? node.metadata.resourceVersion ?? "")
            } catch let status as Status where status.isNotFound || status.isConflict {}
        }
    }

    private func taint(_ node: SandboxNode, version: String) async throws {
        let taints = try node.spec.taints.map { try JSONValue(encoding: $0) }
        _ = try await plane.client.patch(
            SandboxNode.self, namespace: node.metadata.namespace, name: node.metadata.name,
            merge: ["metadata": ["resourceVersion": .string(version)], "spec": ["taints": .array(taints)]])
    }

    /// The pod's deletion is what ends it for certain: its machine stops it, and its node and sandboxes follow.
    private func giveUp(_ node: SandboxNode) async throws {
        guard let pod = plane.informers.pods.lister.get(node.key), pod.metadata.deletionTimestamp == nil else { return }
        logger.warning("pod is silent for too long, deleting it", metadata: ["pod": "\(pod.key)"])
        try await plane.client.deleteIfPresent(pod)
        await recorder.record(
            on: node, type: .warning, reason: "DeletingPod",
            message: "The sidecar of pod \(pod.metadata.name) has been silent for too long.")
    }
}

extension SandboxNode {
    /// Its pod may be given up once nothing is wanted on it.
    fileprivate var isTaintedToEvict: Bool { spec.taints.contains { $0.effect == .noExecute } }
}
