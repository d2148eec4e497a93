import ControllerRuntime
import KubeAPI
import NestAPI
import Planning
import Synchronization

/// Shows the logs of sandboxes as they come and go, one stream for each pod.
struct LogsFollower: Sendable {
    /// What ends it early.
    private final class Failure: Sendable {
        let error = Mutex<(any Error)?>(nil)
    }

    let session: LogsSession
    let selection: LogsSession.Selection
    /// The most pods at once.
    let limit: Int

    /// Until nothing more can come: the sandbox, or the deployment and its sandboxes, are gone.
    /// - Throws: `LogsError`, the server's `Status`, or what keeps it from being reached.
    func run() async throws {
        let (steps, step) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let failure = Failure()
        let sandboxes = Informer<Sandbox>(
            client: session.client, namespace: session.namespace, labelSelector: selection.labelSelector,
            fieldSelector: selection.sandboxName.map { "metadata.name=\($0)" }, logger: session.logger)
        sandboxes.onChange { _ in step.yield() }
        let deployments = selection.deploymentName.map { name in
            Informer<SandboxDeployment>(
                client: session.client, namespace: session.namespace, fieldSelector: "metadata.name=\(name)",
                logger: session.logger)
        }
        deployments?.onChange { _ in step.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await sandboxes.run() }
            if let deployments { group.addTask { await deployments.run() } }
            group.addTask {
                try await sandboxes.waitForSync()
                try await deployments?.waitForSync()
                step.yield()
            }
            defer { group.cancelAll() }
            var pods: [String: PodFollower] = [:]
            var told: Set<String> = []
            for await _ in steps {
                if let error = failure.error.withLock({ $0 }) { throw error }
                guard sandboxes.hasSynced, deployments?.hasSynced ?? true else { continue }
                let present = sandboxes.lister.list()
                for sandbox in present where told.insert(sandbox.metadata.name).inserted {
                    // The scheduler has looked, and found none: asked again when it changes.
                    if !tellWait(of: sandbox) { told.remove(sandbox.metadata.name) }
                }
                let wanted = LogStreams(present).pods
                try check(wanted.count)
                for (pod, names) in wanted where pods[pod] == nil && !names.isEmpty {
                    pods[pod] = PodFollower(session, pod) { error in
                        failure.error.withLock { $0 = error }
                        step.yield()
                    }
                }
                for (pod, follower) in pods {
                    await follower.follow(wanted[pod] ?? [:])
                    if wanted[pod] == nil { pods[pod] = nil }
                }
                if present.isEmpty, isOver(deployments) { return }
            }
        }
    }

    /// Says that a sandbox cannot have a log yet, if that is so.
    private func tellWait(of sandbox: Sandbox) -> Bool {
        guard sandbox.spec.nodeName == nil, let trouble = sandbox.trouble else { return false }
        session.warn("waiting for sandbox \"\(sandbox.metadata.name)\", which no pod has yet: \(trouble)")
        return true
    }

    /// Whether no sandbox can come any more.
    private func isOver(_ deployments: Informer<SandboxDeployment>?) -> Bool {
        selection.mayGrow ? deployments.map { $0.lister.count == 0 } ?? false : true
    }

    private func check(_ count: Int) throws {
        guard count > limit else { return }
        throw LogsError(
            "you are attempting to follow the logs of \(count) pods, but no more than \(limit) are allowed at once: use "
                + "--max-log-requests to increase the limit")
    }
}

extension LogsSession.Selection {
    fileprivate var sandboxName: String? { if case .sandbox(let name) = self { name } else { nil } }
    fileprivate var deploymentName: String? { if case .deployment(let name, _) = self { name } else { nil } }
}
