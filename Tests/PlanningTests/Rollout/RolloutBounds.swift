import KubeAPI
import NestAPI

@testable import Planning

/// What must hold of a simulated cluster at every moment.
struct RolloutBounds {
    /// Ready sandboxes that died by themselves since all was well: no rollout can help that.
    var deaths = 0
    /// Everything that broke, in words.
    private(set) var broken: [String] = []
    /// The most sandboxes that may be: what lies above the bound, because the bound has sunk, may only become less.
    private var ceiling = 0
    /// The bound below, once it was reached.
    private var floor: Int?
    private var size: (replicas: Int, minAvailable: Int)?

    mutating func check(_ cluster: SimulatedCluster) {
        checkSurge(cluster)
        checkAvailability(cluster)
        checkOwners(cluster)
        if cluster.kind.strategy == .recreate { checkOneVersion(cluster) }
    }

    /// What the sets may still make of what they were told counts as well as what there is.
    private mutating func checkSurge(_ cluster: SimulatedCluster) {
        let specs = cluster.seenDeployments.possible(SimulatedCluster.deploymentUID, cluster.deployments).map(\.spec)
        let allowed = (specs + [cluster.deployment.spec]).map { $0.replicas + $0.maxSurge }.max() ?? 0
        var live: [String?: Int] = [:]
        for sandbox in cluster.sandboxes.objects.values where sandbox.isActive {
            live[sandbox.metadata.labels[NestGroup.templateHashLabel], default: 0] += 1
        }
        let potential = cluster.sets.objects.values.reduce(0) { sum, set in
            let told = cluster.seenSetsOfSets.possible(set.metadata.uid, cluster.sets).map(\.spec.replicas).max()
            return sum + max(told ?? 0, set.spec.replicas, live[set.hash] ?? 0)
        }
        ceiling = max(allowed, min(ceiling, potential))
        if potential > ceiling { broken.append("\(potential) may be, \(ceiling) at most") }
    }

    private mutating func checkAvailability(_ cluster: SimulatedCluster) {
        let spec = cluster.deployment.spec
        let minAvailable = spec.isRollingUpdate ? spec.minAvailable : 0
        if size.map({ $0 != (spec.replicas, minAvailable) }) ?? true {
            size = (spec.replicas, minAvailable)
            floor = nil
        }
        let available = cluster.sandboxes.objects.values.count {
            $0.isActive && $0.isAvailable(minReadySeconds: spec.minReadySeconds, now: cluster.now)
        }
        if let floor, available + deaths < floor { broken.append("\(available) available, \(floor) at least") }
        // A change of size is carried out first, in proportion, whoever is available; and what nobody has reported yet
        // may be taken for broken and removed.
        guard available >= minAvailable, cluster.isScaled, cluster.reported >= minAvailable else { return }
        floor = minAvailable
        if cluster.isSeen { deaths = 0 }
    }

    private mutating func checkOwners(_ cluster: SimulatedCluster) {
        for sandbox in cluster.sandboxes.objects.values where sandbox.metadata.ownerReferences.count > 1 {
            broken.append("\(sandbox.metadata.name) has several owners")
        }
        for set in cluster.sets.objects.values where set.metadata.ownerReferences.count > 1 {
            broken.append("\(set.metadata.name) has several owners")
        }
    }

    private mutating func checkOneVersion(_ cluster: SimulatedCluster) {
        let versions = Set(cluster.sandboxes.objects.values.filter { !$0.isFinished }.map(\.spec.handler))
        if versions.count > 1 { broken.append("versions \(versions.sorted()) at once") }
    }
}

extension SandboxReplicaSet {
    fileprivate var hash: String? { metadata.labels[NestGroup.templateHashLabel] }
}

extension SimulatedCluster {
    /// Whether both controllers have carried the last change of size out.
    fileprivate var isScaled: Bool {
        !seenDeployments.isBehind(deployments)
            && sets.objects.values.allSatisfy { set in
                (!set.isActive || set.desiredReplicasAnnotation == deployment.spec.replicas) && set.isTakenIn
                    && set.committedReplicas == set.spec.replicas
            }
    }

    /// What the deployment controller knows to be available.
    fileprivate var reported: Int { seenSets.list.reduce(0) { $0 + $1.assuredAvailable } }

    /// Whether the caches have everything.
    fileprivate var isSeen: Bool {
        !seenSets.isBehind(sets) && !seenSandboxes.isBehind(sandboxes) && !seenDeployments.isBehind(deployments)
    }

    /// What is still missing to a deployment whose every wish is fulfilled, and that says so; empty when nothing is.
    var incomplete: [String] {
        let (spec, status, active) = (deployment.spec, deployment.status, sandboxes.list.filter(\.isActive))
        let counts = [
            status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas, active.count,
            active.count(where: \.isReady), active.count { $0.spec.handler == spec.template.spec.handler },
        ]
        let newest = sets.list.first { $0.spec.template.isSame(as: spec.template) }
        let checks: [(Bool, String)] = [
            (counts.allSatisfy { $0 == spec.replicas }, "counts are \(counts), \(spec.replicas) wanted"),
            (status.unavailableReplicas == 0 && status.terminatingReplicas == 0, "unavailable or terminating"),
            (status.observedGeneration == deployment.metadata.generation, "the generation is not observed"),
            (status.conditions["Progressing"]?.reason == "NewReplicaSetAvailable", "\(status.conditions)"),
            (status.conditions.isTrue("Available"), "not Available"),
            (status.conditions["ReplicaFailure"] == nil, "ReplicaFailure"),
            (spec.rollbackTo == nil, "rollbackTo is left"),
            (sets.list.count <= spec.revisionHistoryLimit + 1, "\(sets.list.count) sets are kept"),
            (newest?.revision == sets.list.map(\.revision).max(), "the newest has not the highest revision"),
            (
                deployment.metadata.annotations[NestGroup.revisionAnnotation] == newest.map { "\($0.revision)" },
                "the deployment shows another revision"
            ),
            (
                (sets.list.map(\.metadata) + active.map(\.metadata)).allSatisfy { $0.controller != nil },
                "somebody has no owner"
            ),
        ]
        return checks.filter { !$0.0 }.map(\.1)
    }
}
