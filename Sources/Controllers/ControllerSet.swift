import ControllerRuntime
import KubeAPI
import KubeClient
import Logging

/// All controllers and the scheduler, as one thing that runs until it is cancelled.
///
/// It keeps no state that cannot be rebuilt from the API: it may be ended at any moment and started again anywhere. At
/// most one of each part may work at a time; several may stand by, with what they know up to date.
public struct ControllerSet: Sendable {
    /// What is led separately, so that two processes can share the work.
    public enum Part: String, Sendable, CaseIterable {
        case controllers, scheduler
    }

    /// A part's work.
    ///
    /// It is told whether someone else may have done it after this process began to read from the server.
    public typealias Work = @Sendable (_ isSuccessor: Bool) async throws -> Void
    /// Does a part's work when this process may, and for as long as it may.
    public typealias Lead = @Sendable (Part, _ work: @escaping Work) async throws -> Void

    private let plane: ControlPlane

    public init(client: KubeClient, scaling: ScalingSources = ScalingSources(), logger: Logger) {
        var plane = ControlPlane(
            client: client, informers: Informers(client: client, logger: logger), logger: logger)
        plane.readings = HTTPGatewayReadings(tokenFile: scaling.readingsToken, logger: logger)
        plane.zones = scaling.zones
        self.init(plane)
    }

    init(_ plane: ControlPlane) { self.plane = plane }

    /// Follows the server at once, and works as `lead` lets it; returns when the task is cancelled, after every
    /// controller has ended.
    ///
    /// Run it once.
    /// - Parameter lead: by default every part works at once.
    /// - Throws: what `lead` throws; everything has ended then.
    public func run(_ lead: @escaping Lead = { try await $1(false) }) async throws {
        let parts: [Part: [any Runnable]] = [
            .controllers: [
                DeploymentController(plane), ReplicaSetController(plane), EndpointsController(plane),
                PoolController(plane), NodeLifecycleController(plane), StrandedSandboxController(plane),
                Scaler(plane),
            ],
            .scheduler: [Scheduler(plane)],
        ]
        try await withThrowingTaskGroup { group in
            group.addTask { await plane.informers.run() }
            for (part, runnables) in parts {
                group.addTask {
                    // Whoever leads knows what there is: a leader that has yet to learn it would only be in the way.
                    try await plane.informers.waitForSync()
                    try await lead(part) { try await work(part, runnables, isSuccessor: $0) }
                }
            }
            do {
                // The first that fails ends all; `waitForAll` would wait for the others.
                for try await _ in group {}
            } catch {
                group.cancelAll()
                if !Task.isCancelled { throw error }
                plane.logger.debug("controllers were stopped: \(error)")
            }
        }
    }

    private func work(_ part: Part, _ runnables: [any Runnable], isSuccessor: Bool) async throws {
        // What the one before wrote last may not be here yet: who counted without it would make it a second time.
        if isSuccessor { try await plane.informers.relist() }
        plane.logger.info("\(part) started")
        await withTaskGroup { group in
            for runnable in runnables { group.addTask { await runnable.run() } }
        }
    }
}
