import Foundation
import KubeAPI
import Testing

@testable import KubeServer

@Suite struct StorageTests {
    private static func object(_ name: String, _ extra: JSONValue = 0) -> JSONValue {
        ["metadata": ["name": .string(name)], "extra": extra]
    }

    private func withDatabase(_ body: (Database) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try Database(path: folder.appending(path: "test.sqlite").path)
        try await body(database)
        try database.close()
    }

    @Test func aWriteThatExpectsAnotherRevisionChangesNothing() async throws {
        try await withDatabase { database in
            let store = try ObjectStore(database: database)
            let first = try await store.commit(.create(Self.object("a"), resource: "things"))
            await #expect(throws: WriteFailure.self) {
                try await store.commit(.create(Self.object("a"), resource: "things"))
            }
            let second = try await store.commit(.update(Self.object("a", 1), of: first))
            await #expect(throws: WriteFailure.self) { try await store.commit(.update(Self.object("a", 2), of: first)) }
            #expect(second.revision == first.revision + 1)
            var stored: [JSONValue] = []
            try database.load { stored.append($0.value) }
            #expect(stored == [second.value])
        }
    }

    @Test func eventsExpireByAgeAndNumber() throws {
        let now = Timestamp(seconds: 100_000)
        let ages: [Int64] = [10, 4000, 20, 30, 3599]
        let events = ages.map { age in
            StoredObject(
                [
                    "metadata": ["name": .string("e\(age)")],
                    "lastTimestamp": .string(Timestamp(seconds: 100_000 - age).description),
                ], resource: "events", revision: 1)
        }
        #expect(EventExpiry().expired(events, now: now).map(\.key.name) == ["e4000"])
        #expect(EventExpiry(limit: 2).expired(events, now: now).map(\.key.name) == ["e4000", "e3599", "e30"])
    }

    @Test func theIdentityIsMadeOnceAndKeptPrivate() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "identity-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try ServerIdentity.loadOrCreate(directory: folder.path)
        let second = try ServerIdentity.loadOrCreate(directory: folder.path)
        #expect(first.token == second.token && first.token.count == 64)
        #expect(first.caCertificatePEM == second.caCertificatePEM)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.path) == 0o700)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(try mode(folder.appending(path: file).path) == 0o600)
        }
        #expect(first.admits("Bearer \(first.token)"))
        for wrong in [
            nil, "", "Bearer", "Bearer \(first.token)0", first.token, "Bearer " + first.token.uppercased() + "x",
        ] {
            #expect(!first.admits(wrong))
        }
    }
}
