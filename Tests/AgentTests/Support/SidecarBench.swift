import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import Logging
import NIOCore
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Agent

/// A sidecar in this process, with a fake API server on one side and a real shim on the other.
struct SidecarBench {
    let pod: TestPod
    let api = FakeAPIServer()
    let server: any Channel
    let sidecar: Sidecar
    let task: Task<Void, any Error>

    init(
        staleAfter: Duration = .seconds(40), sampleEvery: Duration = .seconds(15), metrics: Bool = false,
        pressure: NodePressure = NodePressure(), signals: (@Sendable () -> PressureSignals?)? = nil,
        preload: [LayerSource] = [],
        memory: (@Sendable () -> PressureSignals.Amount?)? = nil
    ) async throws {
        pod = try await TestPod(prewarmed: 1, memory: memory)
        server = try await ShimServer(shim: pod.shim, logger: .silent).start()
        await pod.wait { _, runtimes in runtimes[0].idle == 1 }
        let sidecar = try Self.make(
            pod, api, staleAfter: staleAfter, sampleEvery: sampleEvery, metrics: metrics, pressure: pressure,
            signals: signals, preload: preload)
        self.sidecar = sidecar
        task = Task { try await sidecar.run() }
    }

    static func sidecar(
        _ pod: TestPod, _ api: FakeAPIServer, staleAfter: Duration = .seconds(40)
    ) throws -> Task<Void, any Error> {
        let sidecar = try make(pod, api, staleAfter: staleAfter)
        return Task { try await sidecar.run() }
    }

    static func make(
        _ pod: TestPod, _ api: FakeAPIServer, staleAfter: Duration, sampleEvery: Duration = .seconds(15),
        metrics: Bool = false, pressure: NodePressure = NodePressure(),
        signals: (@Sendable () -> PressureSignals?)? = nil, preload: [LayerSource] = []
    ) throws -> Sidecar {
        let token = metrics ? pod.directory + "/token" : nil
        if let token { try MetricsToken.make(at: token) }
        var settings = PoolSettings()
        settings.preload.layers = preload
        let configuration = SidecarConfiguration(
            podName: "pod-1", podNamespace: "default", podUID: "uid-1", address: pod.address, pool: "default",
            poolSpec: settings, kubeconfig: "", socket: pod.directory + "/control/shim.sock",
            jail: TestPod.program("nest-jail"),
            packagesDirectory: pod.directory + "/packages", drainSeconds: 0.05,
            metricsToken: token,
            labels: [NestGroup.zoneLabel: "z"])
        return try Sidecar(
            configuration: configuration, client: api.client(), group: pod.group, logger: .silent,
            sampleEvery: sampleEvery, pressure: pressure, signals: signals, staleAfter: staleAfter)
    }

    static func sandbox(_ name: String, code: String, env: [EnvVar] = []) -> Sandbox {
        var template = SandboxTemplateSpec(handler: "index.handler", package: .init(inline: ["index.js": code]))
        template.env = env
        var metadata = ObjectMeta(name: name, namespace: "default", uid: "uid-\(name)")
        metadata.finalizers = [NestGroup.sidecarFinalizer]
        return Sandbox(metadata: metadata, spec: .init(template: template, nodeName: "pod-1"))
    }

    /// The sandbox, as soon as it is as `condition` wants: watched through the API, as any client would.
    ///
    /// nil once it is gone; with `isThere`, also when it has gone before.
    func wait(_ name: String, isThere: Bool = false, _ condition: (Sandbox) -> Bool) async throws -> Sandbox? {
        let client = api.client()
        let list = try await client.list(Sandbox.self, namespace: "default")
        let found = list.items.first { $0.metadata.name == name }
        if let found, condition(found) { return found }
        if isThere, found == nil { return nil }
        let events = client.watch(
            Sandbox.self, namespace: "default", resourceVersion: list.metadata.resourceVersion ?? "")
        for try await event in events {
            switch event {
            case .added(let object), .modified(let object):
                if object.metadata.name == name, condition(object) { return object }
            case .deleted(let object): if object.metadata.name == name { return nil }
            case .bookmark: break
            }
        }
        return nil
    }

    func end() async throws {
        task.cancel()
        _ = await task.result
        try await server.close()
        #expect(try await pod.stop() == [])
        #expect(Census.children().isEmpty)
    }
}
