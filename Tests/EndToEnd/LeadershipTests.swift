import Foundation
import Testing

/// Who works when several may: real processes, real leases.
@Suite(.serialized) struct LeadershipTests {
    /// Creates a deployment and waits for its replica set.
    /// - Returns: how long that took.
    private static func timeToWork(_ name: String, _ kubectl: Kubectl) async throws -> Duration {
        let start = ContinuousClock.now
        try await kubectl("apply", "-f", "-", input: Manifests.function(name, code: Manifests.greeter(name)))
        try await Eventually.holds("\(name) gets a replica set") {
            try await !kubectl("get", "sbrs", "-l", "app=\(name)", "-o", "name").isEmpty
        }
        return ContinuousClock.now - start
    }

    @Test func anotherTakesOverFromTheDeadAndFromTheStopped() async throws {
        try await NestRole.withAPIServer { kubeconfig, directory in
            let kubectl = Kubectl(kubeconfig: kubeconfig)
            func controllers(_ name: String) throws -> NestRole {
                try NestRole("controllers", "--kubeconfig", kubeconfig, log: "\(directory)/\(name).log")
            }
            let first = try controllers("first")
            try await first.waitForLog("msg=leading", times: 2)
            let second = try controllers("second")
            try await second.waitForLog("standing by", times: 2)
            #expect(try await Self.timeToWork("a", kubectl) < .seconds(5))
            let leases = try await kubectl("get", "lease", "-n", "nest-system", "-o", "name")
            #expect(leases.contains("/nest-controllers") && leases.contains("/nest-scheduler"))

            await first.child.kill()
            let afterKill = try await Self.timeToWork("b", kubectl)
            print("the other works \(afterKill) after a kill")
            #expect(afterKill < .seconds(15))

            let third = try controllers("third")
            try await third.waitForLog("standing by", times: 2)
            #expect(await second.child.stop(within: .seconds(10)) == 0)
            let afterStop = try await Self.timeToWork("c", kubectl)
            print("the other works \(afterStop) after a stop")
            #expect(afterStop < .seconds(3))
            #expect(await third.child.stop(within: .seconds(10)) == 0)
        }
    }

    @Test func aLeaderThatCannotRenewEnds() async throws {
        try await NestRole.withAPIServer { kubeconfig, directory in
            let kubectl = Kubectl(kubeconfig: kubeconfig)
            let leader = try NestRole(
                "controllers", "--kubeconfig", kubeconfig, "--leader-elect-lease-duration", "3s",
                "--leader-elect-renew-deadline", "2s", "--leader-elect-retry-period", "500ms",
                log: directory + "/leader.log")
            try await leader.waitForLog("msg=leading", times: 2)
            try await kubectl(
                "patch", "lease", "-n", "nest-system", "nest-scheduler", "--type=merge", "-p",
                #"{"spec":{"holderIdentity":"another"}}"#)
            try await leader.waitForLog("no longer the leader of lease nest-system/nest-scheduler")
            let status = await leader.child.stop(within: .seconds(10))
            #expect(status != nil && status != 0)
        }
    }

    @Test func whatStandsBesideNestUpStandsByAndAKilledNestUpLeadsAtOnceAgain() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let first = try await NestProcess.start(data: data)
            let beside = try NestRole(
                "controllers", "--kubeconfig", first.ready.kubeconfig, log: directory + "/beside.log")
            try await beside.waitForLog("standing by", times: 2)
            #expect(await beside.child.stop(within: .seconds(10)) == 0)
            await first.kill()
            let second = try await NestProcess.start(data: data)
            #expect(try await Self.timeToWork("again", Kubectl(second)) < .seconds(8))
            #expect(await second.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }
}
