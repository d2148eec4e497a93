import ControllerRuntime
import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Synchronization
import Testing

@testable import Controllers

/// Gateways as a test lets them speak.
final class FakeReadings: GatewayReadings {
    private let open = Mutex<[String: [AsyncThrowingStream<GatewayReading, any Error>.Continuation]]>([:])
    /// The addresses that were asked, in order.
    let asked = Journal<String>()

    func lines(of address: String) -> AsyncThrowingStream<GatewayReading, any Error> {
        let (stream, continuation) = AsyncThrowingStream<GatewayReading, any Error>.makeStream()
        open.withLock { $0[address, default: []].append(continuation) }
        asked.append(address)
        return stream
    }

    func say(_ reading: GatewayReading, at address: String) {
        for stream in open.withLock({ $0[address] ?? [] }) { stream.yield(reading) }
    }

    func breakOff(_ address: String) {
        for stream in open.withLock({ $0.removeValue(forKey: address) ?? [] }) {
            stream.finish(throwing: KubeClientError(.connectionLost, "the connection broke"))
        }
    }
}

/// An API server in memory and the scaler alone, on a clock that the test moves.
struct ScalerBench: Sendable {
    static let address = "http://127.0.0.1:9"
    static let lease = ObjectKey(namespace: "nest-system", name: "nest-gateway-a")

    let world = World()
    let clock = ManualClock()
    let gateways = FakeReadings()
    let scaler: Scaler
    private let plane: ControlPlane

    init() {
        var plane = ControlPlane(
            client: world.client, informers: Informers(client: world.client, logger: .silent), logger: .silent)
        plane.clock = clock
        plane.readings = gateways
        self.plane = plane
        scaler = Scaler(plane)
    }

    /// Runs `body` beside the scaler, then ends all.
    static func run(_ body: @Sendable (ScalerBench) async throws -> Void) async throws {
        let bench = ScalerBench()
        try await withThrowingTaskGroup { group in
            group.addTask { await bench.plane.informers.run() }
            group.addTask {
                try? await bench.plane.informers.waitForSync()
                await bench.scaler.run()
            }
            try await body(bench)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func putLease(_ address: String = Self.address, _ lease: ObjectKey = Self.lease) throws {
        var metadata = ObjectMeta(name: lease.name, namespace: lease.namespace)
        metadata.labels = [NestGroup.roleLabel: NestGroup.gatewayRole]
        metadata.annotations = [NestGroup.readingsAnnotation: address]
        try world.server.put(
            Lease(metadata: metadata, spec: .init(leaseDurationSeconds: 15, renewTime: .now())))
    }

    /// Registers a gateway that will say nothing, and waits until it is asked.
    func addSilentGateway(_ lease: ObjectKey) async throws {
        try renew(lease)
        while !gateways.asked.entries.contains("http://127.0.0.1:8") { try await pass(1, Self.line(0)) }
    }

    func renew(_ lease: ObjectKey) throws { try putLease("http://127.0.0.1:8", lease) }

    /// Registers a gateway, and waits until it is asked.
    func addGateway() async throws {
        try putLease()
        try await world.eventually("the lease is seen") {
            scaler.state.withLock { !$0.directory.live(at: .zero) { _ in nil }.isEmpty }
        }
        let before = gateways.asked.entries.count
        await clock.waitForSleepers(1)
        clock.advance(by: .seconds(1))
        await gateways.asked.wait(before + 1)
    }

    /// A function with its autoscaler.
    func add(
        _ name: String = "hello", replicas: Int, waits: Bool = true,
        _ change: (inout SandboxAutoscalerSpec) -> Void = { _ in }
    ) async throws {
        var deployment = SandboxDeployment.sample(name, replicas: replicas)
        deployment.metadata.generation = 1
        deployment.status.replicas = replicas
        deployment.status.readyReplicas = replicas
        try world.server.put(deployment)
        var spec = SandboxAutoscalerSpec(target: name, maxReplicas: 20)
        change(&spec)
        try world.server.put(SandboxAutoscaler(metadata: ObjectMeta(name: name, namespace: "default"), spec: spec))
        guard waits else { return }
        try await world.eventually("the scaler sees both") {
            plane.informers.autoscalers.lister.get(namespace: "default", name: name) != nil
                && plane.informers.deployments.lister.get(namespace: "default", name: name) != nil
        }
    }

    static func line(_ concurrency: Double, waiting: Int = 0, seconds: Double = 1, name: String = "hello")
        -> GatewayReading
    {
        GatewayReading(
            gateway: "a", seconds: seconds,
            functions: [
                .init(
                    namespace: "default", name: name, concurrency: concurrency, requests: Int(concurrency),
                    waiting: waiting)
            ])
    }

    /// So many seconds in each of which the gateway says `line`.
    func pass(_ seconds: Int, _ line: GatewayReading?, gateways count: Int = 1) async throws {
        for _ in 0..<seconds {
            await clock.waitForSleepers(1 + count)
            if let line {
                let now = scaler.now
                gateways.say(line, at: Self.address)
                try await world.eventually("the line is heard") {
                    scaler.state.withLock { $0.board.heard(Self.lease.description) } == now
                }
            }
            clock.advance(by: .seconds(1))
        }
        await clock.waitForSleepers(1 + count)
    }

    /// Waits until the function is told to have so many sandboxes, and plays its controllers.
    func expectReplicas(_ replicas: Int, at location: SourceLocation = #_sourceLocation) async throws {
        try await world.eventually(
            "\(replicas) replicas", { try world.deployment().spec.replicas == replicas }, at: location)
        var deployment = try world.deployment()
        deployment.status.replicas = replicas
        deployment.status.readyReplicas = replicas
        try world.server.put(deployment)
        try await world.eventually("the scaler sees it") {
            plane.informers.deployments.lister.get(deployment.key)?.status.readyReplicas == replicas
        }
    }

    var status: SandboxAutoscalerStatus {
        get throws { try #require(try world.objects(SandboxAutoscaler.self).first).status }
    }

    /// The requests that told a number.
    var patches: [KubeRequest] {
        world.server.requests.entries.filter { $0.method == "PATCH" && $0.path.hasSuffix("/scale") }
    }
}
