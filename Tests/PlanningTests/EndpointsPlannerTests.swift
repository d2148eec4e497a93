import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct EndpointsPlannerTests {
    static func serving(_ name: String, port: Int = 20_001) -> Sandbox {
        var sandbox = Sandbox.sample(
            name, node: "default-0", ready: noon, labels: ["app": "hello", NestGroup.templateHashLabel: "7c9f"])
        sandbox.status.podIP = "127.1.0.2"
        sandbox.status.port = port
        return sandbox
    }

    private static func endpoints(_ sandboxes: [Sandbox]) -> [Endpoint] {
        let deployment = SandboxDeployment.sample(replicas: 1)
        let seen = EndpointsObserved(deployment: deployment, sandboxes: sandboxes, zones: ["default-0": "a"])
        guard case .create(let made)? = plan(seen).first else { return [] }
        return made.endpoints
    }

    @Test func existsAsSoonAsTheDeploymentDoes() throws {
        let deployment = SandboxDeployment.sample(replicas: 1)
        guard case .create(let made)? = plan(EndpointsObserved(deployment: deployment, sandboxes: [])).first else {
            Issue.record("nothing is created")
            return
        }
        #expect(made.metadata.name == "hello")
        #expect(made.metadata.ownerReferences == [deployment.controllerReference])
        #expect(made.endpoints.isEmpty)
        #expect(made.timeoutSeconds == 60)
    }

    @Test func listsWhatCanBeReachedInOrderOfNames() {
        let unbound = Sandbox.sample("c")
        var withoutPort = Self.serving("d")
        withoutPort.status.port = nil
        let endpoints = Self.endpoints([Self.serving("b"), unbound, withoutPort, Self.serving("a", port: 20_002)])
        #expect(endpoints.map(\.sandbox) == ["a", "b"])
        #expect(
            endpoints.first
                == Endpoint(
                    sandbox: "a", revision: "7c9f", address: "127.1.0.2", port: 20_002, node: "default-0", zone: "a",
                    conditions: .init(ready: true, serving: true, terminating: false)))
    }

    @Test func saysWhatEachIsGoodFor() {
        var loading = Self.serving("loading")
        loading.status.conditions = []
        let endpoints = Self.endpoints([
            loading, Self.serving("draining").terminating(), Self.serving("failed").failed(), Self.serving("ready"),
        ])
        #expect(endpoints.map(\.sandbox) == ["draining", "loading", "ready"])
        #expect(
            endpoints.map(\.conditions) == [
                .init(ready: false, serving: true, terminating: true),
                .init(ready: false, serving: false, terminating: false),
                .init(ready: true, serving: true, terminating: false),
            ])
    }

    @Test func writesNothingWhenNothingHasChanged() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        var seen = EndpointsObserved(deployment: deployment, sandboxes: [Self.serving("a"), Self.serving("b")])
        guard case .create(var made)? = plan(seen).first else { return #expect(Bool(false)) }
        made.metadata.resourceVersion = "8"
        seen.slices = [made]
        seen.sandboxes.reverse()
        #expect(plan(seen) == [])
        deployment.spec.template.spec.timeoutSeconds = 5
        seen.deployment = deployment
        made.timeoutSeconds = 5
        #expect(plan(seen) == [.update(made)])
    }
}
