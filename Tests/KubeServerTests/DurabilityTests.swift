import Foundation
import Glibc
import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// Acknowledged means stored, whatever happens to the process or the disk.
@Suite struct DurabilityTests {
    @Test func everyCommitIsSynced() async throws {
        try await TestStore.run { test in
            let settings = try ["journal_mode", "synchronous"].map { try test.database.setting($0) }
            // 2 is FULL: the log is synced on every commit.
            #expect(settings == ["wal", "2"])
        }
    }

    @Test func writesThatComeTogetherAreCommittedTogether() async throws {
        try await TestStore.run { test in
            let groups = Mutex<[Int]>([])
            test.store.observe { changes in groups.withLock { $0.append(changes.count) } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask { for index in 0..<20 { try await test.create("w\(writer)-\(index)") } }
                }
                try await group.waitForAll()
            }
            let sizes = groups.withLock { $0 }
            #expect(sizes.reduce(0, +) == 320)
            // One writer alone would need 320 commits.
            #expect(sizes.count < 160, "\(sizes)")
        }
    }

    /// Each commit once wrapped the observer in one more layer: every write was slower than the one before.
    @Test func manyCommitsReachTheObserverAsDirectlyAsTheFirst() async throws {
        try await TestStore.run { test in
            let depths = Mutex<[Int]>([])
            test.store.observe { _ in depths.withLock { $0.append(Thread.callStackReturnAddresses.count) } }
            for index in 0..<100 { try await test.create("o\(index)") }
            let seen = depths.withLock { $0 }
            #expect(seen.count == 100 && (seen.first ?? 0) > 0)
            #expect((seen.last ?? 0) <= (seen.first ?? 0) + 5, "\(seen)")
        }
    }

    @Test func theLogStaysBounded() async throws {
        try await TestStore.run { test in
            let text = JSONValue.string(String(repeating: "x", count: 200_000))
            var largest = 0
            for index in 0..<200 {
                try await test.create("o\(index)", text)
                let size = try FileManager.default.attributesOfItem(atPath: test.file.path + "-wal")[.size] as? Int
                largest = max(largest, size ?? 0)
            }
            #expect(largest > 0 && largest < 16 << 20, "of 40 MB written the log held \(largest) bytes")
        }
    }

    private final class Record: Sendable {
        let acknowledged = Mutex<[ObjectKey: Int64]>([:])
    }

    /// What a killed process leaves behind is what its files hold at that moment.
    @Test func whatIsAcknowledgedSurvivesAKill() async throws {
        try await TestStore.run { test in
            let record = Record()
            let writing = Task {
                await withTaskGroup(of: Void.self) { group in
                    for writer in 0..<4 {
                        group.addTask {
                            for index in 0..<150 {
                                guard let object = try? await test.create("w\(writer)-\(index)") else { return }
                                record.acknowledged.withLock { $0[object.key] = object.revision }
                            }
                        }
                    }
                }
            }
            for round in 0..<4 {
                try await test.store.waitUntil(Int64(100 * round + 50), for: .seconds(20))
                let before = record.acknowledged.withLock { $0 }
                let copy = try Self.copy(test.file, "kill-\(round)")
                let survivor = try ObjectStore(database: Database(path: copy.path))
                for (key, revision) in before {
                    #expect(survivor.get("things", key)?.revision == revision, "round \(round)")
                }
                // Nothing is half there, and no revision is given twice.
                let objects = survivor.list("things", ObjectFilter()).objects
                #expect(survivor.revision == 1 + Int64(objects.count))
                let next = try await survivor.commit(.create(TestStore.object("next"), resource: "things"))
                #expect(next.revision == survivor.revision && next.revision == Int64(objects.count) + 2)
            }
            await writing.value
        }
    }

    /// A log that ends in the middle of a commit gives all commits before it.
    @Test func aTornLogLosesOnlyWhatWasNotAcknowledged() async throws {
        try await TestStore.run { test in
            for index in 0..<20 { try await test.create("o\(index)") }
            let log = test.file.path + "-wal"
            let size = try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
            try await test.create("late", .string(String(repeating: "x", count: 30_000)))
            let copy = try Self.copy(test.file, "torn")
            let end = try #require(try FileManager.default.attributesOfItem(atPath: copy.path + "-wal")[.size] as? Int)
            #expect(end > size)
            truncate(copy.path + "-wal", off_t(size + (end - size) / 2))
            let survivor = try ObjectStore(database: Database(path: copy.path))
            #expect(survivor.list("things", ObjectFilter()).objects.count == 20)
            #expect(survivor.revision == 21)
        }
    }

    /// Copies the database and its log as they are at one moment.
    private static func copy(_ file: URL, _ name: String) throws -> URL {
        let folder = file.deletingLastPathComponent().appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let copy = folder.appending(path: "copy.sqlite")
        // The log begins anew, with another header, once all of it is in the database: then the copies do not fit.
        var header: Data
        repeat {
            header = try logHeader(file)
            for suffix in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: copy.path + suffix)
                try FileManager.default.copyItem(atPath: file.path + suffix, toPath: copy.path + suffix)
            }
        } while try logHeader(file) != header || logHeader(copy) != header
        return copy
    }

    private static func logHeader(_ file: URL) throws -> Data {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path + "-wal"))
        defer { try? handle.close() }
        return try handle.read(upToCount: 32) ?? Data()
    }

    @Test(arguments: ["not a database, not even a small one", "torn", "directory", "no JSON"])
    func aDatabaseThatCannotBeReadSaysWhichAndWhatToDo(damage: String) async throws {
        try await TestStore.withFolder { folder in
            let file = folder.appending(path: "nest.sqlite")
            switch damage {
            case "directory": try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
            case "torn", "no JSON":
                let database = try Database(path: file.path)
                let store = try ObjectStore(database: database)
                for index in 0..<50 {
                    _ = try await store.commit(
                        .create(
                            TestStore.object("o\(index)", .string(String(repeating: "x", count: 2000))),
                            resource: "things"))
                }
                try database.close()
                if damage == "torn" {
                    truncate(file.path, 40_000)
                } else {
                    var bytes = [UInt8](try Data(contentsOf: file))
                    let range = try #require(bytes.firstRange(of: Array("{\"apiVersion\"".utf8)))
                    bytes[range.lowerBound] = UInt8(ascii: "!")
                    try Data(bytes).write(to: file)
                }
            default: try Data(damage.utf8).write(to: file)
            }
            let error = #expect(throws: DatabaseFailure.self) {
                try ObjectStore(database: Database(path: file.path))
            }
            let text = error?.description ?? ""
            #expect(text.contains(file.path) && text.contains("restore") && text.contains("move it"))
        }
    }

    /// SQLite's own limit stands for the disk's.
    @Test func aFullDatabaseRefusesWritesAndServesOn() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let database = test.server.database
            _ = try await test.request("POST", Widget.path, Widget.make("before"))
            try await test.watch(Widget.path + "?watch=1&timeoutSeconds=15") { next in
                #expect(try await next()?["object"]?.name == "before")
                try database.limitPages(1)
                let revision = test.server.store.revision
                let text = JSONValue.string(String(repeating: "x", count: 100_000))
                let refused = try await test.request(
                    "POST", Widget.path, Widget.make("large", ["handler": "x", "free": ["text": text]]))
                #expect(refused.code == 507)
                #expect(refused.body["kind"] == "Status")
                #expect(refused.body["message"]?.stringValue?.contains("nest.sqlite: free some") == true)
                #expect(test.server.store.revision == revision)
                #expect(try await test.request("GET", Widget.path + "/large").code == 404)
                #expect(try await test.request("GET", Widget.path + "/before").code == 200)
                // Deleting needs no more room, and watches hear of it.
                #expect(try await test.request("DELETE", Widget.path + "/before").code == 200)
                #expect(try await next()?["type"] == "DELETED")
                try database.limitPages(1_000_000)
                let stored = try await test.request(
                    "POST", Widget.path, Widget.make("large", ["handler": "x", "free": ["text": text]]))
                #expect(stored.code == 201)
                // The revisions of the refused writes are not used again.
                #expect(try #require(Int64(stored.body.resourceVersion ?? "")) > revision + 2)
                #expect(try await next()?["object"]?.name == "large")
            }
        }
    }

    @Test func aWriteThatFindsNoRoomDoesNotTakeSmallerOnesWithIt() async throws {
        try await TestStore.run { test in
            for index in 0..<10 { try await test.create("old\(index)", .string(String(repeating: "x", count: 20_000))) }
            try test.database.limitPages(1)
            let olds = test.store.list("things", ObjectFilter()).objects
            let outcomes = await withTaskGroup(of: (String, Bool).self) { group in
                for index in 0..<4 {
                    group.addTask {
                        let text = JSONValue.string(String(repeating: "y", count: 2_000_000))
                        return ("large", (try? await test.create("large\(index)", text)) != nil)
                    }
                }
                for old in olds {
                    group.addTask { ("delete", (try? await test.store.commit(.delete(old.value, of: old))) != nil) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0.1 == ($0.0 == "delete") }, "\(outcomes)")
            #expect(test.store.list("things", ObjectFilter()).objects.isEmpty)
        }
    }

    /// The real thing, where this process may mount a small file system.
    @Test func aFullDiskRefusesWritesUntilThereIsRoomAgain() async throws {
        try await TestStore.withFolder { folder in
            guard mount("tmpfs", folder.path, "tmpfs", 0, "size=2m") == 0 else { return }
            defer { umount2(folder.path, Int32(MNT_DETACH)) }
            let database = try Database(path: folder.appending(path: "nest.sqlite").path)
            let test = TestStore(
                store: try ObjectStore(database: database), database: database,
                file: folder.appending(path: "nest.sqlite"))
            let ballast = folder.appending(path: "ballast")
            try Data(count: 1 << 20).write(to: ballast)
            var stored: [StoredObject] = []
            let failure = await #expect(throws: WriteFailure.self) {
                for index in 0..<100 {
                    stored.append(try await test.create("o\(index)", .string(String(repeating: "x", count: 50_000))))
                }
            }
            if case .full = failure {} else { Issue.record("\(String(describing: failure))") }
            #expect(!stored.isEmpty)
            #expect(test.store.list("things", ObjectFilter()).objects.map(\.revision).max() == test.store.revision)
            try FileManager.default.removeItem(at: ballast)
            let next = try await test.create("next")
            #expect(next.revision > (stored.last?.revision ?? 0) + 1)
            let reopened = try ObjectStore(database: database)
            #expect(reopened.list("things", ObjectFilter()).objects.count == stored.count + 1)
            try database.close()
        }
    }
}
