import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import Planning

/// What the controllers know of the cluster: one informer a kind, shared by all.
struct Informers: Sendable {
    let deployments: Informer<SandboxDeployment>
    let replicaSets: Informer<SandboxReplicaSet>
    let sandboxes: Informer<Sandbox>
    let endpoints: Informer<SandboxEndpoints>
    let nodes: Informer<SandboxNode>
    let leases: Informer<Lease>
    let pools: Informer<ResourcePool>
    let autoscalers: Informer<SandboxAutoscaler>
    let pods: Informer<Pod>

    init(client: KubeClient, logger: Logger) {
        deployments = Informer(client: client, logger: logger)
        replicaSets = Informer(client: client, logger: logger)
        sandboxes = Informer(client: client, logger: logger)
        endpoints = Informer(client: client, logger: logger)
        nodes = Informer(client: client, logger: logger)
        leases = Informer(client: client, logger: logger)
        pools = Informer(client: client, logger: logger)
        autoscalers = Informer(client: client, logger: logger)
        pods = Informer(client: client, labelSelector: NestGroup.poolLabel, logger: logger)
        replicaSets.addIndex(.orphans) { $0.metadata.controller == nil ? [$0.metadata.namespace] : [] }
        sandboxes.addIndex(.orphans) { $0.metadata.controller == nil ? [$0.metadata.namespace] : [] }
        sandboxes.addIndex(.deployment) { $0.deploymentKey.map { [$0.description] } ?? [] }
        endpoints.addIndex(.deployment) { [$0.deploymentKey.description] }
        autoscalers.addIndex(.deployment) { [$0.targetKey.description] }
        sandboxes.addIndex(.node) { $0.nodeKey.map { [$0.description] } ?? [] }
        sandboxes.addIndex(.pool) { [$0.poolKey.description] }
    }

    /// Follows the server until the task is cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await deployments.run() }
            group.addTask { await replicaSets.run() }
            group.addTask { await sandboxes.run() }
            group.addTask { await endpoints.run() }
            group.addTask { await nodes.run() }
            group.addTask { await leases.run() }
            group.addTask { await pools.run() }
            group.addTask { await autoscalers.run() }
            group.addTask { await pods.run() }
        }
    }

    /// Returns once all that controllers make, bind and delete is known as it was when this was called, or later.
    ///
    /// The rest is users' own, or written only over the version that was seen.
    func relist() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await deployments.relist() }
            group.addTask { try await replicaSets.relist() }
            group.addTask { try await sandboxes.relist() }
            group.addTask { try await nodes.relist() }
            group.addTask { try await pods.relist() }
            try await group.waitForAll()
        }
    }

    /// Returns once everything was listed: what is missing from a cache before that may well exist.
    func waitForSync() async throws {
        try await deployments.waitForSync()
        try await replicaSets.waitForSync()
        try await sandboxes.waitForSync()
        try await endpoints.waitForSync()
        try await nodes.waitForSync()
        try await leases.waitForSync()
        try await pools.waitForSync()
        try await autoscalers.waitForSync()
        try await pods.waitForSync()
    }
}

extension IndexName {
    /// Objects without a controller, by namespace.
    static let orphans = IndexName("orphans")
    /// Sandboxes, endpoints and autoscalers by the key of their deployment.
    static let deployment = IndexName("deployment")
    /// Sandboxes by the key of their node.
    static let node = IndexName("node")
    /// Sandboxes by the key of their pool.
    static let pool = IndexName("pool")
}

extension Sandbox {
    /// The key of the SandboxDeployment that the sandbox serves; nil for one that was made by hand.
    var deploymentKey: ObjectKey? {
        metadata.labels[NestGroup.deploymentLabel].map { ObjectKey(namespace: metadata.namespace, name: $0) }
    }

    var poolKey: ObjectKey { ObjectKey(namespace: metadata.namespace, name: spec.pool) }
}

extension KubeObject {
    /// The key of the controller of this object, if that is of type `Owner`.
    func controllerKey<Owner: KubeObject>(_ type: Owner.Type) -> ObjectKey? {
        guard let controller = metadata.controller, controller.kind == Owner.resource.kind,
            controller.apiVersion == Owner.resource.apiVersion
        else { return nil }
        return ObjectKey(namespace: metadata.namespace, name: controller.name)
    }
}

extension Change {
    /// The object before the change; nil when it was just added.
    var before: Object? {
        switch self {
        case .added: nil
        case .updated(let old, _): old
        case .deleted(let object): object
        }
    }

    /// The object after the change; nil when it is gone.
    var after: Object? {
        switch self {
        case .added(let object), .updated(_, let object): object
        case .deleted: nil
        }
    }
}
