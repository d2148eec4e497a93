import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Evicts the sandboxes that do not bear a NoExecute taint of their node, or have borne it for long enough: they are
/// deleted, and so replaced by whoever wants them.
struct TaintEvictionController: Runnable {
    static let component = "taint-eviction-controller"

    private let plane: ControlPlane
    private let logger: Logger
    private let queue: WorkQueue<ObjectKey>
    private let recorder: EventRecorder
    private let elapsed: @Sendable () -> Duration
    private let memory = Memory()

    /// Since when sandboxes have met the taints of their nodes.
    ///
    /// After a restart the time begins anew.
    private final class Memory: Sendable {
        let since = Mutex<[ObjectKey: [String: [Taint: Duration]]]>([:])
    }

    init(_ plane: ControlPlane, elapsed: @escaping @Sendable () -> Duration) {
        self.plane = plane
        self.elapsed = elapsed
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        let (queue, informers) = (queue, plane.informers)
        informers.nodes.onChange { change in
            if change.before?.evictors != change.after?.evictors { queue.add(change.object.key) }
        }
        informers.sandboxes.onChange { change in
            // Only one that is new on its node meets taints that its node has had before.
            guard let node = change.after?.nodeKey, node != change.before?.nodeKey,
                informers.nodes.lister.get(node)?.evictors.isEmpty == false
            else { return }
            queue.add(node)
        }
    }

    func run() async {
        await runWorkers(queue, workers: 4, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        let seen = EvictionObserved(
            node: plane.informers.nodes.lister.get(key),
            sandboxes: plane.informers.sandboxes.lister.list(.node, key.description).sorted { $0.key < $1.key },
            since: memory.since.withLock { $0[key] ?? [:] })
        let plan = plan(seen, elapsed: elapsed())
        memory.since.withLock { $0[key] = plan.since.isEmpty ? nil : plan.since }
        for sandbox in plan.cancelled {
            await recorder.record(
                on: sandbox, type: .normal, reason: "TaintManagerEviction",
                message: "Cancelling deletion of Sandbox \(sandbox.key)")
        }
        for sandbox in plan.evict { try await evict(sandbox, from: key.name, isLost: plan.isLost) }
        return Reconciled(after: plan.lookAgainAfter)
    }

    private func evict(_ sandbox: Sandbox, from node: String, isLost: Bool) async throws {
        await recorder.record(
            on: sandbox, type: .normal, reason: "TaintManagerEviction",
            message: "Marking for deletion Sandbox \(sandbox.key)")
        do {
            if isLost {
                var next = sandbox
                next.status = sandbox.status.lost(on: node, now: plane.now())
                _ = try await plane.client.updateStatus(next)
            }
            try await plane.client.deleteIfPresent(sandbox)
        } catch let status as Status where status.isNotFound {}
    }
}

extension SandboxNode {
    fileprivate var evictors: Set<Taint> { Set(spec.taints.filter { $0.effect == .noExecute }) }
}
