import ControllerRuntime
import FoundationEssentials
import KubeAPI
import KubeClient
import NestAPI
import Planning

extension PoolController {
    func apply(_ plan: PoolPlan, to pool: ResourcePool) async throws {
        for node in plan.uncordon { try await setSchedulable(node, true) }
        try await create(plan.create, of: pool)
        for node in plan.cordon { try await setSchedulable(node, false) }
        try await delete(plan.delete, of: pool)
        guard let status = plan.status else { return }
        var next = pool
        next.status = status
        do {
            let written = try await plane.client.updateStatus(next)
            ownPools.note(replaced: pool.metadata.resourceVersion, written: written)
        } catch {
            ownPools.forget(pool.key)
            throw error
        }
    }

    private func create(_ count: Int, of pool: ResourcePool) async throws {
        guard count > 0 else { return }
        expectations.expectCreations(pool.key, count)
        for made in 0..<count {
            do {
                try await create(in: pool)
            } catch {
                for _ in made..<count { expectations.creationObserved(pool.key) }
                await recorder.record(
                    on: pool, type: .warning, reason: "FailedCreate", message: "Error creating a pod: \(error)")
                throw error
            }
        }
    }

    /// The pod goes out as JSON, since a template may hold fields that Nest's own `Pod` does not know.
    private func create(in pool: ResourcePool) async throws {
        var random = SystemRandomNumberGenerator()
        let name = GeneratedName.make(pool.metadata.name, using: &random)
        let body = try pool.podManifest(name: name).serialized()
        let answer = try await plane.client.request(
            "POST", path: Pod.resource.path(namespace: pool.metadata.namespace), body: body,
            contentType: "application/json")
        guard (200..<300).contains(answer.status) else {
            throw (try? JSONDecoder().decode(Status.self, from: answer.body))
                ?? Status(code: answer.status, reason: "", message: "creating pod \(name): HTTP \(answer.status)")
        }
        await recorder.record(on: pool, type: .normal, reason: "SuccessfulCreate", message: "Created pod: \(name)")
    }

    private func delete(_ pods: [Pod], of pool: ResourcePool) async throws {
        expectations.expectDeletions(pool.key, uids: pods.map(\.metadata.uid))
        for (index, pod) in pods.enumerated() {
            do {
                try await delete(pod, of: pool)
            } catch {
                for pod in pods[index...] { expectations.deletionObserved(pool.key, uid: pod.metadata.uid) }
                throw error
            }
        }
    }

    private func delete(_ pod: Pod, of pool: ResourcePool) async throws {
        do {
            try await plane.client.delete(
                Pod.self, namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid)
            await recorder.record(
                on: pool, type: .normal, reason: "SuccessfulDelete", message: "Deleted pod: \(pod.metadata.name)")
        } catch let status as Status where status.isNotFound {
            expectations.deletionObserved(pool.key, uid: pod.metadata.uid)
        }
    }

    private func setSchedulable(_ node: SandboxNode, _ isSchedulable: Bool) async throws {
        let mark: JSONValue = isSchedulable ? .null : "true"
        _ = try await plane.client.patch(
            SandboxNode.self, namespace: node.metadata.namespace, name: node.metadata.name,
            merge: [
                "metadata": ["annotations": .object([NestGroup.drainAnnotation: mark])],
                "spec": ["unschedulable": .bool(!isSchedulable)],
            ])
    }
}
