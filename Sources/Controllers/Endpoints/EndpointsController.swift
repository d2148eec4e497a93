import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// Writes where the sandboxes of each SandboxDeployment can be reached.
struct EndpointsController: Runnable {
    static let component = "endpoints-controller"

    let plane: ControlPlane
    let logger: Logger
    let queue: WorkQueue<ObjectKey>
    let ownEndpoints = OwnWrites<SandboxEndpoints> { $0.deploymentKey.description }

    init(_ plane: ControlPlane) {
        self.plane = plane
        logger = plane.logger(Self.component)
        queue = plane.queue()
        addHandlers(plane.informers)
    }

    private func addHandlers(_ informers: Informers) {
        let (queue, sandboxes, ownEndpoints) = (queue, informers.sandboxes.lister, ownEndpoints)
        informers.deployments.onChange { change in
            // What a deployment says of itself changes nothing here.
            if case .updated(let old, let new) = change, old.metadata.generation == new.metadata.generation,
                old.metadata.deletionTimestamp == new.metadata.deletionTimestamp
            {
                return
            }
            queue.add(change.object.key)
        }
        informers.endpoints.onChange { change in
            if case .deleted(let slice) = change { ownEndpoints.forget(slice.key) }
            // A slice may have the name of one deployment and be another's, until it is taken over.
            for slice in [change.before, change.after].compactMap({ $0 }) {
                for key in Set([slice.key, slice.deploymentKey]) { queue.add(key) }
            }
        }
        informers.sandboxes.onChange { change in
            guard change.before.map(\.reach) != change.after.map(\.reach) else { return }
            for key in Set([change.before, change.after].compactMap { $0?.deploymentKey }) { queue.add(key) }
        }
        informers.autoscalers.onChange { change in
            for key in Set([change.before, change.after].compactMap { $0?.targetKey }) { queue.add(key) }
        }
        informers.nodes.onChange { change in
            guard case .updated(let old, let new) = change,
                old.metadata.labels[NestGroup.zoneLabel] != new.metadata.labels[NestGroup.zoneLabel]
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
        for write in plan(observe(deployment)) {
            do {
                try await apply(write, for: deployment)
            } catch let status as Status where status.code == 404 || status.code == 409 {
                return .backOff
            }
        }
        return .done
    }

    private func apply(_ write: EndpointsWrite, for deployment: SandboxDeployment) async throws {
        switch write {
        case .create(var slice):
            if slice.metadata.name.isEmpty { slice.metadata.name = freeName(of: deployment) }
            slice.metadata.generateName = nil
            ownEndpoints.forget(slice.key)
            slice.metadata = try await plane.client.createOnly(slice)
            ownEndpoints.note(replaced: nil, written: slice)
        case .update(let slice):
            do {
                let written = try await plane.client.update(slice)
                ownEndpoints.note(replaced: slice.metadata.resourceVersion, written: written)
            } catch {
                ownEndpoints.failed(slice.key, error)
                throw error
            }
        case .delete(let slice):
            ownEndpoints.forget(slice.key)
            try await plane.client.deleteIfPresent(slice)
        }
    }

    /// A name that no deployment has: the slice of that name would be the deployment's own.
    private func freeName(of deployment: SandboxDeployment) -> String {
        var random = SystemRandomNumberGenerator()
        while true {
            let name = GeneratedName.make(deployment.metadata.name, using: &random)
            let namespace = deployment.metadata.namespace
            if plane.informers.deployments.lister.get(namespace: namespace, name: name) == nil { return name }
        }
    }

    private func observe(_ deployment: SandboxDeployment) -> EndpointsObserved {
        let sandboxes = plane.informers.sandboxes.lister.list(.deployment, deployment.key.description)
        var zones: [String: String] = [:]
        for node in Set(sandboxes.compactMap(\.spec.nodeName)) {
            let found = plane.informers.nodes.lister.get(namespace: deployment.metadata.namespace, name: node)
            zones[node] = found?.metadata.labels[NestGroup.zoneLabel]
        }
        let autoscalers = plane.informers.autoscalers.lister.list(.deployment, deployment.key.description)
        return EndpointsObserved(
            deployment: deployment, sandboxes: sandboxes, zones: zones, slices: slices(of: deployment),
            isAutoscaled: !autoscalers.isEmpty)
    }

    /// All slices that carry the deployment's label, and whatever has its name.
    private func slices(of deployment: SandboxDeployment) -> [SandboxEndpoints] {
        let lister = plane.informers.endpoints.lister
        var cached = lister.list(.deployment, deployment.key.description)
        if !cached.contains(where: { $0.key == deployment.key }), let other = lister.get(deployment.key) {
            cached.append(other)
        }
        return cached.compactMap { ownEndpoints.newest($0.key, cached: $0) }
            + ownEndpoints.unseen(of: deployment.key.description, besides: cached)
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
        var trouble: SandboxTrouble?
    }

    fileprivate var reach: Reach {
        Reach(
            labels: metadata.labels, node: spec.nodeName, address: status.podIP, port: status.port,
            phase: status.phase, isReady: isReady, isTerminating: isTerminating, trouble: trouble)
    }
}
