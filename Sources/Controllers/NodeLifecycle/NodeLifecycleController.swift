import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Judges the SandboxNodes by their heartbeats, and gives up the pods of those that stay silent.
struct NodeLifecycleController: Runnable {
    static let component = "node-lifecycle-controller"
    /// All nodes are judged together, since how many are silent matters.
    private enum Key: Hashable { case allNodes }
    /// Nodes are judged at least this often (`--node-monitor-period`), and after changes at this distance.
    private static let period = 5.0
    private static let settling = Duration.milliseconds(50)

    private let plane: ControlPlane
    private let logger: Logger
    private let queue: WorkQueue<Key>
    private let recorder: EventRecorder
    private let limits: NodeLimits
    private let memory = Memory()

    /// What was last heard of each node.
    ///
    /// After a restart every node has a full grace period again.
    private final class Memory: Sendable {
        let heartbeats = Mutex<[ObjectKey: Heartbeat]>([:])
        let start = ContinuousClock.now
    }

    init(_ plane: ControlPlane, limits: NodeLimits = NodeLimits()) {
        self.plane = plane
        self.limits = limits
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        let queue = queue
        plane.informers.leases.onChange { _ in queue.add(.allNodes, after: Self.settling) }
        plane.informers.nodes.onChange { _ in queue.add(.allNodes, after: Self.settling) }
    }

    func run() async {
        queue.add(.allNodes)
        await runWorkers(queue, logger: logger) { _ in try await judge() }
    }

    private func judge() async throws -> Reconciled {
        let nodes = plane.informers.nodes.lister.list().sorted { $0.key < $1.key }
        let leases = nodes.compactMap { plane.informers.leases.lister.get($0.key) }
        let seen = NodesObserved(
            nodes: nodes, leases: Dictionary(leases.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first }),
            heartbeats: memory.heartbeats.withLock { $0 })
        let plan = plan(seen, elapsed: memory.start.duration(to: .now), now: plane.now(), limits: limits)
        memory.heartbeats.withLock { $0 = plan.heartbeats }
        for node in plan.statuses { try await write(node) }
        for node in plan.lost { try await giveUp(node) }
        return Reconciled(after: min(plan.lookAgainAfter ?? Self.period, Self.period))
    }

    private func write(_ node: SandboxNode) async throws {
        do {
            _ = try await plane.client.updateStatus(node)
        } catch let status as Status where status.isNotFound || status.isConflict {
            return
        }
        guard let ready = node.status.conditions["Ready"] else { return }
        let isSilent = ready.status == .unknown
        await recorder.record(
            on: node, type: isSilent ? .warning : .normal, reason: isSilent ? "NodeNotReady" : "NodeReady",
            message: ready.message)
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
