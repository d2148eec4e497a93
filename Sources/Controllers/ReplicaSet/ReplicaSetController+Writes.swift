import ControllerRuntime
import KubeAPI
import KubeClient
import NestAPI
import Planning

extension ReplicaSetController {
    typealias Outcome = (failure: ReplicaSetFailure?, error: (any Error)?)

    /// Carries a plan out as far as the API lets it.
    func apply(_ plan: ReplicaSetPlan, to set: SandboxReplicaSet) async -> Outcome {
        do {
            for sandbox in plan.adopt { try await plane.client.adopt(sandbox, for: set) }
            for sandbox in plan.release { try await plane.client.release(sandbox, from: set) }
        } catch {
            return (nil, error)
        }
        let deleted = await delete(plan.delete, of: set)
        let created = await create(plan.create, of: set)
        return created.error != nil ? created : deleted
    }

    /// Creates in batches that double while all goes well; what is not tried after a failure is not expected either.
    private func create(_ sandboxes: [Sandbox], of set: SandboxReplicaSet) async -> Outcome {
        guard !sandboxes.isEmpty else { return (nil, nil) }
        expectations.expectCreations(set.key, sandboxes.count)
        var left = sandboxes[...]
        for size in slowStartBatches(sandboxes.count) {
            let batch = left.prefix(size)
            left = left.dropFirst(size)
            guard let error = await firstError(batch, { try await create($0, of: set) }) else { continue }
            for _ in left { expectations.creationObserved(set.key) }
            return (ReplicaSetFailure(reason: "FailedCreate", message: "\(error)"), error)
        }
        return (nil, nil)
    }

    private func create(_ template: Sandbox, of set: SandboxReplicaSet) async throws {
        var sandbox = template
        var random = SystemRandomNumberGenerator()
        sandbox.metadata.name = GeneratedName.make(set.metadata.name, using: &random)
        do {
            try await plane.client.createOnly(sandbox)
            await recorder.record(
                on: set, type: .normal, reason: "SuccessfulCreate", message: "Created sandbox: \(sandbox.metadata.name)"
            )
        } catch {
            expectations.creationObserved(set.key)
            await recorder.record(
                on: set, type: .warning, reason: "FailedCreate", message: "Error creating a sandbox: \(error)")
            throw error
        }
    }

    private func delete(_ sandboxes: [Sandbox], of set: SandboxReplicaSet) async -> Outcome {
        guard !sandboxes.isEmpty else { return (nil, nil) }
        expectations.expectDeletions(set.key, uids: sandboxes.map(\.metadata.uid))
        guard let error = await firstError(sandboxes[...], { try await delete($0, of: set) }) else { return (nil, nil) }
        return (ReplicaSetFailure(reason: "FailedDelete", message: "\(error)"), error)
    }

    private func delete(_ sandbox: Sandbox, of set: SandboxReplicaSet) async throws {
        do {
            try await plane.client.delete(
                Sandbox.self, namespace: sandbox.metadata.namespace, name: sandbox.metadata.name,
                uid: sandbox.metadata.uid)
            await recorder.record(
                on: set, type: .normal, reason: "SuccessfulDelete", message: "Deleted sandbox: \(sandbox.metadata.name)"
            )
        } catch let status as Status where status.isNotFound {
            expectations.deletionObserved(set.key, uid: sandbox.metadata.uid)
        } catch {
            expectations.deletionObserved(set.key, uid: sandbox.metadata.uid)
            await recorder.record(
                on: set, type: .warning, reason: "FailedDelete",
                message: "Error deleting sandbox \(sandbox.metadata.name): \(error)")
            throw error
        }
    }

    /// How many requests of one set are under way at once.
    private static var concurrency: Int { 16 }

    /// Does all, several at a time.
    /// - Returns: the first error, once all were tried.
    private func firstError(
        _ sandboxes: ArraySlice<Sandbox>, _ body: @escaping @Sendable (Sandbox) async throws -> Void
    ) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            var left = sandboxes[...]
            func addNext() {
                guard let sandbox = left.popFirst() else { return }
                group.addTask {
                    do {
                        try await body(sandbox)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for _ in 0..<Self.concurrency { addNext() }
            var first: (any Error)?
            for await error in group {
                first = first ?? error
                addNext()
            }
            return first
        }
    }
}
