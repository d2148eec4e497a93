import KubeAPI
import NestAPI

/// A change of `spec.replicas`, which waits for no rollout. Source: kubernetes `pkg/controller/deployment/sync.go`.
extension Rollout {
    /// Whether `spec.replicas` has changed since the sets were last scaled (`isScalingEvent`).
    var isScalingEvent: Bool {
        all.active.contains { set in set.desiredReplicasAnnotation.map { $0 != spec.replicas } ?? false }
    }

    /// Scales what there is, without starting or moving a rollout: for paused deployments and changed sizes (`scale`).
    mutating func scaleOnly() {
        syncNewReplicaSet()
        if let only = activeOrLatest {
            if only.spec.replicas != spec.replicas { scale(only, to: spec.replicas) } else { change(only) }
        } else if isSaturated {
            for set in old.active { scale(set, to: 0) }
        } else if spec.isRollingUpdate {
            scaleInProportion()
        }
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
