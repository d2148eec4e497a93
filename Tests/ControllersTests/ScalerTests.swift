import ControllerRuntime
import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(2)))
struct ScalerTests {
    @Test func aRequestThatWaitsWakesItsFunctionWithoutARound() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 0)
            try await bench.addGateway()
            // The clock stands still: nothing but the line can have brought it about.
            bench.gateways.say(ScalerBench.line(1, waiting: 1, seconds: 0), at: ScalerBench.address)
            try await bench.expectReplicas(1)
            #expect(
                bench.patches.map(\.path) == [
                    "/apis/nest.dev/v1alpha1/namespaces/default/sandboxdeployments/hello/scale"
                ])
            try await bench.world.eventually("an event") { try bench.world.events("ScaledUp").count == 1 }
            let event = try #require(try bench.world.events("ScaledUp").first)
            #expect(event.message == "Scaled hello from 0 to 1: 1 request waits, and nothing serves")
            #expect(event.involvedObject.kind == "SandboxAutoscaler")
        }
    }

    @Test func followsWhatIsAskedUpAndDownToNone() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 1)
            try await bench.addGateway()
            try await bench.pass(2, ScalerBench.line(500))
            try await bench.expectReplicas(8)
            try await bench.world.eventually("status") { try bench.status.desiredReplicas == 8 }
            #expect(try bench.status.lastScaleTime != nil)
            #expect(try bench.status.conditions.isTrue("Ready"))
            // A window, a delay and a grace.
            try await bench.pass(130, ScalerBench.line(0))
            try await bench.expectReplicas(0)
            try await bench.world.eventually("an event") { try bench.world.events("ScaledDown").count >= 1 }
            try await bench.pass(6, ScalerBench.line(0))
            try await bench.world.eventually("status") { try bench.status.desiredReplicas == 0 }
            let told = bench.patches.count
            try await bench.pass(60, ScalerBench.line(0))
            #expect(bench.patches.count == told, "what has not changed is not written")
        }
    }

    @Test func whatSomeoneScaledByHandIsOverriddenInTheNextRound() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 4) { $0.minReplicas = 4 }
            try await bench.addGateway()
            try await bench.pass(1, ScalerBench.line(1))
            #expect(bench.patches.isEmpty)
            try await bench.world.client.scale(SandboxDeployment.self, namespace: "default", name: "hello", to: 1)
            #expect(try bench.world.deployment().spec.replicas == 1)
            try await bench.expectReplicas(1)
            try await bench.pass(1, ScalerBench.line(1))
            try await bench.expectReplicas(4)
            #expect(bench.patches.count == 2)
        }
    }

    @Test func aGatewayThatIsSilentKeepsAllUntilItIsGone() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 3) { $0.stableWindowSeconds = 6 }
            try await bench.addGateway()
            let other = ObjectKey(namespace: "nest-system", name: "nest-gateway-b")
            try await bench.pass(1, ScalerBench.line(0))
            try await bench.addSilentGateway(other)
            for second in 0..<200 {
                // One whose lease is renewed, and that never says anything.
                if second % 10 == 0 { try bench.renew(other) }
                try await bench.pass(1, ScalerBench.line(0), gateways: 2)
            }
            #expect(bench.patches.isEmpty)
            try await bench.world.eventually("it is said") {
                try bench.status.conditions["Active"]?.reason == "GatewaySilent"
            }
            // It was asked again and again.
            #expect(bench.gateways.asked.entries.count { $0.hasSuffix(":8") } > 3)
            try bench.world.server.remove(Lease.self, other)
            try await bench.pass(80, ScalerBench.line(0))
            try await bench.world.eventually("none") { try bench.world.deployment().spec.replicas == 0 }
        }
    }

    @Test func aStreamThatBreaksOffIsOpenedAnew() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 0)
            try await bench.addGateway()
            try await bench.pass(1, ScalerBench.line(0))
            for turn in 2...4 {
                bench.gateways.breakOff(ScalerBench.address)
                while bench.gateways.asked.entries.count < turn {
                    await bench.clock.waitForSleepers(2)
                    bench.clock.advance(by: .milliseconds(500))
                    await Task.yield()
                }
            }
            bench.gateways.say(ScalerBench.line(1, waiting: 1, seconds: 0), at: ScalerBench.address)
            try await bench.expectReplicas(1)
        }
    }

    @Test func whatHasNoAutoscalerIsLeftAlone() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 1)
            try bench.world.server.put(SandboxDeployment.sample("plain", replicas: 0))
            try await bench.addGateway()
            try await bench.pass(3, ScalerBench.line(900, waiting: 5, name: "plain"))
            #expect(bench.patches.isEmpty)
        }
    }

    @Test func aNumberThatIsRefusedIsTriedAgain() async throws {
        try await ScalerBench.run { bench in
            try await bench.add(replicas: 1)
            try await bench.addGateway()
            bench.world.server.fail { request in
                request.path.hasSuffix("/scale")
                    ? Status(code: 503, reason: "ServiceUnavailable", message: "later") : nil
            }
            try await bench.pass(1, ScalerBench.line(500))
            try await bench.world.eventually("it was tried") { !bench.patches.isEmpty }
            #expect(try bench.world.deployment().spec.replicas == 1)
            bench.world.server.fail(nil)
            try await bench.pass(2, ScalerBench.line(500))
            try await bench.expectReplicas(8)
        }
    }

    @Test func aTargetThatIsNotThereIsSaid() async throws {
        try await ScalerBench.run { bench in
            let spec = SandboxAutoscalerSpec(target: "gone", maxReplicas: 2)
            try bench.world.server.put(
                SandboxAutoscaler(metadata: ObjectMeta(name: "a", namespace: "default"), spec: spec))
            try await bench.addGateway()
            try await bench.pass(1, ScalerBench.line(0))
            try await bench.world.eventually("it is said") {
                try bench.status.conditions["Ready"]?.reason == "TargetNotFound"
            }
        }
    }

    /// With all controllers and sidecars, by the machine's own clock.
    @Test func aFunctionAtNoneServesOnceItIsAsked() async throws {
        let gateways = FakeReadings()
        try await World.run(readings: gateways) { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 0))
            _ = try await world.client.create(
                SandboxAutoscaler(
                    metadata: ObjectMeta(name: "hello", namespace: "default"),
                    spec: SandboxAutoscalerSpec(target: "hello", maxReplicas: 3)))
            var metadata = ObjectMeta(name: "nest-gateway-a", namespace: "nest-system")
            metadata.labels = [NestGroup.roleLabel: NestGroup.gatewayRole]
            metadata.annotations = [NestGroup.readingsAnnotation: ScalerBench.address]
            _ = try await world.client.create(
                Lease(metadata: metadata, spec: .init(leaseDurationSeconds: 15, renewTime: .now())))
            await gateways.asked.wait(1)
            try await world.eventually("it serves") {
                gateways.say(ScalerBench.line(1, waiting: 1, seconds: 0), at: ScalerBench.address)
                return try world.endpoints().count(where: \.conditions.ready) == 1
            }
            #expect(try world.deployment().spec.replicas == 1)
        }
    }

    @Test func whoStandsByAsksNoGateway() async throws {
        let bench = ScalerBench()
        try await bench.add(replicas: 0, waits: false)
        var plane = ControlPlane(
            client: bench.world.client, informers: Informers(client: bench.world.client, logger: .silent),
            logger: .silent)
        plane.readings = bench.gateways
        let set = ControllerSet(plane)
        let stands = Journal<Void>()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await set.run { _, _ in
                    stands.append(())
                    try await ContinuousClock().sleep(for: .seconds(3600))
                }
            }
            try bench.putLease()
            await stands.wait(ControllerSet.Part.allCases.count)
            #expect(bench.gateways.asked.entries.isEmpty)
            #expect(bench.patches.isEmpty)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
