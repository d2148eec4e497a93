import KubeAPI
import NestAPI

@testable import Planning

/// What the shells of both controllers do, over the simulated API.
extension SimulatedCluster {
    mutating func runDeploymentController() throws {
        guard let cached = seenDeployments.objects[Self.deploymentUID] else { return }
        let deployment = seenDeployments.newest(cached)
        let plan = try Planning.plan(
            DeploymentObserved(
                deployment: deployment, replicaSets: seenSets.list, sandboxes: seenSandboxes.list), now: now)
        do {
            var current: SandboxDeployment? = deployment
            for write in plan.writes {
                guard let deployment = current else { return }
                current = try carryOut(write, deployment)
            }
            guard var current else { return }
            if let status = plan.status {
                current.status = status
                current = try writeDeployment(current)
            }
            if let revision = plan.revision {
                current.metadata.annotations[NestGroup.revisionAnnotation] = "\(revision)"
                _ = try writeDeployment(current)
            }
        } catch is SimulatedStore<SandboxDeployment>.Conflict {
            seenDeployments.forget(Self.deploymentUID)
        } catch is SimulatedStore<SandboxReplicaSet>.Conflict {
            seenDeployments.forget(Self.deploymentUID)
        }
    }

    private mutating func writeDeployment(_ deployment: SandboxDeployment) throws -> SandboxDeployment {
        let written = try deployments.update(deployment)
        seenDeployments.note(replaced: deployment.metadata.resourceVersion, written)
        return written
    }

    private mutating func carryOut(_ write: DeploymentWrite, _ deployment: SandboxDeployment) throws
        -> SandboxDeployment?
    {
        switch write {
        case .create(let set): return try create(set, deployment)
        case .update(let from, let to):
            var to = to
            if from.spec != to.spec { to.metadata.generation += 1 }
            say("\(to.metadata.name): \(from.spec.replicas) -> \(to.spec.replicas)")
            do {
                seenSets.note(replaced: from.metadata.resourceVersion, try sets.update(to))
            } catch let conflict as SimulatedStore<SandboxReplicaSet>.Conflict {
                seenSets.failed(from.metadata.uid, conflict)
                throw conflict
            }
        case .delete(let set):
            seenSets.forget(set.metadata.uid)
            sets.remove(set.metadata.uid)
        case .adopt(var set):
            set.metadata.ownerReferences = [deployment.controllerReference]
            try sets.update(set)
        case .release(var set):
            set.metadata.ownerReferences = []
            try sets.update(set)
        case .rollBack(let source):
            var next = deployment
            next.spec.rollbackTo = nil
            if let source {
                next.spec.template = source.template
                next.metadata.annotations = source.annotations
            }
            next.metadata.generation += 1
            return try writeDeployment(next)
        }
        return deployment
    }

    /// The name decides whether it is there already, as the API does.
    private mutating func create(_ set: SandboxReplicaSet, _ deployment: SandboxDeployment) throws
        -> SandboxDeployment?
    {
        if let found = sets.list.first(where: { $0.metadata.name == set.metadata.name }) {
            if deployment.recognises(found) {
                if seenSets.objects[found.metadata.uid] == nil { seenSets.note(replaced: nil, found) }
                return deployment
            }
            var next = deployment
            next.status = deployment.statusAfterCollision
            _ = try writeDeployment(next)
            return nil
        }
        var set = set
        set.metadata.uid = newName("set")
        set.metadata.generation = 1
        set.metadata.creationTimestamp = now
        seenSets.note(replaced: nil, sets.create(set))
        say("create \(set.metadata.name) of \(set.spec.replicas)")
        return deployment
    }

    mutating func runSetController(_ uid: String? = nil) {
        guard let uid = uid ?? sets.list.randomElement(using: &random)?.metadata.uid,
            let cached = seenSetsOfSets.objects[uid]
        else { return }
        var set = seenSetsOfSets.newest(cached)
        let mayPlan = !(expectations[uid]?.isOutstanding(now) ?? false)
        if mayPlan { expectations[uid] = Expected(since: now) }
        let mine = seenSandboxes.objects.values
            .filter { $0.metadata.controller == nil || $0.metadata.controller?.uid == uid }
            .sorted { $0.metadata.name < $1.metadata.name }
        let crowding = Dictionary(
            seenSandboxes.objects.values.compactMap { $0.spec.nodeName.map { ($0, 1) } }, uniquingKeysWith: +)
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: mine, crowding: crowding)
        if mayPlan, !apply(Planning.plan(seen, now: now), to: set) { return }
        guard let status = status(of: seen, failure: nil, isPlanned: mayPlan, now: now) else { return }
        let version = set.metadata.resourceVersion
        set.status = status
        do {
            seenSetsOfSets.note(replaced: version, try sets.update(set))
            say("\(set.metadata.name) reports \(status.replicas)/\(status.availableReplicas)")
        } catch {
            seenSetsOfSets.forget(uid)
        }
    }

    private mutating func apply(_ plan: ReplicaSetPlan, to set: SandboxReplicaSet) -> Bool {
        for (sandbox, owners) in plan.adopt.map({ ($0, [set.controllerReference]) }) + plan.release.map({ ($0, []) }) {
            var next = sandbox
            next.metadata.ownerReferences = owners
            guard (try? sandboxes.update(next)) != nil else { return false }
        }
        for sandbox in plan.delete where sandboxes[sandbox.metadata.uid] != nil {
            if sandboxes[sandbox.metadata.uid]?.isTerminating == false {
                expectations[set.metadata.uid]?.deletions.insert(sandbox.metadata.uid)
            }
            sandboxes.change(sandbox.metadata.uid) {
                $0.metadata.deletionTimestamp = $0.metadata.deletionTimestamp ?? now
            }
        }
        for var sandbox in plan.create {
            sandbox.metadata.name = newName("sandbox")
            sandbox.metadata.uid = sandbox.metadata.name
            sandbox.metadata.creationTimestamp = now
            expectations[set.metadata.uid]?.creations += 1
            sandboxes.create(sandbox)
        }
        return true
    }
}
