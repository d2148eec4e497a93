import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct EndpointsTests {
    private static func slices(_ world: World) throws -> [SandboxEndpoints] {
        try world.objects(SandboxEndpoints.self).filter { $0.deploymentKey.name == "hello" }
    }

    @Test func manySandboxesAreSplitOverSlices() async throws {
        try await World.run { world in
            try world.addPool(pods: 3)
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 230))
            try await world.eventually("all are listed once") {
                let slices = try Self.slices(world)
                let listed = slices.flatMap(\.endpoints).filter(\.conditions.ready).map(\.sandbox)
                return listed.count == 230 && Set(listed).count == 230 && slices.count >= 3
            }
            let deployment = try world.deployment()
            for slice in try Self.slices(world) {
                #expect(slice.endpoints.count <= 100)
                #expect(slice.metadata.ownerReferences == [deployment.controllerReference])
                #expect(slice.metadata.name == "hello" || slice.metadata.name.hasPrefix("hello-"))
            }
            #expect(try Self.slices(world).contains { $0.metadata.name == "hello" })
            try await world.change { $0.replicas = 0 }
            try await world.eventually("only the first is left") {
                let slices = try Self.slices(world)
                return slices.map(\.metadata.name) == ["hello"] && slices[0].endpoints.isEmpty
            }
        }
    }

    @Test func aDeploymentGetsTheSliceOfItsOwnName() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
            try await world.eventually("ready") { try world.endpoints().count == 1 }
            // Another deployment's slice happens to have the name that a new deployment is given.
            var slice = try #require(try world.objects(SandboxEndpoints.self).first)
            slice.metadata.name = "hello-2"
            slice.metadata.uid = "stolen"
            try world.server.put(slice)
            _ = try await world.client.create(SandboxDeployment.sample("hello-2", replicas: 1))
            try await world.eventually("each has its own") {
                let own = try world.endpoints("hello-2")
                return try own.count == 1 && own.allSatisfy { $0.sandbox.hasPrefix("hello-2-") }
                    && Self.slices(world).flatMap(\.endpoints).count == 1
            }
        }
    }

    /// From the sidecar's write to the endpoints in the API: what is promised are 200 ms; the figures are printed.
    @Test func followAReadinessChangeAtOnce() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 5))
            try await world.eventually("ready") { try world.endpoints().count(where: \.conditions.ready) == 5 }
            world.sidecars.broken.withLock { $0 = { _ in true } }
            var times: [Duration] = []
            for round in 0..<100 {
                let isReady = round % 2 == 1
                var sandbox = try #require(try world.liveSandboxes().first)
                sandbox.status.conditions.set(
                    Condition(
                        type: "Ready", status: isReady ? .yes : .no, reason: "Probe", lastTransitionTime: .now()))
                let start = ContinuousClock.now
                do {
                    _ = try await world.client.updateStatus(sandbox)
                } catch let status as Status where status.isConflict {
                    continue
                }
                try await world.eventually("it shows") {
                    try world.endpoints().first { $0.sandbox == sandbox.metadata.name }?.conditions.ready == isReady
                }
                times.append(ContinuousClock.now - start)
            }
            try #require(!times.isEmpty, "every write met a conflict")
            times.sort()
            let (median, last) = (times[times.count / 2], times[times.count * 99 / 100])
            print("endpoints after a readiness change: p50 \(median), p99 \(last), n \(times.count)")
            #expect(median < .milliseconds(200))
        }
    }
}
