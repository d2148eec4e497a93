import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Gives every SandboxDeployment its replica sets.
struct DeploymentController: Runnable {
    static let component = "deployment-controller"

    let plane: ControlPlane
    let logger: Logger
    let queue: WorkQueue<ObjectKey>
    let recorder: EventRecorder
    let ownDeployments = OwnWrites<SandboxDeployment>()
    let ownReplicaSets = OwnWrites<SandboxReplicaSet> { $0.metadata.controller?.uid ?? "" }

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        recorder = plane.recorder(Self.component)
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        let (queue, deployments, ownReplicaSets) = (queue, informers.deployments.lister, ownReplicaSets)
        informers.deployments.onChange { queue.add($0.object.key) }
        informers.replicaSets.onChange { change in
            if case .deleted(let set) = change { ownReplicaSets.forget(set.key) }
            for set in [change.before, change.after].compactMap({ $0 }) {
                if let key = set.controllerKey(SandboxDeployment.self) { queue.add(key) }
            }
            guard let orphan = change.after, orphan.metadata.controller == nil else { return }
            for deployment in deployments.list(namespace: orphan.metadata.namespace)
            where deployment.spec.selector.matches(orphan.metadata.labels) {
                queue.add(deployment.key)
            }
        }
        // Recreate goes on when the last old sandbox is gone; the conditions quote why new ones fail.
        informers.sandboxes.onChange { change in
            guard let key = change.object.deploymentKey else { return }
            let isNews =
                if case .deleted = change { deployments.get(key)?.spec.strategy.type == .recreate } else {
                    change.before?.trouble != change.after?.trouble
                }
            if isNews { queue.add(key) }
        }
    }

    func run() async {
        await runWorkers(queue, workers: 8, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        guard let cached = plane.informers.deployments.lister.get(key),
            let deployment = ownDeployments.newest(key, cached: cached)
        else {
            ownDeployments.forget(key)
            return .done
        }
        let plan = try plan(observe(deployment), now: plane.now())
        do {
            try await apply(plan, to: deployment)
        } catch {
            ownDeployments.forget(key)
            if let status = error as? Status, status.isNotFound || status.isConflict { return .backOff }
            throw error
        }
        return Reconciled(after: plan.lookAgainAfter)
    }

    private func observe(_ deployment: SandboxDeployment) -> DeploymentObserved {
        let lister = plane.informers.replicaSets.lister
        let orphans = lister.list(.orphans, deployment.metadata.namespace)
        let cached = lister.list(ownerUID: deployment.metadata.uid) + orphans
        let sets =
            cached.map { ownReplicaSets.newest($0.key, cached: $0) ?? $0 }
            + ownReplicaSets.unseen(of: deployment.metadata.uid, besides: cached)
        return DeploymentObserved(
            deployment: deployment,
            replicaSets: sets,
            sandboxes: plane.informers.sandboxes.lister.list(.deployment, deployment.key.description))
    }
}
