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
        if estimatesProgress, progress == nil || reportsFirst { estimateProgress(&status) }
        quoteTrouble(&status.conditions)
        if let failure = replicaFailure {
            status.conditions.set(failure)
        } else {
            status.conditions.removeAll { $0.type == DeploymentCondition.replicaFailure }
        }
        return status
    }

    /// Whether nothing has ever been said of this deployment.
    private var reportsFirst: Bool { deployment.status == SandboxDeploymentStatus() }

    /// How long the first report may wait for that of the first set, which is on its way: one write then tells of both.
    ///
    /// Nil: not at all.
    var secondsToFirstReport: Double? {
        guard reportsFirst, old.isEmpty, let new, new.spec.replicas > 0, new.status == SandboxReplicaSetStatus() else {
            return nil
        }
        let left = min(1, 1 - (new.metadata.creationTimestamp.map { now.seconds(since: $0) } ?? 0))
        return left > 0 ? left : nil
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
        if status.isComplete(deployment) {
            status.conditions.replace(progressing(.yes, DeploymentCondition.newReplicaSetAvailable))
        } else if status.hasProgressed(since: deployment.status) {
            status.conditions.replace(progressing(.yes, DeploymentCondition.replicaSetUpdated))
        } else if hasTimedOut(current), current?.reason != DeploymentCondition.progressDeadlineExceeded {
            status.conditions.replace(progressing(.no, DeploymentCondition.progressDeadlineExceeded))
        }
    }

    /// Says in the conditions that are not as they should be why the newest sandboxes do not work: a user looks there
    /// first.
    private func quoteTrouble(_ conditions: inout [Condition]) {
        guard new != nil else { return }
        let trouble = newTrouble
        for index in conditions.indices {
            let condition = conditions[index]
            let isGood =
                condition.type == DeploymentCondition.progressing
                ? condition.reason == DeploymentCondition.newReplicaSetAvailable : condition.status == .yes
            let words =
                condition.type == DeploymentCondition.progressing ? sentence(condition.reason) : condition.message
            guard !isGood, condition.type != DeploymentCondition.replicaFailure, let words else { continue }
            conditions[index].message = trouble.map { "\(words.trimmingFullStop): \($0)" } ?? words
        }
    }

    /// `1 sandbox failing: REASON: MESSAGE`, of the first by name; nil when none is known to fail.
    private var newTrouble: String? {
        guard let uid = new?.metadata.uid else { return nil }
        let failing = sandboxes.filter { $0.metadata.controller?.uid == uid && $0.trouble != nil }
        guard let first = failing.min(by: { $0.metadata.name < $1.metadata.name }), let trouble = first.trouble else {
            return nil
        }
        return "\(failing.count) \(failing.count == 1 ? "sandbox" : "sandboxes") failing: \(trouble)"
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
