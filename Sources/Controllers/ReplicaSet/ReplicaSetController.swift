import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Keeps as many sandboxes of each SandboxReplicaSet as it asks for.
struct ReplicaSetController: Runnable {
    static let component = "replicaset-controller"

    let plane: ControlPlane
    let logger: Logger
    let queue: WorkQueue<ObjectKey>
    let recorder: EventRecorder
    let expectations: Expectations<ObjectKey>
    let ownReplicaSets = OwnWrites<SandboxReplicaSet>()

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        expectations = Expectations(clock: plane.clock)
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        let (queue, sets) = (queue, informers.replicaSets.lister)
        let controller = self
        informers.replicaSets.onChange { queue.add($0.object.key) }
        informers.sandboxes.onChange { change in
            controller.noteExpected(change)
            for sandbox in [change.before, change.after].compactMap({ $0 }) {
                if let key = sandbox.controllerKey(SandboxReplicaSet.self) { queue.add(key) }
            }
            guard let orphan = change.after, orphan.metadata.controller == nil else { return }
            for set in sets.list(namespace: orphan.metadata.namespace)
            where set.spec.selector.matches(orphan.metadata.labels) {
                queue.add(set.key)
            }
        }
    }

    /// What was expected is there once the cache shows it; a deletion once it has begun.
    private func noteExpected(_ change: Change<Sandbox>) {
        guard let key = change.object.controllerKey(SandboxReplicaSet.self) else { return }
        if case .added = change { expectations.creationObserved(key) }
        if change.after?.isTerminating ?? true { expectations.deletionObserved(key, uid: change.object.metadata.uid) }
    }

    func run() async {
        await runWorkers(queue, workers: 16, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        guard let cached = plane.informers.replicaSets.lister.get(key),
            let set = ownReplicaSets.newest(key, cached: cached)
        else {
            expectations.forget(key)
            ownReplicaSets.forget(key)
            return .done
        }
        // The order matters: what was expected must be in the cache before the cache is read.
        let mayPlan = expectations.satisfied(key)
        let seen = observe(set)
        var outcome = (failure: ReplicaSetFailure?.none, error: (any Error)?.none)
        var lookAgainAfter: Double?
        var hasCreated = false
        if mayPlan {
            let plan = plan(seen, now: plane.now())
            lookAgainAfter = plan.lookAgainAfter
            outcome = await apply(plan, to: set)
            hasCreated = !plan.create.isEmpty && outcome.error == nil
        }
        let failure = mayPlan ? outcome.failure : set.currentFailure
        let status = status(
            of: seen, failure: failure, isPlanned: mayPlan, hasCreated: hasCreated, now: plane.now())
        if let status { try await write(status, of: set) }
        if let error = outcome.error { throw error }
        return Reconciled(after: lookAgainAfter)
    }

    private func observe(_ set: SandboxReplicaSet) -> ReplicaSetObserved {
        let lister = plane.informers.sandboxes.lister
        let mine = lister.list(ownerUID: set.metadata.uid)
        let orphans = lister.list(.orphans, set.metadata.namespace)
        return ReplicaSetObserved(
            replicaSet: set, sandboxes: mine + orphans,
            crowding: mine.count > set.spec.replicas ? crowding(around: set) : [:])
    }

    /// Only needed to choose whom to give up.
    private func crowding(around set: SandboxReplicaSet) -> [String: Int] {
        guard let deployment = set.metadata.labels[NestGroup.deploymentLabel] else { return [:] }
        let key = ObjectKey(namespace: set.metadata.namespace, name: deployment)
        let related = plane.informers.sandboxes.lister.list(.deployment, key.description)
        return Dictionary(
            related.filter(\.isActive).compactMap { $0.spec.nodeName.map { ($0, 1) } }, uniquingKeysWith: +)
    }

    private func write(_ status: SandboxReplicaSetStatus, of set: SandboxReplicaSet) async throws {
        var next = set
        next.status = status
        do {
            let written = try await plane.client.updateStatus(next)
            ownReplicaSets.note(replaced: next.metadata.resourceVersion, written: written)
        } catch {
            ownReplicaSets.forget(next.key)
            if let status = error as? Status, status.isNotFound { return }
            throw error
        }
    }
}

extension SandboxReplicaSet {
    /// What the set reports as its failure.
    fileprivate var currentFailure: ReplicaSetFailure? {
        status.conditions[DeploymentCondition.replicaFailure].map {
            ReplicaSetFailure(reason: $0.reason, message: $0.message)
        }
    }
}
