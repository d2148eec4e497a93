import ControllerRuntime
import KubeAPI
import KubeClient
import NestAPI
import Planning

extension DeploymentController {
    /// Carries a plan out: writes, then the status that they lead to, then what is only for show.
    func apply(_ plan: DeploymentPlan, to deployment: SandboxDeployment) async throws {
        var current = deployment
        for write in plan.writes {
            guard let next = try await apply(write, to: current) else { return }
            current = next
        }
        if let status = plan.status { current = try await write(status, of: current) }
        for event in plan.events {
            await recorder.record(on: deployment, type: event.type, reason: event.reason, message: event.message)
        }
        if let revision = plan.revision { try await show(revision, on: current) }
    }

    /// - Returns: the deployment as it is now; nil when nothing further of the plan holds.
    private func apply(_ write: DeploymentWrite, to deployment: SandboxDeployment) async throws -> SandboxDeployment? {
        switch write {
        case .adopt(let set): try await plane.client.adopt(set, for: deployment)
        case .release(let set): try await plane.client.release(set, from: deployment)
        case .create(let set): return try await create(set, of: deployment)
        case .update(let from, let to): try await update(from, to)
        case .delete(let set):
            ownReplicaSets.forget(set.key)
            try await plane.client.deleteIfPresent(set)
        case .rollBack(let source): return try await rollBack(deployment, to: source)
        }
        return deployment
    }

    private func create(_ set: SandboxReplicaSet, of deployment: SandboxDeployment) async throws -> SandboxDeployment? {
        do {
            // Until the cache shows it, the next round must know of it: it would make as many of another template.
            var created = set
            created.metadata = try await plane.client.createOnly(set)
            ownReplicaSets.note(replaced: nil, written: created)
            return deployment
        } catch let status as Status where status.isAlreadyExists {
            return try await settleName(of: set, of: deployment)
        } catch let status as Status where !status.isConflict && status.code < 500 {
            let failed = deployment.status(
                afterFailedCreate: set.metadata.name, error: status.description, now: plane.now())
            if failed != deployment.status { _ = try await write(failed, of: deployment) }
            await recorder.record(
                on: deployment, type: .warning, reason: DeploymentCondition.replicaSetCreateError,
                message: "Failed to create new replica set \"\(set.metadata.name)\": \(status)")
            throw status
        }
    }

    /// The name was taken: by this set, made in a round that the cache has not shown yet, or by another template with
    /// the same hash.
    ///
    /// Then the next name differs.
    private func settleName(of set: SandboxReplicaSet, of deployment: SandboxDeployment) async throws
        -> SandboxDeployment?
    {
        let found = try await plane.client.get(
            SandboxReplicaSet.self, namespace: set.metadata.namespace, name: set.metadata.name)
        if deployment.recognises(found) {
            if plane.informers.replicaSets.lister.get(found.key) == nil {
                ownReplicaSets.note(replaced: nil, written: found)
            }
            return deployment
        }
        logger.info("template hash collision", metadata: ["replicaSet": "\(set.key)"])
        _ = try await write(deployment.statusAfterCollision, of: deployment)
        return nil
    }

    private func update(_ from: SandboxReplicaSet, _ to: SandboxReplicaSet) async throws {
        let annotations = to.metadata.annotations.mapValues(JSONValue.string)
        do {
            let written = try await plane.client.patchIfUnchanged(
                from,
                [
                    ["op": "add", "path": "/metadata/annotations", "value": .object(annotations)],
                    ["op": "add", "path": "/spec/replicas", "value": .int(Int64(to.spec.replicas))],
                    ["op": "add", "path": "/spec/minReadySeconds", "value": .int(Int64(to.spec.minReadySeconds))],
                ])
            ownReplicaSets.note(replaced: from.metadata.resourceVersion, written: written)
        } catch {
            ownReplicaSets.failed(from.key, error)
            throw error
        }
    }

    private func rollBack(_ deployment: SandboxDeployment, to source: RollbackSource?) async throws
        -> SandboxDeployment
    {
        var operations: [JSONValue] = [["op": "remove", "path": "/spec/rollbackTo"]]
        if let source {
            let annotations = JSONValue.object(source.annotations.mapValues(JSONValue.string))
            operations += [
                ["op": "replace", "path": "/spec/template", "value": try JSONValue(encoding: source.template)],
                ["op": "add", "path": "/metadata/annotations", "value": annotations],
            ]
        }
        let written = try await plane.client.patchIfUnchanged(deployment, operations)
        ownDeployments.note(replaced: deployment.metadata.resourceVersion, written: written)
        return written
    }

    private func write(_ status: SandboxDeploymentStatus, of deployment: SandboxDeployment) async throws
        -> SandboxDeployment
    {
        var next = deployment
        next.status = status
        let written = try await plane.client.updateStatus(next)
        ownDeployments.note(replaced: deployment.metadata.resourceVersion, written: written)
        return written
    }

    private func show(_ revision: Int64, on deployment: SandboxDeployment) async throws {
        var written = deployment
        written.metadata = try await plane.client.patchOnly(
            SandboxDeployment.self, namespace: deployment.metadata.namespace, name: deployment.metadata.name,
            merge: ["metadata": ["annotations": [NestGroup.revisionAnnotation: .string(String(revision))]]])
        // Somebody has changed the spec meanwhile: the cache will show it.
        guard written.metadata.generation == deployment.metadata.generation else { return }
        ownDeployments.note(replaced: deployment.metadata.resourceVersion, written: written)
    }
}
