import KubeAPI
import NestAPI

/// Source: kubernetes `pkg/controller/deployment/rolling.go`.
extension Rollout {
    /// Moves towards the new template by one step inside both bounds: first up, and only where there was nothing to
    /// add, down.
    ///
    /// No step is made before every set's controller has taken in the one before: until then its counts speak of
    /// another size. apps/v1 does not wait, and so may break the bounds for a moment.
    mutating func roll() throws {
        syncNewReplicaSet()
        try createNewReplicaSet()
        guard isTakenIn, !growNew() else { return }
        guard !shrinkOld() else { return }
        cleanUpIfComplete()
    }

    /// `reconcileNewReplicaSet`.
    private mutating func growNew() -> Bool {
        guard let set = new, set.spec.replicas != spec.replicas else { return false }
        guard set.spec.replicas < spec.replicas else { return scale(set, to: spec.replicas) }
        let size = newReplicas(spec, all: all, new: set)
        return size != set.spec.replicas && scale(set, to: size)
    }

    /// `reconcileOldReplicaSets`: what of the new set is not available yet counts as missing already, since taking as
    /// many old ones away would break the bound if the new ones never came up.
    private mutating func shrinkOld() -> Bool {
        guard let set = new, old.totalReplicas > 0 else { return false }
        let missing = max(0, set.spec.replicas - set.status.availableReplicas)
        let budget = all.totalReplicas - spec.minAvailable - missing
        guard budget > 0 else { return false }
        let cleaned = removeUnhealthy(upTo: budget)
        return removeAvailable() || cleaned
    }

    /// `cleanupUnhealthyReplicas`: an old sandbox that does not work is no loss, and would block the rollout.
    private mutating func removeUnhealthy(upTo budget: Int) -> Bool {
        var left = budget
        for set in old.active.oldestFirst where left > 0 {
            let unhealthy = min(left, set.spec.replicas - set.assuredAvailable)
            guard unhealthy > 0 else { continue }
            scale(set, to: set.spec.replicas - unhealthy)
            left -= unhealthy
        }
        return left < budget
    }

    /// `scaleDownOldReplicaSetsForRollingUpdate`: takes away what is available beyond the least that must be.
    private mutating func removeAvailable() -> Bool {
        let spare = all.reduce(0) { $0 + $1.assuredAvailable } - spec.minAvailable
        var left = spare
        for set in old.active.oldestFirst where left > 0 {
            let count = min(left, set.spec.replicas)
            scale(set, to: set.spec.replicas - count)
            left -= count
        }
        return left < spare
    }
}

/// Source: kubernetes `pkg/controller/deployment/recreate.go`.
extension Rollout {
    /// Ends every old sandbox, waits until the last is gone, then starts the new ones.
    mutating func recreate() throws {
        syncNewReplicaSet()
        var scaledDown = false
        for set in old.active { scaledDown = scale(set, to: 0) || scaledDown }
        guard !scaledDown, !hasSandboxes(besides: new) else { return }
        try createNewReplicaSet()
        if let set = new, set.spec.replicas != spec.replicas { scale(set, to: spec.replicas) }
        cleanUpIfComplete()
    }

    /// Whether any other set has a sandbox (`oldPodsRunning`): one that is on its way out still runs, and one may be on
    /// its way in as long as its set's controller has not taken in that none is wanted.
    func hasSandboxes(besides set: SandboxReplicaSet?) -> Bool {
        let others = all.filter { $0.metadata.uid != set?.metadata.uid }
        let uids = Set(others.map(\.metadata.uid))
        return others.contains { !$0.isTakenIn || $0.status.replicas > 0 || $0.status.terminatingReplicas > 0 }
            || sandboxes.contains { sandbox in
                sandbox.metadata.controller.map { uids.contains($0.uid) && !sandbox.isFinished } ?? false
            }
    }
}

/// Source: kubernetes `pkg/controller/deployment/sync.go`, `cleanupDeployment`.
extension Rollout {
    mutating func cleanUpIfComplete() {
        if deployment.status.isComplete(deployment) { cleanUp() }
    }

    /// Deletes the oldest revisions beyond `revisionHistoryLimit`, unless they still have something running.
    mutating func cleanUp() {
        let candidates = old.filter { $0.metadata.deletionTimestamp == nil }
        let surplus = candidates.count - max(0, spec.revisionHistoryLimit)
        guard surplus > 0 else { return }
        let byRevision = candidates.sorted { ($0.revision, $0.age) < ($1.revision, $1.age) }
        for set in byRevision.prefix(surplus) where set.isIdle { delete(set) }
    }
}

extension SandboxReplicaSet {
    /// Has nothing, wants nothing, and its controller has seen that it wants nothing.
    fileprivate var isIdle: Bool {
        spec.replicas == 0 && status.replicas == 0 && isTakenIn
    }
}
