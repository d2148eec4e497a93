import Foundation
import KubeAPI

@testable import KubeServer

/// A store of its own, without a server.
struct TestStore: Sendable {
    let store: ObjectStore
    let database: Database
    let file: URL

    /// Runs `body` with a folder that goes with it.
    static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    static func run(
        limits: ObjectStore.Limits = .init(), _ body: (TestStore) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "test.sqlite")
            let database = try Database(path: file.path)
            try await body(
                TestStore(store: try ObjectStore(database: database, limits: limits), database: database, file: file))
            try database.close()
        }
    }

    static func object(
        _ name: String, _ extra: JSONValue = 0, namespace: String = "", labels: JSONValue = [:]
    ) -> JSONValue {
        [
            "apiVersion": "v1",
            "metadata": ["name": .string(name), "namespace": .string(namespace), "labels": labels], "extra": extra,
        ]
    }

    @discardableResult
    func create(_ name: String, _ extra: JSONValue = 0, in resource: String = "things") async throws -> StoredObject {
        try await store.commit(.create(Self.object(name, extra), resource: resource))
    }
}

/// What a watch has told, as text that is easy to compare.
struct ToldEvent: Equatable, Sendable, CustomStringConvertible {
    var type: String
    var key: ObjectKey
    var revision: Int64

    var description: String { "\(type) \(key)@\(revision)" }

    init(_ type: String, _ key: ObjectKey, _ revision: Int64) {
        self.type = type
        self.key = key
        self.revision = revision
    }

    init?(_ signal: WatchSignal) {
        switch signal {
        case .added(let object): self.init("ADDED", object.key, object.revision)
        case .modified(let object): self.init("MODIFIED", object.key, object.revision)
        case .deleted(let object, let revision): self.init("DELETED", object.key, revision)
        case .bookmark: return nil
        }
    }
}

extension ObjectStore {
    /// Reads a watch until it has told of everything up to a revision, or has ended.
    ///
    /// - Returns: what it told, and the error it ended with.
    func follow(
        _ watcher: Watcher, until revision: Int64? = nil, _ note: (ToldEvent) -> Void = { _ in }
    ) async -> (events: [ToldEvent], error: Status?) {
        var events: [ToldEvent] = []
        if revision != nil { watcher.requestBookmark() }
        for await _ in watcher.wakes {
            while let round = take(watcher) {
                for event in round.changes.compactMap({ WatchSignal($0, in: watcher.filter) }).compactMap(
                    ToldEvent.init)
                {
                    events.append(event)
                    note(event)
                }
                if let told = round.bookmark, let revision {
                    if told >= revision { return (events, nil) }
                    watcher.requestBookmark()
                    await Task.yield()
                }
                switch round.end {
                case .expired(let status): return (events, status)
                case .closed, .deadline: return (events, nil)
                case nil: break
                }
            }
        }
        return (events, nil)
    }
}
