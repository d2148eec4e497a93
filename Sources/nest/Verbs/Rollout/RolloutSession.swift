import ControllerRuntime
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// One rollout verb at work.
struct RolloutSession: Sendable {
    let client: KubeClient
    let namespace: String
    let targets: RolloutTargets
    let logger: Logger

    /// The objects that the verb is about, as they are.
    /// - Throws: the server's `Status` for one that is not there.
    func deployments() async throws -> [SandboxDeployment] {
        switch targets {
        case .matching(let selector):
            let found = try await client.list(SandboxDeployment.self, namespace: namespace, labelSelector: selector)
            if found.items.isEmpty { warn("No resources found in \(namespace) namespace.") }
            return found.items
        case .names(let names):
            var found: [SandboxDeployment] = []
            for name in names { found.append(try await client.get(namespace: namespace, name: name)) }
            return found
        }
    }

    func history(of deployment: SandboxDeployment) async throws -> RolloutHistory {
        let sets = try await client.list(
            SandboxReplicaSet.self, namespace: namespace, labelSelector: deployment.spec.selector.description)
        return RolloutHistory(of: deployment, replicaSets: sets.items)
    }

    /// Changes an object by a merge patch, or has the server only try it.
    func patch(_ deployment: SandboxDeployment, _ patch: JSONValue, _ dryRun: DryRun) async throws {
        guard dryRun != .client else { return }
        let path = SandboxDeployment.resource.path(namespace: namespace, name: deployment.metadata.name)
        let query = [("fieldManager", "nest-rollout")] + (dryRun == .server ? [("dryRun", "All")] : [])
        let (status, body) = try await client.request(
            "PATCH", path: path, query: query, body: patch.serialized(), contentType: "application/merge-patch+json")
        guard (200..<300).contains(status) else {
            throw (try? JSONDecoder().decode(Status.self, from: body))
                ?? Status(code: status, reason: "", message: "the server answered \(status)")
        }
    }

    /// Does one of the small changes to every object; what cannot be done to one hinders no other.
    func edit(_ edit: RolloutEdit, _ dryRun: DryRun) async throws {
        var refusals: [String] = []
        for deployment in try await deployments() {
            do {
                try await patch(deployment, edit.patch(deployment, now: .now()), dryRun)
                say(deployment, dryRun.printed(edit.participle))
            } catch let refusal as RolloutError {
                refusals.append("\(refusal)")
            }
        }
        guard refusals.isEmpty else { throw RolloutError(refusals.joined(separator: "\nerror: ")) }
    }

    /// Follows one object until `decide` has an answer.
    /// - Throws: `RolloutError` when it is deleted, or after `limit`; zero means never.
    func follow<Answer: Sendable>(
        _ name: String, within limit: Duration, _ decide: @escaping @Sendable (SandboxDeployment) throws -> Answer?
    ) async throws -> Answer {
        let informer = Informer<SandboxDeployment>(
            client: client, namespace: namespace, fieldSelector: "metadata.name=\(name)", logger: logger)
        let (states, state) = AsyncStream<SandboxDeployment?>.makeStream()
        informer.onChange { change in
            switch change {
            case .added(let object), .updated(_, let object): state.yield(object)
            case .deleted: state.yield(nil)
            }
        }
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask {
                await informer.run()
                return nil
            }
            group.addTask {
                for await deployment in states {
                    guard let deployment else { throw RolloutError("object has been deleted") }
                    if let answer = try decide(deployment) { return answer }
                }
                throw CancellationError()
            }
            if limit > .zero {
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw RolloutError("timed out waiting for the condition")
                }
            }
            defer { group.cancelAll() }
            while let answer = try await group.next() { if let answer { return answer } }
            throw CancellationError()
        }
    }

    /// Says what became of an object.
    func say(_ deployment: SandboxDeployment, _ operation: String) { say("\(deployment.printedName) \(operation)") }

    /// Writes a line at once, also where standard output is a file.
    func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func warn(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
