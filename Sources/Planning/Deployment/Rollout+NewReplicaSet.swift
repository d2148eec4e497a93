import KubeAPI
import NestAPI

/// Source: kubernetes `pkg/controller/deployment/sync.go`, `getAllReplicaSetsAndSyncRevision`.
extension Rollout {
    /// Keeps the number and the settings of the newest template's set right.
    mutating func syncNewReplicaSet() {
        guard let set = new else { return }
        let revision = (old.map(\.revision).max() ?? 0) + 1
        let minReadySeconds = spec.minReadySeconds
        change(set.metadata.uid) { set in
            set.setRevision(revision)
            set.spec.minReadySeconds = minReadySeconds
        }
        guard deployment.status.conditions[DeploymentCondition.progressing] == nil, progress == nil else { return }
        progress = progressing(
            .yes, DeploymentCondition.foundNewReplicaSet, "Found new replica set \"\(set.metadata.name)\"")
    }

    /// Makes the newest template's set, at the size that the strategy allows at once.
    mutating func createNewReplicaSet() throws {
        guard new == nil else { return }
        let hash = try spec.template.hash(collisions: deployment.status.collisionCount)
        var set = SandboxReplicaSet(named: hash, of: deployment)
        set.setRevision((old.map(\.revision).max() ?? 0) + 1)
        set.setReplicasAnnotations(spec)
        set.spec.replicas = newReplicas(spec, all: old + [set], new: set)
        create(set)
        if set.spec.replicas > 0 {
            events.append(
                PlannedEvent(
                    reason: "ScalingReplicaSet",
                    message: "Scaled up replica set \(set.metadata.name) from 0 to \(set.spec.replicas)"))
        }
        progress = progressing(
            .yes, DeploymentCondition.newReplicaSetCreated, "Created new replica set \"\(set.metadata.name)\"")
    }

    func progressing(_ status: Condition.Status, _ reason: String, _ message: String) -> Condition {
        Condition(
            type: DeploymentCondition.progressing, status: status, reason: reason, message: message,
            observedGeneration: deployment.metadata.generation, lastTransitionTime: now.wholeSeconds)
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
