import KubeAPI
import NestAPI

/// Source: kubernetes `pkg/controller/deployment/sync.go`, `getAllReplicaSetsAndSyncRevision`.
extension Rollout {
    /// Keeps the number and the settings of the newest template's set right.
    mutating func syncNewReplicaSet() {
        guard let set = new else { return }
        let revision = (old.map(\.revision).max() ?? 0) + 1
        let deployment = deployment
        change(set.metadata.uid) { set in
            set.copyAnnotations(of: deployment)
            set.setRevision(revision)
            set.spec.minReadySeconds = deployment.spec.minReadySeconds
        }
        let shown = deployment.metadata.annotations[NestGroup.revisionAnnotation]
        // A set that is the newest again begins a rollout, with a deadline of its own; in apps/v1 one that has failed
        // would be reported for the next as well.
        let begins = shown != nil && shown != new.map { String($0.revision) } && !spec.paused
        let isUnknown = deployment.status.conditions[DeploymentCondition.progressing] == nil
        if begins || isUnknown, progress == nil {
            progress = progressing(.yes, DeploymentCondition.foundNewReplicaSet)
        }
    }

    /// Makes the newest template's set, at the size that the strategy allows at once.
    mutating func createNewReplicaSet() throws {
        guard new == nil else { return }
        let hash = try spec.template.hash(collisions: deployment.status.collisionCount)
        var set = SandboxReplicaSet(named: hash, of: deployment)
        set.copyAnnotations(of: deployment)
        set.setRevision((old.map(\.revision).max() ?? 0) + 1)
        set.setReplicasAnnotations(spec)
        set.spec.replicas = isTakenIn ? newReplicas(spec, all: old + [set], new: set) : 0
        create(set)
        if set.spec.replicas > 0 {
            events.append(
                PlannedEvent(
                    reason: "ScalingReplicaSet",
                    message: "Scaled up replica set \(set.metadata.name) from 0 to \(set.spec.replicas)"))
        }
        progress = progressing(.yes, DeploymentCondition.newReplicaSetCreated)
    }

    func progressing(_ status: Condition.Status, _ reason: String) -> Condition {
        Condition(
            type: DeploymentCondition.progressing, status: status, reason: reason, message: sentence(reason) ?? "",
            observedGeneration: deployment.metadata.generation, lastTransitionTime: now.wholeSeconds)
    }

    /// The words of apps/v1 for what Progressing may say; nil for a reason that has words of its own.
    func sentence(_ reason: String) -> String? {
        let set = new.map { "\"\($0.metadata.name)\"" } ?? "\"\""
        let what = new == nil ? "Deployment \"\(deployment.metadata.name)\"" : "ReplicaSet \(set)"
        return switch reason {
        case DeploymentCondition.newReplicaSetCreated: "Created new replica set \(set)"
        case DeploymentCondition.foundNewReplicaSet: "Found new replica set \(set)"
        case DeploymentCondition.replicaSetUpdated: "\(what) is progressing."
        case DeploymentCondition.newReplicaSetAvailable: "\(what) has successfully progressed."
        case DeploymentCondition.progressDeadlineExceeded: "\(what) has timed out progressing."
        case DeploymentCondition.paused: "Deployment is paused"
        case DeploymentCondition.resumed: "Deployment is resumed"
        default: nil
        }
    }
}

extension SandboxReplicaSet {
    /// The set of a deployment's template, with no sandbox yet.
    ///
    /// Its name follows from the template, so that making it twice is noticed.
    init(named hash: String, of deployment: SandboxDeployment) {
        var template = deployment.spec.template
        template.metadata.labels[NestGroup.templateHashLabel] = hash
        template.metadata.labels[NestGroup.deploymentLabel] = deployment.metadata.name
        var selector = deployment.spec.selector
        selector.matchLabels[NestGroup.templateHashLabel] = hash
        let metadata = ObjectMeta(
            name: "\(deployment.metadata.name.prefix(GeneratedName.longestBase - hash.count - 1))-\(hash)",
            namespace: deployment.metadata.namespace, labels: template.metadata.labels,
            ownerReferences: [deployment.controllerReference])
        self.init(
            metadata: metadata,
            spec: SandboxReplicaSetSpec(
                replicas: 0, minReadySeconds: deployment.spec.minReadySeconds, selector: selector, template: template))
    }
}
