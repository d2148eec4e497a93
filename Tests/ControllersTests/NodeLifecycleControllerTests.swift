import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Synchronization
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct NodeLifecycleControllerTests {
    private static let noTime = Toleration(
        key: NestGroup.unreachableTaint, operator: .exists, effect: .noExecute, tolerationSeconds: 0)

    /// A deployment that gives a silent pod up at once, one replica on each of `pods` pods.
    private static func settle(_ world: World, pods: Int) async throws {
        try world.addPool(pods: pods)
        var deployment = SandboxDeployment.sample(replicas: pods)
        deployment.spec.template.spec.tolerations = [noTime]
        _ = try await world.client.create(deployment)
        try await world.eventually("all serve") {
            try world.endpoints().count(where: \.conditions.ready) == pods
        }
        #expect(Set(try world.endpoints().map(\.node)).count == pods)
    }

    /// Whose sidecars send heartbeats.
    private final class Alive: Sendable {
        let names: Mutex<Set<String>>
        init(_ names: Set<String>) { self.names = Mutex(names) }
    }

    /// Renews the leases of those that are in `names`, until it is cancelled.
    private static func heartbeats(_ world: World, _ alive: Alive) async {
        while !Task.isCancelled {
            for name in alive.names.withLock({ $0 }) {
                let metadata = ObjectMeta(name: name, namespace: "default")
                _ = try? world.server.put(
                    Lease(metadata: metadata, spec: .init(holderIdentity: name, renewTime: .now())))
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func ready(_ world: World) throws -> [Endpoint] { try world.endpoints().filter(\.conditions.ready) }

    @Test func sandboxesOfALostPodAreReplacedOnceAndFencedWhenItReturns() async throws {
        var limits = NodeLimits()
        limits.graceSeconds = 2
        try await World.run(nodeLimits: limits) { world in
            let alive = Alive(["default-0", "default-1"])
            let heartbeats = Task { await Self.heartbeats(world, alive) }
            defer { heartbeats.cancel() }
            try await Self.settle(world, pods: 2)
            let old = try #require(try world.liveSandboxes().first { $0.spec.nodeName == "default-0" })
            world.sidecars.set("default-0", deaf: true)
            alive.names.withLock { _ = $0.remove("default-0") }
            try await world.eventually("tainted") {
                try Set(world.node("default-0").spec.taints) == [
                    Taint(key: NestGroup.unreachableTaint, effect: .noSchedule),
                    Taint(key: NestGroup.unreachableTaint, effect: .noExecute),
                ]
            }
            try await world.eventually("replaced") {
                let ready = try Self.ready(world)
                return ready.count == 2 && ready.allSatisfy { $0.node == "default-1" }
            }
            // It may yet run, so it is still there, but nothing is sent to it.
            let lost = try #require(try world.objects(Sandbox.self).first { $0.metadata.uid == old.metadata.uid })
            #expect(lost.isTerminating && lost.status.phase == .unknown && lost.status.reason == "NodeLost")
            try await world.eventually("its endpoint is gone") {
                try !world.endpoints().contains { $0.sandbox == old.metadata.name && $0.conditions.serving }
            }
            try await world.eventually("event") {
                try world.events("TaintManagerEviction").contains { $0.involvedObject.name == old.metadata.name }
            }
            world.sidecars.set("default-0", deaf: false)
            alive.names.withLock { _ = $0.insert("default-0") }
            try world.setReady("default-0", .yes)
            try await world.eventually("fenced") {
                try !world.objects(Sandbox.self).contains { $0.metadata.uid == old.metadata.uid }
            }
            try await world.eventually("taken back") {
                // As a sidecar does when others have spoken for it: its lease may be seen a moment later.
                if try !world.node("default-0").isReady { try world.setReady("default-0", .yes) }
                return try world.node("default-0").spec.taints.isEmpty
            }
            #expect(try world.liveSandboxes().count == 2)
            let made = try world.events("SuccessfulCreate").filter { $0.involvedObject.kind == "SandboxReplicaSet" }
            #expect(made.reduce(0) { $0 + $1.count } <= 3)
        }
    }

    @Test func nothingIsEvictedWhenMostFallSilentAtOnce() async throws {
        try await World.run { world in
            try await Self.settle(world, pods: 3)
            let before = Set(try world.liveSandboxes().map(\.metadata.uid))
            // In one step for the controller: it waits a moment after the first change.
            for name in ["default-0", "default-1"] {
                world.sidecars.set(name, deaf: true)
                try world.setReady(name, .unknown, reason: "NodeStatusUnknown")
            }
            try await world.eventually("tainted") {
                try ["default-0", "default-1"].allSatisfy { try !world.node($0).spec.taints.isEmpty }
            }
            for name in ["default-0", "default-1"] {
                #expect(try world.node(name).spec.taints.allSatisfy { $0.effect == .noSchedule })
            }
            #expect(Set(try world.liveSandboxes().map(\.metadata.uid)) == before)
            for name in ["default-0", "default-1"] { try world.setReady(name, .yes) }
            try await world.eventually("taken back") {
                try ["default-0", "default-1"].allSatisfy { try world.node($0).spec.taints.isEmpty }
            }
            #expect(Set(try world.liveSandboxes().map(\.metadata.uid)) == before)
            #expect(try world.events("TaintManagerEviction").isEmpty)
        }
    }

    /// However often sidecars say that they live, and what they have, all nodes are judged by the period alone.
    @Test func aHeartbeatIsNotJudged() async throws {
        let (server, clock) = (FakeAPIServer(), ManualClock())
        let informers = Informers(client: server.client(), logger: .silent)
        var plane = ControlPlane(client: server.client(), informers: informers, logger: .silent)
        plane.clock = clock
        let controller = NodeLifecycleController(plane)
        // These come after the controller's own, so what they have seen it has.
        let (beats, writes) = (Journal<Void>(), Journal<Void>())
        informers.leases.onChange { _ in beats.append(()) }
        informers.nodes.onChange { _ in writes.append(()) }
        var node = SandboxNode.ready("a", room: 1)
        try server.put(node)
        try await withThrowingTaskGroup { group in
            group.addTask { await informers.run() }
            try await informers.waitForSync()
            group.addTask { await controller.run() }
            func judged(_ count: Int) async throws {
                while controller.judgements < count {
                    // In small steps, so that the period does not pass meanwhile.
                    clock.advance(by: .milliseconds(2))
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            // At its start, and for the node that it saw before.
            try await judged(2)
            for round in 1...20 {
                try server.put(
                    Lease(
                        metadata: ObjectMeta(name: "a", namespace: "default"),
                        spec: .init(renewTime: Timestamp(seconds: Int64(round)))))
                node.status.packages.append("\(round)")
                try server.put(node)
                await beats.wait(round)
                await writes.wait(1 + round)
                clock.advance(by: NodeLifecycleController.settling)
            }
            #expect(controller.judgements == 2)
            node.status.conditions = []
            try server.put(node)
            await writes.wait(22)
            try await judged(3)
            group.cancelAll()
        }
    }

    @Test func aUsersTaintDrivesAwayWhoDoesNotTolerateIt() async throws {
        try await World.run { world in
            try await Self.settle(world, pods: 2)
            let old = try #require(try world.liveSandboxes().first { $0.spec.nodeName == "default-0" })
            _ = try await world.client.patch(
                SandboxNode.self, namespace: "default", name: "default-0",
                merge: ["spec": ["taints": [["key": "repair", "effect": "NoExecute"]]]])
            try await world.eventually("moved") {
                let ready = try Self.ready(world)
                return ready.count == 2 && ready.allSatisfy { $0.node == "default-1" }
            }
            try await world.eventually("gone") {
                try !world.objects(Sandbox.self).contains { $0.metadata.uid == old.metadata.uid }
            }
            #expect(try world.node("default-0").spec.taints.map(\.key) == ["repair"])
        }
    }
}
