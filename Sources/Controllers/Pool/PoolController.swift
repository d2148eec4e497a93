import ControllerRuntime
import FoundationEssentials
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning
import Synchronization

/// Gives every ResourcePool its pods.
struct PoolController: Runnable {
    static let component = "pool-controller"
    /// Sandboxes come and go in bursts; the pool's figures follow them at this distance, which grows with how many
    /// there are to count.
    static func settling(_ sandboxes: Int) -> Duration { .milliseconds(100 + sandboxes / 5) }

    let plane: ControlPlane
    let logger: Logger
    let queue: WorkQueue<ObjectKey>
    let recorder: EventRecorder
    let expectations: Expectations<ObjectKey>
    let ownPools = OwnWrites<ResourcePool>()
    private let memory = Memory()

    /// Since when pods are empty.
    ///
    /// After a restart the count begins anew, which only keeps a pod a little longer.
    private final class Memory: Sendable {
        let emptySince = Mutex<[ObjectKey: [String: Timestamp]]>([:])
    }

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        expectations = Expectations(clock: plane.clock)
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        let (queue, expectations, sandboxes) = (queue, expectations, informers.sandboxes.lister)
        informers.pools.onChange { queue.add($0.object.key) }
        informers.pods.onChange { change in
            guard let key = change.object.controllerKey(ResourcePool.self) else { return }
            if case .added = change { expectations.creationObserved(key) }
            if change.after?.metadata.deletionTimestamp != nil || change.after == nil {
                expectations.deletionObserved(key, uid: change.object.metadata.uid)
            }
            queue.add(key)
        }
        informers.nodes.onChange { change in
            guard change.before.map(\.poolView) != change.after.map(\.poolView) else { return }
            queue.add(ObjectKey(namespace: change.object.metadata.namespace, name: change.object.spec.pool))
        }
        informers.sandboxes.onChange { change in
            let tenant = change.after.flatMap(PoolTenant.init)
            guard change.before.flatMap(PoolTenant.init) != tenant else { return }
            if tenant?.waitsFor != nil {
                queue.add(change.object.poolKey)
            } else {
                queue.add(change.object.poolKey, after: Self.settling(sandboxes.count))
            }
        }
    }

    func run() async {
        await runWorkers(queue, workers: 2, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        guard let cached = plane.informers.pools.lister.get(key), let pool = ownPools.newest(key, cached: cached) else {
            expectations.forget(key)
            ownPools.forget(key)
            memory.emptySince.withLock { $0[key] = nil }
            return .done
        }
        // What was expected must be in the cache before the cache is read; its event brings the next round.
        guard expectations.satisfied(key) else { return .done }
        let plan = plan(observe(pool), now: plane.now())
        memory.emptySince.withLock { $0[key] = plan.emptySince }
        try await apply(plan, to: pool)
        return Reconciled(after: plan.lookAgainAfter)
    }

    private func observe(_ pool: ResourcePool) -> PoolObserved {
        let pods = plane.informers.pods.lister.list(ownerUID: pool.metadata.uid)
        let nodes = pods.compactMap { plane.informers.nodes.lister.get($0.key) }
        return PoolObserved(
            pool: pool, pods: pods,
            nodes: Dictionary(nodes.map { ($0.metadata.name, $0) }, uniquingKeysWith: { first, _ in first }),
            sandboxes: plane.informers.sandboxes.lister.compactMap(.pool, pool.key.description, PoolTenant.init),
            emptySince: memory.emptySince.withLock { $0[pool.key] ?? [:] },
            isDisrupted: isDisrupted(plane.informers.nodes.lister.list()))
    }
}

extension SandboxNode {
    /// All of a node that its pool depends on.
    struct PoolView: Equatable {
        var ready: Condition.Status?
        var trouble: String?
        var isClosed: Bool
        var isDraining: Bool
    }

    fileprivate var poolView: PoolView {
        PoolView(
            ready: status.conditions["Ready"]?.status, trouble: trouble, isClosed: isClosed, isDraining: isMarkedIdle)
    }
}
