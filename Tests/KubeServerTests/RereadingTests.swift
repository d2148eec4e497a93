import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// What is stored gets another form, as when its schema has changed.
@Suite(.timeLimit(.minutes(1))) struct RereadingTests {
    private static func changed(_ value: JSONValue) -> JSONValue {
        var value = value
        value["extra"] = nil
        value["more"] = true
        return value
    }

    @Test func changesContentButNoRevisionAndEndsWatches() async throws {
        try await TestStore.run { test in
            let first = try await test.create("a", 1)
            let other = try await test.create("a", 1, in: "others")
            let watcher = try test.store.watch("things", ObjectFilter(), from: .current).watcher
            let otherWatcher = try test.store.watch("others", ObjectFilter(), from: .current).watcher
            test.store.beginRereading("things", Self.changed)
            await test.store.settle("things")
            let stored = try #require(test.store.get("things", first.key))
            #expect(stored.value["more"] == true && stored.value["extra"] == nil)
            #expect(stored.revision == first.revision && stored.value.resourceVersion == String(first.revision))
            #expect(test.store.get("others", other.key)?.value["extra"] == 1)
            #expect(await test.store.follow(watcher).events.isEmpty)
            #expect(throws: Status.self) {
                try test.store.watch("things", ObjectFilter(), from: .after(first.revision))
            }
            // Others go on, and so do writes that expect the old revision.
            let updated = try await test.store.commit(.update(stored.value, of: stored))
            let last = try await test.create("b", in: "others")
            #expect(
                await test.store.follow(otherWatcher, until: last.revision).events.map(\.revision) == [last.revision])
            #expect(updated.revision > other.revision)
        }
    }

    /// A watch that took a bookmark at the revision of the new schema has not seen what that changes.
    @Test func whoKnewTheLastRevisionHasToListAgain() async throws {
        try await TestStore.run { test in
            try await test.create("a", 1)
            let known = test.store.revision
            test.store.beginRereading("things", Self.changed)
            await test.store.settle("things")
            let error = #expect(throws: Status.self) {
                try test.store.watch("things", ObjectFilter(), from: .after(known))
            }
            #expect(error?.isExpired == true)
            let listed = test.store.list("things", ObjectFilter()).revision
            #expect(listed > known)
            _ = try test.store.watch("things", ObjectFilter(), from: .after(listed))
            // No revision is given twice, after a restart either.
            #expect(try test.database.revision() == listed)
            #expect(try await test.create("b").revision > listed)
        }
    }

    /// Writes go on meanwhile; those that still come in the old form get the new one.
    @Test func writesAreNotHeldUp() async throws {
        try await TestStore.run { test in
            try await test.create("a", 1)
            let (entered, isIn) = AsyncStream<Void>.makeStream()
            let gate = DispatchSemaphore(value: 0)
            let isFirst = Mutex(true)
            test.store.beginRereading("things") { value in
                if isFirst.withLock({ first in
                    defer { first = false }
                    return first
                }) {
                    isIn.yield()
                    gate.wait()
                }
                return Self.changed(value)
            }
            for await _ in entered { break }
            let late = try await test.create("late", 1)
            #expect(late.value["extra"] == 1, "it is acknowledged while all are read anew")
            gate.signal()
            await test.store.settle("things")
            for object in test.store.list("things", ObjectFilter()).objects {
                #expect(object.value["more"] == true && object.value["extra"] == nil, "\(object.key)")
            }
        }
    }

    @Test func theLastOfSeveralStands() async throws {
        try await TestStore.run { test in
            let object = try await test.create("a", 0)
            for number in 1...20 {
                test.store.beginRereading("things") { value in
                    var value = value
                    value["extra"] = .int(Int64(number))
                    return value
                }
            }
            await test.store.settle("things")
            #expect(test.store.get("things", object.key)?.value["extra"] == 20)
        }
    }

    @Test func withoutSpaceItIsDoneNonetheless() async throws {
        try await TestStore.run { test in
            try await test.create("a", 1)
            try test.database.close()
            let watcher = try test.store.watch("things", ObjectFilter(), from: .current).watcher
            test.store.beginRereading("things", Self.changed)
            await test.store.settle("things")
            #expect(test.store.list("things", ObjectFilter()).objects.allSatisfy { $0.value["more"] == true })
            #expect(await test.store.follow(watcher).events.isEmpty)
        }
    }
}
