import KubeAPI
import NestAPI

/// The numbers of a rollout. Source: kubernetes `pkg/controller/deployment/util/deployment_util.go`.
extension SandboxDeploymentSpec {
    public var isRollingUpdate: Bool { strategy.type == .rollingUpdate }

    /// Both bounds as counts: surge rounds up, unavailability down, and where both come out as nothing one may be
    /// unavailable, since the rollout could not move otherwise (`ResolveFenceposts`).
    var fenceposts: (surge: Int, unavailable: Int) {
        let surge = strategy.rollingUpdate.maxSurge.resolved(of: replicas, rounding: .up)
        let unavailable = strategy.rollingUpdate.maxUnavailable.resolved(of: replicas, rounding: .down)
        return surge == 0 && unavailable == 0 ? (0, 1) : (max(0, surge), max(0, unavailable))
    }

    /// How many sandboxes above `replicas` there may be (`MaxSurge`).
    public var maxSurge: Int { isRollingUpdate ? fenceposts.surge : 0 }

    /// How many of `replicas` may be missing; never more than there are (`MaxUnavailable`).
    public var maxUnavailable: Int {
        guard isRollingUpdate, replicas > 0 else { return 0 }
        return min(fenceposts.unavailable, replicas)
    }

    /// The fewest sandboxes that must be available at any moment of a rollout.
    public var minAvailable: Int { replicas - maxUnavailable }
}

extension SandboxReplicaSet {
    var isActive: Bool { spec.replicas > 0 }

    /// Whether the set's controller has planned for what the set now wants; its counts are about that only then.
    var isTakenIn: Bool { (status.observedGeneration ?? 0) >= metadata.generation }

    /// What may exist of this set: a set that was told to shrink has its sandboxes until they are seen to go.
    ///
    /// apps/v1 counts `spec.replicas` alone and so may exceed the surge for a moment; Nest's promise is stricter.
    var committedReplicas: Int { max(spec.replicas, status.replicas) }

    /// What will surely be available: a set that was told to shrink may still report more than it may keep.
    var assuredAvailable: Int { min(spec.replicas, status.availableReplicas) }
}

extension [SandboxReplicaSet] {
    var totalReplicas: Int { reduce(0) { $0 + $1.spec.replicas } }
    var active: [SandboxReplicaSet] { filter(\.isActive) }

    /// Oldest first; the name decides between equals.
    var oldestFirst: [SandboxReplicaSet] { sorted { ($0.age, $0.metadata.name) < ($1.age, $1.metadata.name) } }
}

extension SandboxReplicaSet {
    /// Microseconds since the epoch; a set that has no time yet is the newest.
    var age: Int64 { metadata.creationTimestamp?.microseconds ?? .max }
}

/// The size that the set of the newest template may have now (`NewRSNewReplicas`).
/// - Parameters:
///   - spec: what the deployment asks for.
///   - all: every set of the deployment, `new` included.
///   - new: the set of the newest template.
/// - Returns: never less than it has, never more than the deployment asks for.
func newReplicas(_ spec: SandboxDeploymentSpec, all: [SandboxReplicaSet], new: SandboxReplicaSet) -> Int {
    guard spec.isRollingUpdate else { return spec.replicas }
    let room = spec.replicas + spec.maxSurge - all.reduce(0) { $0 + $1.committedReplicas }
    guard room > 0 else { return new.spec.replicas }
    return new.spec.replicas + min(room, max(0, spec.replicas - new.spec.replicas))
}

/// How far `set` moves when all sets of a deployment in the middle of a rollout are scaled (`GetReplicaSetProportion`).
/// - Parameters:
///   - set: one of the sets.
///   - deployment: as it is wanted.
///   - wanted: by how many all sets together grow, or shrink when negative.
///   - done: how many of these others have taken.
/// - Returns: with the sign of `wanted`, and no further from zero than what is left.
func proportion(of set: SandboxReplicaSet, in deployment: SandboxDeployment, wanted: Int, done: Int) -> Int {
    guard set.isActive, wanted != 0, wanted != done else { return 0 }
    let left = wanted - done
    return wanted > 0 ? min(fraction(of: set, in: deployment), left) : max(fraction(of: set, in: deployment), left)
}

/// `getReplicaSetFraction`: the change that keeps the set's share of the whole.
private func fraction(of set: SandboxReplicaSet, in deployment: SandboxDeployment) -> Int {
    guard deployment.spec.replicas > 0 else { return -set.spec.replicas }
    let before = set.maxReplicasAnnotation.flatMap { $0 > 0 ? $0 : nil } ?? deployment.status.replicas
    guard before > 0 else { return 0 }
    let after = deployment.spec.replicas + deployment.spec.maxSurge
    let size = Double(set.spec.replicas * after) / Double(before)
    return Int(size.rounded(.toNearestOrAwayFromZero)) - set.spec.replicas
}
