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

    private static func made(_ seen: EndpointsObserved) -> SandboxEndpoints? {
        guard case .create(let made)? = plan(seen).first else { return nil }
        return made
    }

    @Test(arguments: [(0, false, false), (1, false, true), (0, true, true), (3, true, true)])
    func requestsWaitIfASandboxWillCome(replicas: Int, isAutoscaled: Bool, expected: Bool) {
        var deployment = SandboxDeployment.sample(replicas: replicas)
        deployment.spec.template.spec.startupTimeoutSeconds = 9
        deployment.spec.template.spec.concurrency = 4
        let made = Self.made(EndpointsObserved(deployment: deployment, sandboxes: [], isAutoscaled: isAutoscaled))
        #expect(made?.holdsRequests == expected)
        #expect(made?.startupTimeoutSeconds == 9 && made?.concurrency == 4)
    }

    @Test func whileNoneIsReadyItSaysWhy() {
        func broken(_ name: String, _ reason: String) -> Sandbox {
            var sandbox = Sandbox.sample(name, node: "default-0", labels: ["app": "hello"])
            (sandbox.status.reason, sandbox.status.message) = (reason, "boom")
            return sandbox
        }
        let deployment = SandboxDeployment.sample(replicas: 2)
        var seen = EndpointsObserved(
            deployment: deployment, sandboxes: [broken("b", "CrashLoopBackOff"), broken("a", "LoadError")])
        #expect(Self.made(seen)?.trouble == EndpointsTrouble(reason: "LoadError", message: "boom"))
        seen.sandboxes.append(Self.serving("c"))
        #expect(Self.made(seen)?.trouble == nil)
        seen.sandboxes = [Sandbox.sample("starting", labels: ["app": "hello"])]
        #expect(Self.made(seen)?.trouble == nil)
    }
}
