import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// Watches of a store, without a server.
@Suite struct StoreWatchTests {
    @Test func aWatchThatDoesNotKeepUpEndsWithAnErrorAndOthersGoOn() async throws {
        var limits = ObjectStore.Limits()
        limits.history.changes = 4
        try await TestStore.run(limits: limits) { test in
            let slow = try test.store.watch("things", ObjectFilter(), from: .current).watcher
            let quick = try test.store.watch("things", ObjectFilter(), from: .current).watcher
            for index in 0..<6 {
                let object = try await test.create("a\(index)")
                let told = await test.store.follow(quick, until: object.revision)
                #expect(told.events == [ToldEvent("ADDED", object.key, object.revision)])
            }
            let told = await test.store.follow(slow)
            #expect(told.events.isEmpty, "it never skips")
            #expect(told.error?.isExpired == true)
        }
    }

    @Test func aWatchThatIsAboutOtherThingsIsNotSlow() async throws {
        var limits = ObjectStore.Limits()
        limits.history.changes = 4
        try await TestStore.run(limits: limits) { test in
            var pinned = ObjectFilter(namespace: "")
            pinned.fields = try FieldQuery.parse("spec.node=a", fields: ["spec.node"])
            let watcher = try test.store.watch("things", pinned, from: .current).watcher
            #expect(test.store.take(watcher) == nil, "it has nothing to take")
            for index in 0..<50 { try await test.create("o\(index)") }
            var value = TestStore.object("mine")
            value["spec"] = ["node": "a"]
            let mine = try await test.store.commit(.create(value, resource: "things"))
            value["spec"] = ["node": "b"]
            let moved = try await test.store.commit(.update(value, of: mine))
            let told = await test.store.follow(watcher, until: moved.revision)
            #expect(told.error == nil)
            #expect(
                told.events == [
                    ToldEvent("ADDED", mine.key, mine.revision), ToldEvent("DELETED", mine.key, moved.revision),
                ])
        }
    }

    /// A watch that comes back may go on from all that is kept, also while others write.
    @Test func whatIsKeptCanBeResumedFrom() async throws {
        var limits = ObjectStore.Limits()
        limits.history.changes = 64
        try await TestStore.run(limits: limits) { test in
            let start = test.store.revision
            for index in 0..<63 { try await test.create("o\(index)") }
            let watcher = try test.store.watch("things", ObjectFilter(), from: .after(start)).watcher
            let last = try await test.create("last")
            let told = await test.store.follow(watcher, until: last.revision)
            #expect(told.error == nil)
            #expect(told.events.map(\.revision) == Array((start + 1)...last.revision))
            #expect(test.store.state.withLock { $0.caches["things"]?.history.count } == 64)
        }
    }

    @Test func historyIsBoundedForAllResourcesTogether() async throws {
        var limits = ObjectStore.Limits()
        limits.total = .init(changes: 30, bytes: .max)
        try await TestStore.run(limits: limits) { test in
            let start = test.store.revision
            for index in 0..<5 { try await test.create("o\(index)", in: "small") }
            for index in 0..<60 { try await test.create("o\(index)", in: "large") }
            // The longer history gave, the shorter is whole.
            _ = try test.store.watch("small", ObjectFilter(), from: .after(start))
            let error = #expect(throws: Status.self) {
                try test.store.watch("large", ObjectFilter(), from: .after(start))
            }
            #expect(error?.isExpired == true)
            let held = test.store.state.withLock { $0.caches.values.reduce(0) { $0 + $1.history.count } }
            #expect(held == 30)
        }
    }

    @Test func bookmarksComeAfterEverythingBeforeThem() async throws {
        try await TestStore.run { test in
            let watcher = try test.store.watch("things", ObjectFilter(), from: .now).watcher
            let object = try await test.create("a")
            let other = try await test.create("b", in: "others")
            watcher.requestBookmark()
            #expect(test.store.take(watcher)?.changes.map(\.revision) == [object.revision])
            #expect(test.store.take(watcher)?.bookmark == other.revision)
            #expect(test.store.take(watcher) == nil)
        }
    }

    @Test func theSlowestGoWhenAllTogetherHoldTooMuch() async throws {
        let budget = SendBudget(limit: 100)
        let cut = Mutex<[Int]>([])
        let watchers = (0..<4).map { id in
            let watcher = Watcher(id: id, resource: "things", filter: ObjectFilter())
            watcher.onCut { cut.withLock { $0.append(id) } }
            return watcher
        }
        for watcher in watchers[..<3] { budget.begin(watcher, 30) }
        budget.end(watchers[0])
        budget.begin(watchers[0], 30)
        #expect(cut.withLock { $0 }.isEmpty)
        budget.begin(watchers[3], 40)
        // The first has begun to send again since; the second has been at it for the longest.
        #expect(cut.withLock { $0 } == [1])
        guard case .expired = watchers[1].end else {
            Issue.record("it must end")
            return
        }
        budget.end(watchers[1])
        budget.begin(watchers[1], 60)
        #expect(cut.withLock { $0 } == [1, 2, 0])
    }

    @Test func aWatchThatIsNeverSentEnds() async throws {
        try await TestStore.run { test in
            let definition = try #require(BuiltIns.definitions.first)
            let opening = try test.store.watch("things", ObjectFilter(), from: .current)
            var watch: OpenWatch? = OpenWatch(
                store: test.store, opening: opening,
                encoder: WatchEncoder(definition: definition, table: nil, isMetadataOnly: false),
                deadline: .seconds(1))
            func open() -> Int { test.store.state.withLock { $0.caches["things"]?.watchers.all.count ?? 0 } }
            #expect(watch != nil && open() == 1)
            watch = nil
            #expect(open() == 0)
        }
    }

    @Test func waitingForARevisionEndsWhenItComesOrWithPatience() async throws {
        try await TestStore.run { test in
            let next = test.store.revision + 1
            async let waited: Void = test.store.waitUntil(next, for: .seconds(20))
            try await test.create("a")
            try await waited
            let error = await #expect(throws: Status.self) {
                try await test.store.waitUntil(next + 10, for: .milliseconds(1))
            }
            #expect(error?.code == 504)
            #expect(error?.details?.causes?.first?.reason == "ResourceVersionTooLarge")
            #expect(test.store.state.withLock { $0.freshness.isEmpty })
        }
    }
}
