import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

/// An API server in memory, all controllers, and sidecars that make every bound sandbox ready at once.
struct World: Sendable {
    let server = FakeAPIServer()
    let client: KubeClient
    let sidecars: Sidecars

    init() {
        client = server.client()
        sidecars = Sidecars(client: server.client())
    }

    /// Runs `body` beside everything else, then ends it all and expects it to end.
    static func run(
        withSidecars: Bool = true, nodeLimits: NodeLimits = NodeLimits(), readings: (any GatewayReadings)? = nil,
        _ body: @Sendable (World) async throws -> Void
    ) async throws {
        let world = World()
        var plane = ControlPlane(
            client: world.client, informers: Informers(client: world.client, logger: .silent), logger: .silent)
        plane.nodeLimits = nodeLimits
        if let readings { plane.readings = readings }
        let controllers = ControllerSet(plane)
        try await withThrowingTaskGroup { group in
            group.addTask { try await controllers.run() }
            if withSidecars { group.addTask { await world.sidecars.run() } }
            try await body(world)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits until `condition` holds of what the server has.
    func eventually(
        _ what: Comment, within limit: Duration = .seconds(20), _ condition: () throws -> Bool,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let end = ContinuousClock.now + limit
        while try !condition() {
            guard ContinuousClock.now < end else {
                Issue.record(what, sourceLocation: location)
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    func objects<T: KubeObject>(_ type: T.Type = T.self) throws -> [T] { try server.objects(type) }

    func deployment(_ name: String = "hello") throws -> SandboxDeployment {
        try #require(try objects(SandboxDeployment.self).first { $0.metadata.name == name })
    }

    func liveSandboxes(_ deployment: String = "hello") throws -> [Sandbox] {
        try objects(Sandbox.self).filter {
            $0.metadata.labels[NestGroup.deploymentLabel] == deployment && $0.metadata.deletionTimestamp == nil
        }
    }

    func endpoints(_ name: String = "hello") throws -> [Endpoint] {
        try objects(SandboxEndpoints.self).first { $0.metadata.name == name }?.endpoints ?? []
    }

    func events(_ reason: String) throws -> [Event] { try objects(Event.self).filter { $0.reason == reason } }

    /// A pool with `pods` ready pods of `room` sandboxes each.
    func addPool(pods: Int = 1, room: Int = 100) throws {
        var pool = ResourcePool(metadata: ObjectMeta(name: "default", namespace: "default", uid: "pool"))
        pool.spec.warmPods = 0
        pool.spec.maxPods = 0
        try server.put(pool)
        for index in 0..<pods { try server.put(SandboxNode.ready("default-\(index)", room: room)) }
    }

    /// Says how ready a node is, as its sidecar, or the node lifecycle, would.
    func setReady(_ name: String, _ ready: Condition.Status, reason: String = "x") throws {
        var node = try node(name)
        node.status.conditions.set(
            Condition(type: "Ready", status: ready, reason: reason, lastTransitionTime: .now().wholeSeconds))
        try server.put(node)
    }

    func node(_ name: String) throws -> SandboxNode {
        try #require(try objects(SandboxNode.self).first { $0.metadata.name == name })
    }

    /// Applies a change to what the server has now.
    func change(_ name: String = "hello", _ body: (inout SandboxDeploymentSpec) -> Void) async throws {
        while true {
            var deployment = try deployment(name)
            body(&deployment.spec)
            do {
                _ = try await client.update(deployment)
                return
            } catch let status as Status where status.isConflict {}
        }
    }
}

extension SandboxDeployment {
    static func sample(_ name: String = "hello", replicas: Int, handler: String = "index.handler") -> SandboxDeployment
    {
        let spec = SandboxTemplateSpec(
            handler: handler, package: PackageSource(inline: ["index.js": "exports.handler = () => {}"]))
        return SandboxDeployment(
            metadata: ObjectMeta(name: name, namespace: "default"),
            spec: SandboxDeploymentSpec(
                replicas: replicas, selector: LabelSelector(matchLabels: ["app": name]),
                template: SandboxTemplate(metadata: .init(labels: ["app": name]), spec: spec)))
    }
}

extension SandboxNode {
    static func ready(_ name: String, room: Int) -> SandboxNode {
        var node = SandboxNode(
            metadata: ObjectMeta(name: name, namespace: "default", uid: "uid-\(name)"),
            spec: SandboxNodeSpec(pool: "default"))
        node.status.allocatable = .init(cpu: .milliCPU(8000), memory: .bytes(8 << 30), sandboxes: room)
        node.status.runtimes = [.init(name: "nodejs", version: "20", prewarmed: 2)]
        node.status.conditions = [
            Condition(type: "Ready", status: .yes, reason: "SidecarReady", lastTransitionTime: .now().wholeSeconds)
        ]
        return node
    }
}
