import KubeAPI
import NestAPI

/// Decides what a SandboxReplicaSet lacks, or has too much.
///
/// Source: kubernetes `pkg/controller/replicaset`, `manageReplicas`.
/// - Parameters:
///   - seen: the set and its sandboxes. Only to be trusted once the writes of the last round have been seen.
///   - now: the wall clock.
///   - burst: the most sandboxes to create or to delete in one round (Kubernetes uses 500).
/// - Returns: all writes; creates and deletes of one round never mix, except that failed sandboxes are replaced.
public func plan(_ seen: ReplicaSetObserved, now: Timestamp, burst: Int = 500) -> ReplicaSetPlan {
    let set = seen.replicaSet
    let claims = claims(of: set, on: seen.sandboxes, selector: set.spec.selector)
    var plan = ReplicaSetPlan()
    plan.adopt = claims.adopt.filter { !$0.isFinished }
    plan.release = claims.release
    guard set.metadata.deletionTimestamp == nil else { return plan }
    let mine = claims.owned + plan.adopt
    let active = mine.filter(\.isActive)
    let failed = mine.filter { $0.isFinished && !$0.isTerminating }
    let missing = set.spec.replicas - active.count
    plan.replace(failed, missing: missing, now: now)
    if missing > 0 {
        plan.fill(set, missing: missing, burst: burst)
    } else if missing < 0 {
        let order = DeletionOrder(crowding: seen.crowding, minReadySeconds: set.spec.minReadySeconds, now: now)
        plan.delete += order.sorted(active).prefix(-missing)
    }
    plan.delete = Array(plan.delete.prefix(burst))
    plan.lookForAvailability(of: active, minReadySeconds: set.spec.minReadySeconds, now: now)
    return plan
}

extension ReplicaSetPlan {
    /// Deletes failed sandboxes, except those whose place must stay empty for a while yet: those keep it, and their
    /// message stays readable.
    ///
    /// What is created instead carries on their count of attempts.
    fileprivate mutating func replace(_ failed: [Sandbox], missing: Int, now: Timestamp) {
        let byWait = failed.map { (sandbox: $0, wait: FailureBackoff.wait(for: $0, now: now)) }
            .sorted { ($0.wait, $0.sandbox.metadata.name) > ($1.wait, $1.sandbox.metadata.name) }
        let kept = byWait.filter { $0.wait > 0 }.prefix(max(0, missing))
        let keptNames = Set(kept.map(\.sandbox.metadata.name))
        held = kept.count
        let gone = byWait.map(\.sandbox).filter { !keptNames.contains($0.metadata.name) }
        delete += gone
        attempts = gone.map { FailureBackoff.attempts(of: $0) + 1 }.sorted(by: >)
        if let soonest = kept.map(\.wait).min() { lookAgainAfter = soonest }
    }

    fileprivate mutating func fill(_ set: SandboxReplicaSet, missing: Int, burst: Int) {
        let count = min(burst, missing - held)
        guard count > 0 else { return }
        create = (0..<count).map { index in
            set.newSandbox(attempt: index < attempts.count ? attempts[index] : 0)
        }
    }

    /// A ready sandbox becomes available without any event.
    fileprivate mutating func lookForAvailability(of active: [Sandbox], minReadySeconds: Int, now: Timestamp) {
        let waits = active.compactMap { $0.secondsToAvailable(minReadySeconds: minReadySeconds, now: now) }
        guard let soonest = waits.filter({ $0 > 0 }).min() else { return }
        lookAgainAfter = min(lookAgainAfter ?? soonest, soonest)
    }
}

extension SandboxReplicaSet {
    /// A sandbox of the template, without a name.
    func newSandbox(attempt: Int) -> Sandbox {
        var metadata = ObjectMeta(
            namespace: self.metadata.namespace, labels: spec.template.metadata.labels,
            annotations: spec.template.metadata.annotations, ownerReferences: [controllerReference])
        if attempt > 0 { metadata.annotations[NestGroup.attemptAnnotation] = String(attempt) }
        return Sandbox(metadata: metadata, spec: SandboxSpec(template: spec.template.spec))
    }
}

/// The status that follows from a set's sandboxes.
///
/// Source: kubernetes `replica_set_utils.go`, `calculateStatus`.
/// - Parameters:
///   - seen: the set and its sandboxes.
///   - failure: why the last round could not create or delete; nil when it could.
///   - isPlanned: whether this round planned from what was seen. While a set still waits to see its own writes its
///     newest spec does not count as observed, since more may come of the one before.
///   - hasCreated: whether sandboxes were made that are yet to be seen; that brings the next round.
///   - now: the wall clock.
/// - Returns: nil when the set already says so, or all but says so and the next round is on its way: one write then
///   tells of both.
public func status(
    of seen: ReplicaSetObserved, failure: ReplicaSetFailure?, isPlanned: Bool = true, hasCreated: Bool = false,
    now: Timestamp
) -> SandboxReplicaSetStatus? {
    let set = seen.replicaSet
    let mine = claims(of: set, on: seen.sandboxes, selector: set.spec.selector).claimed
    let active = mine.filter(\.isActive)
    var status = SandboxReplicaSetStatus()
    status.observedGeneration = isPlanned ? set.metadata.generation : set.status.observedGeneration
    status.replicas = active.count
    status.fullyLabeledReplicas = active.count { sandbox in
        set.spec.template.metadata.labels.allSatisfy { sandbox.metadata.labels[$0.key] == $0.value }
    }
    status.readyReplicas = active.count(where: \.isReady)
    status.availableReplicas = active.count {
        $0.isAvailable(minReadySeconds: set.spec.minReadySeconds, now: now)
    }
    status.terminatingReplicas = mine.count { $0.isTerminating && !$0.isFinished }
    status.selector = set.spec.selector.description
    status.conditions = set.status.conditions
    if let failure {
        status.conditions.set(
            Condition(
                type: DeploymentCondition.replicaFailure, status: .yes, reason: failure.reason,
                message: failure.message, observedGeneration: set.metadata.generation,
                lastTransitionTime: now.wholeSeconds))
    } else {
        status.conditions.removeAll { $0.type == DeploymentCondition.replicaFailure }
    }
    var said = set.status
    if hasCreated {
        said.observedGeneration = status.observedGeneration
        said.selector = status.selector
    }
    return status == said ? nil : status
}

/// Why a set could not get what it wants.
public struct ReplicaSetFailure: Sendable, Equatable {
    /// `FailedCreate` or `FailedDelete`.
    public var reason: String
    public var message: String

    public init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}
