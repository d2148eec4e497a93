import KubeAPI
import KubeClient
import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite(.timeLimit(.minutes(1))) struct InformerTests {
    /// An informer that runs against a fake server, and what its handler saw, as `+name=value`, `~…` and `-…`.
    private struct Fixture {
        let server = FakeAPIServer()
        let clock = ManualClock()
        let seen = Journal<String>()
        let informer: Informer<ConfigMap>

        init(labelSelector: String? = nil) {
            informer = Informer(
                client: server.client(), namespace: "default", labelSelector: labelSelector, clock: clock,
                logger: .silent)
            informer.onChange { [seen, informer] change in
                let cached = informer.lister.get(change.object.key)
                switch change {
                case .added(let map): seen.append("+\(map.metadata.name)=\(cached?.value ?? "?")")
                case .updated(let old, let map): seen.append("~\(map.metadata.name)=\(old.value)>\(map.value)")
                case .deleted(let map): seen.append("-\(map.metadata.name)=\(map.value)")
                }
            }
        }

        func put(_ name: String, _ value: String, labels: [String: String] = [:]) throws {
            try server.put(ConfigMap.sample(name, value, labels: labels))
        }

        func remove(_ name: String) throws {
            try server.remove(ConfigMap.self, ObjectKey(namespace: "default", name: name))
        }

        /// Runs the informer while `body` does.
        func run(_ body: () async throws -> Void) async throws {
            try await withThrowingTaskGroup { group in
                group.addTask { await informer.run() }
                try await body()
                group.cancelAll()
            }
        }
    }

    @Test func listsThenFollows() async throws {
        let fixture = Fixture()
        try fixture.put("a", "1")
        try await fixture.run {
            try await fixture.informer.waitForSync()
            #expect(fixture.informer.hasSynced)
            #expect(fixture.seen.entries == ["+a=1"])
            await fixture.server.watches.wait(1)
            try fixture.put("b", "1")
            try fixture.put("a", "2")
            try fixture.remove("b")
            try fixture.put("b", "3")
            #expect(await fixture.seen.wait(5).dropFirst() == ["+b=1", "~a=1>2", "-b=1", "+b=3"])
            #expect(fixture.informer.lister.list(namespace: "default").count == 2)
        }
    }

    @Test func seesOnlyWhatItsSelectorMatches() async throws {
        let fixture = Fixture(labelSelector: "app=x")
        try await fixture.run {
            await fixture.server.watches.wait(1)
            try fixture.put("a", "1")
            try fixture.put("b", "1", labels: ["app": "x"])
            try fixture.put("b", "2")
            #expect(await fixture.seen.wait(2) == ["+b=1", "-b=2"])
        }
    }

    @Test func goesOnWhereAWatchEnded() async throws {
        let fixture = Fixture()
        try await fixture.run {
            await fixture.server.watches.wait(1)
            try fixture.put("a", "1")
            await fixture.seen.wait(1)
            fixture.server.endWatches()
            #expect(await fixture.server.watches.wait(2) == ["0", "1"])
            try fixture.put("a", "2")
            await fixture.seen.wait(2)
        }
        #expect(fixture.server.requests.entries.filter { $0.queryValue("watch") == nil }.count == 1)
    }

    @Test func missesNothingWhileTheConnectionIsBroken() async throws {
        let fixture = Fixture()
        try await fixture.run {
            await fixture.server.watches.wait(1)
            try fixture.put("a", "1")
            await fixture.seen.wait(1)
            fixture.server.fail { _ in KubeClientError(.connectFailed, "refused") }
            fixture.server.dropConnections()
            await fixture.clock.waitForSleepers()
            try fixture.put("a", "2")
            try fixture.put("b", "1")
            try fixture.remove("b")
            fixture.server.fail(nil)
            fixture.clock.advance(by: .seconds(2))
            #expect(await fixture.seen.wait(4) == ["+a=1", "~a=1>2", "+b=1", "-b=1"])
        }
    }

    @Test func listsAgainWhenItsVersionIsGone() async throws {
        let fixture = Fixture()
        try fixture.put("gone", "1")
        try fixture.put("kept", "1")
        try fixture.put("changed", "1")
        try await fixture.run {
            await fixture.server.watches.wait(1)
            await fixture.seen.wait(3)
            fixture.server.fail { _ in KubeClientError(.connectFailed, "refused") }
            fixture.server.dropConnections()
            await fixture.clock.waitForSleepers()
            try fixture.remove("gone")
            try fixture.put("changed", "2")
            try fixture.put("new", "1")
            fixture.server.compact()
            fixture.server.fail(nil)
            fixture.clock.advance(by: .seconds(2))
            #expect(await fixture.seen.wait(6).dropFirst(3) == ["-gone=1", "~changed=1>2", "+new=1"])
            let names = fixture.informer.lister.list().map(\.metadata.name).sorted()
            #expect(names == ["changed", "kept", "new"])
        }
    }

    /// A connection that is open and says nothing.
    @Test func listsAgainWhenToldTo() async throws {
        let fixture = Fixture()
        try fixture.put("kept", "1")
        try fixture.put("gone", "1")
        try await fixture.run {
            await fixture.server.watches.wait(1)
            fixture.server.silenceWatches()
            try fixture.put("new", "1")
            try fixture.remove("gone")
            try await fixture.informer.relist()
            #expect(fixture.seen.entries.dropFirst(2) == ["-gone=1", "+new=1"])
            await fixture.server.watches.wait(2)
            try fixture.put("new", "2")
            #expect(await fixture.seen.wait(5).last == "~new=1>2")
        }
    }

    @Test func aListThatIsToldToAndFailsIsTriedAgain() async throws {
        let fixture = Fixture()
        try await fixture.run {
            await fixture.server.watches.wait(1)
            fixture.server.silenceWatches()
            try fixture.put("new", "1")
            fixture.server.fail { _ in KubeClientError(.connectFailed, "refused") }
            async let both: Void = {
                async let one: Void = fixture.informer.relist()
                async let other: Void = fixture.informer.relist()
                _ = try await (one, other)
            }()
            await fixture.clock.waitForSleepers()
            fixture.server.fail(nil)
            while fixture.seen.entries.isEmpty {
                fixture.clock.advance(by: .seconds(2))
                try await Task.sleep(for: .milliseconds(1))
            }
            try await both
            #expect(fixture.seen.entries == ["+new=1"])
        }
    }

    @Test func triesAListAgainWithLongerAndLongerPauses() async throws {
        let fixture = Fixture()
        fixture.server.fail { _ in Status(code: 403, reason: "Forbidden", message: "no") }
        try await fixture.run {
            for seconds in [(0.8, 1.6), (1.6, 3.2), (3.2, 6.4)] {
                await fixture.clock.waitForSleepers()
                let pause = try #require(fixture.clock.sleepers.first)
                #expect(pause >= .seconds(seconds.0) && pause <= .seconds(seconds.1))
                fixture.clock.advance(by: pause)
            }
            await fixture.clock.waitForSleepers()
            #expect(!fixture.informer.hasSynced)
        }
    }

    @Test func leavesWhatItCannotReadAsItWas() async throws {
        let fixture = Fixture()
        try fixture.put("a", "1")
        try await fixture.run {
            await fixture.server.watches.wait(1)
            fixture.server.inject(
                line: #"{"type":"MODIFIED","object":{"metadata":{"name":"a","namespace":"default"},"data":[1]}}"#)
            try fixture.put("b", "1")
            #expect(await fixture.seen.wait(2) == ["+a=1", "+b=1"])
            #expect(fixture.informer.lister.get(namespace: "default", name: "a")?.value == "1")
        }
    }

    @Test func stopsWaitingWhenCancelled() async {
        let fixture = Fixture()
        let task = Task { try await fixture.informer.waitForSync() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
