import KubeAPI
import NestAPI

/// Decides what a SandboxDeployment needs.
///
/// Source: kubernetes `pkg/controller/deployment`, `syncDeployment`.
///
/// One round makes one kind of step — a rollback, a change of size, or a step of the rollout — and the writes that it
/// causes bring the next round. It is level-triggered: seeing the same twice asks for the same.
/// - Parameters:
///   - seen: the deployment and what it has.
///   - now: the wall clock, for conditions and deadlines.
/// - Returns: the writes in order, and the status that holds once they are done.
/// - Throws: `EncodingError`, for a template that JSON cannot hold.
public func plan(_ seen: DeploymentObserved, now: Timestamp) throws -> DeploymentPlan {
    let deployment = seen.deployment
    if let problem = deployment.spec.selectorProblem { return refusal(deployment, problem, now: now) }
    let claims = claims(of: deployment, on: seen.replicaSets, selector: deployment.spec.selector)
    var rollout = Rollout(
        deployment: deployment, replicaSets: claims.claimed, sandboxes: seen.sandboxes, now: now)
    var plan = DeploymentPlan()
    plan.writes = claims.adopt.map(DeploymentWrite.adopt) + claims.release.map(DeploymentWrite.release)
    var estimatesProgress = false
    if deployment.metadata.deletionTimestamp == nil {
        rollout.notePause()
        if deployment.spec.paused {
            rollout.scaleOnly()
            if deployment.spec.rollbackTo == nil { rollout.cleanUp() }
        } else if let target = deployment.spec.rollbackTo {
            plan.writes.append(rollout.rollBack(to: target))
        } else if rollout.isScalingEvent {
            rollout.scaleOnly()
        } else {
            estimatesProgress = true
            try deployment.spec.isRollingUpdate ? rollout.roll() : rollout.recreate()
        }
    }
    plan.finish(rollout, estimatesProgress: estimatesProgress)
    return plan
}

extension DeploymentPlan {
    fileprivate mutating func finish(_ rollout: Rollout, estimatesProgress: Bool) {
        writes += rollout.writes
        events += rollout.events
        let status = rollout.status(estimatesProgress: estimatesProgress)
        if estimatesProgress { lookAgainAfter = rollout.secondsToDeadline(status) }
        if let wait = rollout.secondsToFirstReport {
            lookAgainAfter = wait
        } else if status != rollout.deployment.status {
            self.status = status
        }
        guard let revision = rollout.new?.revision, revision > 0,
            rollout.deployment.metadata.annotations[NestGroup.revisionAnnotation] != String(revision)
        else { return }
        self.revision = revision
    }
}

extension Rollout {
    /// Says that the rollout stands still, or goes on, on purpose (`checkPausedConditions`).
    mutating func notePause() {
        let current = deployment.status.conditions[DeploymentCondition.progressing]
        guard current?.reason != DeploymentCondition.progressDeadlineExceeded else { return }
        let saysPaused = current?.reason == DeploymentCondition.paused
        if spec.paused, !saysPaused {
            progress = progressing(.unknown, DeploymentCondition.paused)
        } else if !spec.paused, saysPaused {
            progress = progressing(.unknown, DeploymentCondition.resumed)
        }
    }

    /// Finds the revision that is wanted.
    ///
    /// Source: kubernetes `pkg/controller/deployment/rollback.go`. There a template that has no set yet gets one first,
    /// only to be left again; here it counts as the newest without one.
    mutating func rollBack(to target: RollbackTarget) -> DeploymentWrite {
        let wanted = target.revision != 0 ? target.revision : lastRevision
        guard wanted != 0, let set = all.first(where: { $0.revision == wanted }) else {
            let missing = target.revision == 0 ? "last revision." : "revision \(target.revision) to roll back to."
            events.append(
                PlannedEvent(
                    .warning, reason: "DeploymentRollbackRevisionNotFound", message: "Unable to find the \(missing)"))
            return .rollBack(to: nil)
        }
        guard !set.spec.template.isSame(as: spec.template) else {
            events.append(
                PlannedEvent(
                    .warning, reason: "DeploymentRollbackTemplateUnchanged",
                    message: "The rollback revision contains the same template as current deployment "
                        + "\"\(deployment.metadata.name)\""))
            return .rollBack(to: nil)
        }
        events.append(
            PlannedEvent(
                reason: "DeploymentRollback",
                message: "Rolled back deployment \"\(deployment.metadata.name)\" to revision \(wanted)"))
        return .rollBack(
            to: RollbackSource(
                template: set.spec.template.withoutControllerLabels,
                annotations: deployment.metadata.annotations.filter { !NestGroup.isCarriedByRevisions($0.key) }
                    .merging(set.metadata.annotations.filter { NestGroup.isCarriedByRevisions($0.key) }) { $1 }))
    }

    /// The number before the newest (`LastRevision`); 0 when there is none.
    private var lastRevision: Int64 {
        let earlier = all.map(\.revision).sorted(by: >).dropFirst(new == nil ? 0 : 1)
        return earlier.first ?? 0
    }
}

extension SandboxDeploymentSpec {
    /// What is wrong with the selector, and what to do; nil when nothing is.
    ///
    /// apps/v1 refuses both at the API; a CRD cannot compare the two fields in all cases.
    var selectorProblem: String? {
        if selector.isEmpty { return "spec.selector is empty and would match every sandbox: give it matchLabels." }
        guard selector.matches(template.metadata.labels) else {
            return "spec.selector (\(selector)) does not match spec.template.metadata.labels: make them agree."
        }
        return nil
    }
}

/// A deployment that could only loop does nothing and says why.
private func refusal(_ deployment: SandboxDeployment, _ problem: String, now: Timestamp) -> DeploymentPlan {
    var plan = DeploymentPlan()
    var status = deployment.status
    status.observedGeneration = deployment.metadata.generation
    status.conditions.set(
        Condition(
            type: DeploymentCondition.progressing, status: .no, reason: DeploymentCondition.invalidSelector,
            message: problem, observedGeneration: deployment.metadata.generation,
            lastTransitionTime: now.wholeSeconds))
    guard status != deployment.status else { return plan }
    plan.status = status
    plan.events = [PlannedEvent(.warning, reason: DeploymentCondition.invalidSelector, message: problem)]
    return plan
}

extension SandboxDeployment {
    /// The status after the name for this template turned out to belong to another: the next name differs.
    public var statusAfterCollision: SandboxDeploymentStatus {
        var next = status
        next.collisionCount = (status.collisionCount ?? 0) + 1
        return next
    }

    /// The status after the newest template's set could not be made.
    public func status(afterFailedCreate name: String, error: String, now: Timestamp) -> SandboxDeploymentStatus {
        var next = status
        next.conditions.set(
            Condition(
                type: DeploymentCondition.progressing, status: .no, reason: DeploymentCondition.replicaSetCreateError,
                message: "Failed to create new replica set \"\(name)\": \(error)",
                observedGeneration: metadata.generation, lastTransitionTime: now.wholeSeconds))
        return next
    }

    /// Whether `set`, found under the name that was to be created, is what was to be created.
    public func recognises(_ set: SandboxReplicaSet) -> Bool {
        set.metadata.controller?.uid == metadata.uid && set.spec.template.isSame(as: spec.template)
    }
}
