import KubeAPI
import NestAPI

/// A change of `spec.replicas`, which waits for no rollout. Source: kubernetes `pkg/controller/deployment/sync.go`.
extension Rollout {
    /// Whether `spec.replicas` has changed since the sets were last scaled (`isScalingEvent`).
    ///
    /// Several sets of a Recreate are not scaled but ended: apps/v1 would wait for a scaling that never comes.
    var isScalingEvent: Bool {
        (spec.isRollingUpdate || activeOrLatest != nil)
            && all.active.contains { set in set.desiredReplicasAnnotation.map { $0 != spec.replicas } ?? false }
    }

    /// Scales what there is, without starting or moving a rollout: for paused deployments and changed sizes (`scale`).
    mutating func scaleOnly() {
        syncNewReplicaSet()
        if let only = activeOrLatest {
            if only.spec.replicas == spec.replicas { return change(only) }
            // A Recreate that was paused between its versions must not start one before the other is gone.
            let hasRoom = spec.isRollingUpdate ? isSettled(except: only) : !hasSandboxes(besides: only)
            if only.spec.replicas > spec.replicas || hasRoom { scale(only, to: spec.replicas) }
        } else if isSaturated {
            for set in old.active { scale(set, to: 0) }
        } else if spec.isRollingUpdate {
            scaleInProportion()
        }
    }

    /// Whether all other sets have no more than they should: what is still to go would come on top of what grows.
    ///
    /// apps/v1 does not wait, and so may exceed the surge for a moment.
    private func isSettled(except set: SandboxReplicaSet? = nil) -> Bool {
        all.filter { $0.metadata.uid != set?.metadata.uid }
            .allSatisfy { $0.isTakenIn && $0.committedReplicas == $0.spec.replicas }
    }

    /// The only set that has sandboxes, or the newest when none has; nil when several have (`FindActiveOrLatest`).
    private var activeOrLatest: SandboxReplicaSet? {
        let active = all.active
        return active.isEmpty ? new ?? old.oldestFirst.last : active.count == 1 ? active[0] : nil
    }

    /// The new set is all that is wanted, and works (`IsSaturated`).
    private var isSaturated: Bool {
        guard let new else { return false }
        return new.desiredReplicasAnnotation == spec.replicas && new.spec.replicas == spec.replicas
            && new.status.availableReplicas == spec.replicas
    }

    /// Notes the size that the deployment asks for, though the set already has it.
    private mutating func change(_ set: SandboxReplicaSet) {
        let spec = spec
        change(set.metadata.uid) { $0.setReplicasAnnotations(spec) }
    }

    /// Spreads the change over the sets of a running rollout by their size, which limits the risk when the new template
    /// is broken.
    ///
    /// What rounding leaves goes to the largest set, and of equals to the newest when growing.
    private mutating func scaleInProportion() {
        let allowed = spec.replicas > 0 ? spec.replicas + spec.maxSurge : 0
        let wanted = allowed - all.active.totalReplicas
        guard wanted <= 0 || isSettled() else { return }
        let sets = all.active.sorted { left, right in
            guard left.spec.replicas == right.spec.replicas else { return left.spec.replicas > right.spec.replicas }
            return wanted > 0 ? left.age > right.age : left.age < right.age
        }
        var done = 0
        var sizes = sets.map { set in
            let share = proportion(of: set, in: deployment, wanted: wanted, done: done)
            done += share
            return set.spec.replicas + share
        }
        if !sizes.isEmpty { sizes[0] = max(0, sizes[0] + wanted - done) }
        for (set, size) in zip(sets, sizes) { scale(set, to: size) }
    }
}
