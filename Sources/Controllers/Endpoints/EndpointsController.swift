import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Writes where the sandboxes of each SandboxDeployment can be reached.
struct EndpointsController: Runnable {
    static let component = "endpoints-controller"
    static let zoneLabel = "topology.kubernetes.io/zone"

    let plane: ControlPlane
    let logger: Logger
    let queue: WorkQueue<ObjectKey>
    let ownEndpoints = OwnWrites<SandboxEndpoints>()

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        let (queue, sandboxes) = (queue, informers.sandboxes.lister)
        informers.deployments.onChange { queue.add($0.object.key) }
        informers.endpoints.onChange { queue.add($0.object.key) }
        informers.sandboxes.onChange { change in
            guard change.before.map(\.reach) != change.after.map(\.reach) else { return }
            for key in Set([change.before, change.after].compactMap { $0?.deploymentKey }) { queue.add(key) }
        }
        informers.nodes.onChange { change in
            guard case .updated(let old, let new) = change,
                old.metadata.labels[Self.zoneLabel] != new.metadata.labels[Self.zoneLabel]
            else { return }
            for key in Set(sandboxes.list(.node, new.key.description).compactMap(\.deploymentKey)) { queue.add(key) }
        }
    }

    func run() async {
        await runWorkers(queue, workers: 8, logger: logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> Reconciled {
        guard let deployment = plane.informers.deployments.lister.get(key) else {
            ownEndpoints.forget(key)
            return .done
        }
        let cached = plane.informers.endpoints.lister.get(key)
        let current = ownEndpoints.newest(key, cached: cached)
        do {
            switch plan(observe(deployment, current)) {
            case nil: break
            case .create(let endpoints):
                ownEndpoints.note(replaced: nil, written: try await plane.client.create(endpoints))
            case .update(let endpoints):
                let written = try await plane.client.update(endpoints)
                ownEndpoints.note(replaced: endpoints.metadata.resourceVersion, written: written)
            }
        } catch let status as Status where status.code == 404 || status.code == 409 {
            ownEndpoints.forget(key)
            return .backOff
        }
        return .done
    }

    private func observe(_ deployment: SandboxDeployment, _ current: SandboxEndpoints?) -> EndpointsObserved {
        let sandboxes = plane.informers.sandboxes.lister.list(.deployment, deployment.key.description)
        var zones: [String: String] = [:]
        for node in Set(sandboxes.compactMap(\.spec.nodeName)) {
            let found = plane.informers.nodes.lister.get(namespace: deployment.metadata.namespace, name: node)
            zones[node] = found?.metadata.labels[Self.zoneLabel]
        }
        return EndpointsObserved(deployment: deployment, sandboxes: sandboxes, zones: zones, current: current)
    }
}

extension Sandbox {
    /// All of a sandbox that endpoints depend on.
    fileprivate struct Reach: Equatable {
        var labels: [String: String]
        var node: String?
        var address: String?
        var port: Int?
        var phase: SandboxPhase
        var isReady: Bool
        var isTerminating: Bool
    }

    fileprivate var reach: Reach {
        Reach(
            labels: metadata.labels, node: spec.nodeName, address: status.podIP, port: status.port,
            phase: status.phase, isReady: isReady, isTerminating: isTerminating)
    }
}
