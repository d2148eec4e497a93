import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Numbers that anyone may write into an object: none may end the process that plans with them.
@Suite struct HostileNumbersTests {
    @Test(arguments: [Int.max, Int.min, -5])
    func boundsOfARollout(_ number: Int) throws {
        var deployment = SandboxDeployment.sample(replicas: 3, surge: .count(number), unavailable: .count(0))
        #expect((0...Int(Int32.max)).contains(deployment.spec.maxSurge))
        // Where both come out as nothing, one may be missing: the rollout moves all the same.
        #expect(deployment.spec.maxSurge > 0 || deployment.spec.maxUnavailable == 1)
        #expect(try !deployment.plan([deployment.set(0, replicas: 3)]).created.isEmpty)
        deployment.spec.replicas = Int.max
        #expect(IntOrPercent.percent(10_000).resolved(of: .max, rounding: .up) == Int(Int32.max))
    }

    @Test(arguments: ["9223372036854775807", "-1", "x", "1e3"])
    func revisionsOfASet(_ text: String) throws {
        let deployment = SandboxDeployment.sample(replicas: 1)
        var old = try deployment.set(0, replicas: 1)
        old.metadata.annotations[NestGroup.revisionAnnotation] = text
        #expect(old.revision == 0)
        #expect(try deployment.plan([old]).created.map(\.revision) == [1])
    }

    @Test func attemptsOfASandbox() {
        var sandbox = Sandbox.sample("a").failed()
        sandbox.metadata.annotations[NestGroup.attemptAnnotation] = "\(Int.max)"
        #expect(FailureBackoff.attempts(of: sandbox) == 1000)
        #expect(FailureBackoff.wait(for: sandbox, now: noon) <= 300)
    }

    @Test func requestsOfSandboxes() {
        var sandbox = Sandbox.sample("a", node: "n")
        sandbox.spec.template.resources.requests = .init(cpu: Quantity("9E"), memory: Quantity("7Ei"))
        let one = sandbox.amounts
        let sum = (0..<10_000).reduce(Amounts()) { sum, _ in sum + one }
        #expect((0..<10_000).reduce(sum) { left, _ in left - one } == Amounts())
    }
}
