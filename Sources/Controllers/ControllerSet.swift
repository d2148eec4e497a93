import ControllerRuntime
import KubeAPI
import KubeClient
import Logging

/// All controllers and the scheduler, as one thing that runs until it is cancelled.
///
/// It keeps no state that cannot be rebuilt from the API: it may be ended at any moment and started again anywhere. At
/// most one may run at a time.
public struct ControllerSet: Sendable {
    private let plane: ControlPlane

    public init(client: KubeClient, logger: Logger) {
        self.init(ControlPlane(client: client, informers: Informers(client: client, logger: logger), logger: logger))
    }

    init(_ plane: ControlPlane) { self.plane = plane }

    /// Returns when the task is cancelled, after every controller has ended.
    public func run() async throws {
        let parts: [any Runnable] = [
            DeploymentController(plane), ReplicaSetController(plane), EndpointsController(plane), PoolController(plane),
            NodeLifecycleController(plane), StrandedSandboxController(plane), Scheduler(plane),
        ]
        await withTaskGroup { group in
            group.addTask { await plane.informers.run() }
            do {
                try await plane.informers.waitForSync()
                plane.logger.info("controllers started")
                for part in parts { group.addTask { await part.run() } }
            } catch {
                plane.logger.debug("controllers were stopped before the first lists had come: \(error)")
            }
        }
    }
}
