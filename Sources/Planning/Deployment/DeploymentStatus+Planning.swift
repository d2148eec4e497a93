import KubeAPI
import NestAPI

extension SandboxDeploymentStatus {
    /// Everything is new, and everything is available (`DeploymentComplete`).
    func isComplete(_ deployment: SandboxDeployment) -> Bool {
        updatedReplicas == deployment.spec.replicas && replicas == deployment.spec.replicas
            && availableReplicas == deployment.spec.replicas
            && (observedGeneration ?? 0) >= deployment.metadata.generation
    }

    /// Whether this status is nearer to the goal than `before` (`DeploymentProgressing`).
    func hasProgressed(since before: SandboxDeploymentStatus) -> Bool {
        updatedReplicas > before.updatedReplicas
            || replicas - updatedReplicas < before.replicas - before.updatedReplicas
            || readyReplicas > before.readyReplicas || availableReplicas > before.availableReplicas
    }
}

/// Source: kubernetes `pkg/controller/deployment/sync.go` (`calculateStatus`) and `progress.go` (`syncRolloutStatus`).
extension Rollout {
    /// The status that follows from the sets.
    ///
    /// `metav1.Condition` has no `lastUpdateTime`, so `lastTransitionTime` of Progressing is the time of the last
    /// progress: it is what the deadline counts from.
    /// - Parameter estimatesProgress: whether to judge the rollout; not while it is paused or being scaled.
    /// - Returns: every field, whether or not it has changed.
    func status(estimatesProgress: Bool) -> SandboxDeploymentStatus {
        var status = counts()
        status.conditions = deployment.status.conditions
        status.conditions.set(availability(status))
        if let progress { status.conditions.replace(progress) }
        if estimatesProgress, progress == nil { estimateProgress(&status) }
        if let failure = replicaFailure {
            status.conditions.set(failure)
        } else {
            status.conditions.removeAll { $0.type == DeploymentCondition.replicaFailure }
        }
        return status
    }

    private func counts() -> SandboxDeploymentStatus {
        var status = SandboxDeploymentStatus()
        status.observedGeneration = deployment.metadata.generation
        status.collisionCount = deployment.status.collisionCount
        status.selector = spec.selector.description
        for set in all {
            status.replicas += set.status.replicas
            status.readyReplicas += set.status.readyReplicas
            status.availableReplicas += set.status.availableReplicas
            status.terminatingReplicas += set.status.terminatingReplicas
        }
        status.updatedReplicas = new?.status.replicas ?? 0
        status.unavailableReplicas = max(0, all.totalReplicas - status.availableReplicas)
        return status
    }

    private func availability(_ status: SandboxDeploymentStatus) -> Condition {
        let isAvailable = status.availableReplicas >= spec.minAvailable
        return Condition(
            type: DeploymentCondition.available, status: isAvailable ? .yes : .no,
            reason: isAvailable
                ? DeploymentCondition.minimumReplicasAvailable : DeploymentCondition.minimumReplicasUnavailable,
            message: isAvailable
                ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
            observedGeneration: deployment.metadata.generation, lastTransitionTime: now.wholeSeconds)
    }

    private func estimateProgress(_ status: inout SandboxDeploymentStatus) {
        let current = status.conditions[DeploymentCondition.progressing]
        let isSettled =
            status.replicas == status.updatedReplicas
            && current?.reason == DeploymentCondition.newReplicaSetAvailable
        guard !isSettled else { return }
        let what = new.map { "ReplicaSet \"\($0.metadata.name)\"" } ?? "Deployment \"\(deployment.metadata.name)\""
        if status.isComplete(deployment) {
            status.conditions.replace(
                progressing(
                    .yes, DeploymentCondition.newReplicaSetAvailable, "\(what) has successfully progressed."))
        } else if status.hasProgressed(since: deployment.status) {
            status.conditions.replace(
                progressing(.yes, DeploymentCondition.replicaSetUpdated, "\(what) is progressing."))
        } else if hasTimedOut(current), current?.reason != DeploymentCondition.progressDeadlineExceeded {
            status.conditions.replace(
                progressing(
                    .no, DeploymentCondition.progressDeadlineExceeded, "\(what) has timed out progressing."))
        }
    }

    /// `DeploymentTimedOut`.
    private func hasTimedOut(_ condition: Condition?) -> Bool {
        guard let condition, condition.reason != DeploymentCondition.newReplicaSetAvailable else { return false }
        return condition.reason == DeploymentCondition.progressDeadlineExceeded || secondsToDeadline(condition) <= 0
    }

    private func secondsToDeadline(_ condition: Condition) -> Double {
        Double(spec.progressDeadlineSeconds) - now.seconds(since: condition.lastTransitionTime)
    }

    /// Seconds until a rollout that does not move has to be reported; nil when none is under way
    /// (`requeueStuckDeployment`).
    func secondsToDeadline(_ status: SandboxDeploymentStatus) -> Double? {
        guard let condition = status.conditions[DeploymentCondition.progressing], condition.status != .no,
            condition.reason != DeploymentCondition.newReplicaSetAvailable, !spec.paused,
            !status.isComplete(deployment)
        else { return nil }
        return max(1, secondsToDeadline(condition))
    }

    /// The failure of the new set, else that of an old one (`getReplicaFailures`).
    private var replicaFailure: Condition? {
        let sets = (new.map { [$0] } ?? []) + old
        return sets.lazy.compactMap { $0.status.conditions[DeploymentCondition.replicaFailure] }.first
    }
}

extension [Condition] {
    /// As `set`, but with the new condition's own transition time.
    mutating func replace(_ new: Condition) {
        guard let index = firstIndex(where: { $0.type == new.type }) else { return append(new) }
        self[index] = new
    }
}
