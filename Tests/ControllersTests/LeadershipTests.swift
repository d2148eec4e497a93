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
            if part == led { return try await work() }
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

    @Test func whoStandsByWritesNothingAndIsReadyAtOnce() async throws {
        let world = World()
        try world.addPool()
        let (begins, begin) = AsyncStream<Void>.makeStream()
        let (stands, stand) = AsyncStream<Void>.makeStream()
        _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
        try await withThrowingTaskGroup { group in
            let set = ControllerSet(client: world.client, logger: .silent)
            group.addTask {
                try await set.run { part, work in
                    guard part == .controllers else { return try await work() }
                    stand.yield()
                    for await _ in begins { break }
                    try await work()
                }
            }
            for await _ in stands { break }
            #expect(try world.objects(SandboxReplicaSet.self).isEmpty)
            let lists = world.server.requests.entries.count { $0.method == "GET" }
            begin.yield()
            try await world.eventually("a set") { try world.objects(SandboxReplicaSet.self).count == 1 }
            #expect(world.server.requests.entries.count { $0.method == "GET" } == lists, "it knew everything")
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
                try await work()
                ended.withLock { $0 = true }
            }
        }
        #expect(ended.withLock { $0 })
    }
}
