import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Synchronization
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct LeadershipTests {
    private struct Lost: Error {}

    /// Works on one part only, for ever.
    private static func only(_ led: ControllerSet.Part) -> ControllerSet.Lead {
        { part, work in
            if part == led { return try await work(false) }
            try await ContinuousClock().sleep(for: .seconds(3600))
        }
    }

    @Test func twoProcessesMayShareTheWork() async throws {
        let world = World()
        try world.addPool()
        try await withThrowingTaskGroup { group in
            for part in ControllerSet.Part.allCases {
                let set = ControllerSet(client: world.client, logger: .silent)
                group.addTask { try await set.run(Self.only(part)) }
            }
            group.addTask { await world.sidecars.run() }
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 3))
            try await world.eventually("it serves") {
                try world.endpoints().count(where: \.conditions.ready) == 3 && world.liveSandboxes().count == 3
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// A set of controllers that follows the server, and works once it is told to.
    private struct Standby: Sendable {
        let stands = Journal<Void>()
        let begin = Journal<Void>()

        func run(_ client: KubeClient, isSuccessor: Bool) async throws {
            try await ControllerSet(client: client, logger: .silent).run { part, work in
                guard part == .controllers else { return }
                stands.append(())
                await begin.wait(1)
                try await work(isSuccessor)
            }
        }
    }

    /// Who was the first to lead knows everything; who comes after another asks once for what that one may have written.
    @Test(arguments: [
        (false, []), (true, ["pods", "sandboxdeployments", "sandboxes", "sandboxnodes", "sandboxreplicasets"]),
    ])
    func whoStandsByWritesNothingAndListsOnlyWhatAnotherWrote(_ isSuccessor: Bool, lists: [String]) async throws {
        let world = World()
        try world.addPool()
        let standby = Standby()
        _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
        try await withThrowingTaskGroup { group in
            group.addTask { try await standby.run(world.client, isSuccessor: isSuccessor) }
            await standby.stands.wait(1)
            await world.server.watches.wait(9)
            #expect(try world.objects(SandboxReplicaSet.self).isEmpty)
            let before = world.server.requests.entries.count
            standby.begin.append(())
            try await world.eventually("a set") { try world.objects(SandboxReplicaSet.self).count == 1 }
            let asked = world.server.requests.entries.dropFirst(before).filter {
                $0.method == "GET" && $0.queryValue("watch") == nil
            }
            #expect(asked.compactMap { $0.path.split(separator: "/").last.map(String.init) }.sorted() == lists)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// News of what the leader before has made is on its way still when the next begins.
    @Test func whoTakesOverDoesNotMakeWhatIsThere() async throws {
        let world = World()
        try world.addPool()
        let standby = Standby()
        try await withThrowingTaskGroup { group in
            group.addTask { try await standby.run(world.client, isSuccessor: true) }
            await standby.stands.wait(1)
            await world.server.watches.wait(9)
            world.server.silenceWatches(of: Sandbox.resource)
            let before = Task { try await ControllerSet(client: world.client, logger: .silent).run() }
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 3))
            try await world.eventually("three") { try world.replicas() == 3 }
            before.cancel()
            _ = await before.result
            standby.begin.append(())
            try await world.change { $0.replicas = 4 }
            try await world.eventually("four") { try world.replicas() == 4 }
            let made = world.server.requests.entries.count {
                $0.method == "POST" && $0.path.hasSuffix("/\(Sandbox.resource.plural)")
            }
            #expect(made == 4)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func whoLosesOnePartEndsWhole() async throws {
        let world = World()
        let set = ControllerSet(client: world.client, logger: .silent)
        let ended = Mutex(false)
        await #expect(throws: Lost.self) {
            try await set.run { part, work in
                if part == .scheduler { throw Lost() }
                try await work(false)
                ended.withLock { $0 = true }
            }
        }
        #expect(ended.withLock { $0 })
    }
}

extension World {
    /// How many sandboxes the replica set says there are.
    fileprivate func replicas() throws -> Int? { try objects(SandboxReplicaSet.self).first?.status.replicas }
}
