import Foundation
import GRDB
import KubeAPI

/// The durable store: one SQLite file in WAL mode that is synced on every commit.
struct Database: Sendable {
    private let queue: DatabaseQueue
    private let path: String

    /// The log is cut to this size when it has been copied into the database.
    private static let logBytes = 16 << 20

    /// Opens or makes the database.
    ///
    /// - Parameter path: the file.
    /// - Throws: `DatabaseFailure`.
    init(path: String) throws(DatabaseFailure) {
        self.path = path
        queue = try Self.reading(path) {
            var configuration = GRDB.Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // After opening: GRDB makes it NORMAL, which syncs only when the log is copied into the database.
            try queue.writeWithoutTransaction { database in
                try database.execute(
                    sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = \(Self.logBytes)")
            }
            try queue.write { try $0.execute(sql: Self.schema) }
            return queue
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS objects (
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (resource, namespace, name)
        );
        CREATE TABLE IF NOT EXISTS revision (id INTEGER PRIMARY KEY CHECK (id = 0), value INTEGER NOT NULL);
        INSERT OR IGNORE INTO revision VALUES (0, 1);
        """

    /// The revision of the last write.
    func revision() throws(DatabaseFailure) -> Int64 {
        try Self.reading(path) {
            try queue.read { try Int64.fetchOne($0, sql: "SELECT value FROM revision") ?? 1 }
        }
    }

    /// Hands over everything that is stored.
    ///
    /// - Parameters:
    ///   - recent: for the objects, to be kept parsed by for a while.
    ///   - take: is given each object.
    /// - Throws: `DatabaseFailure`, also when an object's text is no JSON.
    func load(recent: RecentObjects? = nil, _ take: (StoredObject) -> Void) throws(DatabaseFailure) {
        try Self.reading(path) {
            try queue.read { database in
                var names: [String: String] = [:]
                let rows = try Row.fetchCursor(database, sql: "SELECT resource, revision, body FROM objects")
                while let row = try rows.next() {
                    let name: String = row[0]
                    let body: Data = row[2]
                    // Objects share the text of their resource's name.
                    let resource = names[name, default: name]
                    names[name] = resource
                    take(try StoredObject(bytes: [UInt8](body), resource: resource, revision: row[1], recent: recent))
                }
            }
        }
    }

    /// Commits changes in one transaction, together with the revision that the store has come to with them.
    ///
    /// - Throws: `WriteFailure`; nothing is stored then.
    func commit(_ changes: [Change], revision: Int64) async throws(WriteFailure) {
        do {
            try await queue.write { database in
                for change in changes { try Self.apply(change, in: database) }
                let bump = try database.cachedStatement(sql: "UPDATE revision SET value = ?")
                try bump.execute(arguments: [revision])
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw .full("no space is left for \(path): free some, then try again")
        } catch {
            throw .storage("\(path): \(error)")
        }
    }

    private static func apply(_ change: Change, in database: GRDB.Database) throws {
        let object = change.object
        if change.isDeletion {
            let delete = try database.cachedStatement(
                sql: "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?")
            try delete.execute(arguments: [object.resource, object.key.namespace, object.key.name])
        } else {
            let put = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO objects (resource, namespace, name, revision, body) VALUES (?, ?, ?, ?, ?)"
            )
            try put.execute(
                arguments: [
                    object.resource, object.key.namespace, object.key.name, object.revision, Data(object.bytes),
                ])
        }
    }

    /// One of SQLite's settings, as the connection that writes has it.
    func setting(_ name: String) throws -> String {
        try queue.read { try String.fetchOne($0, sql: "PRAGMA \(name)") ?? "" }
    }

    /// Lets the file grow to a number of pages and no further, as a full disk would.
    ///
    /// - Returns: the limit in force; SQLite never sets it below what the file has.
    @discardableResult
    func limitPages(_ count: Int) throws -> Int {
        try queue.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(count)") ?? 0 }
    }

    /// Ends all use of the file.
    func close() throws { try queue.close() }

    private static func reading<Result>(
        _ path: String, _ body: () throws -> Result
    ) throws(DatabaseFailure) -> Result {
        do { return try body() } catch { throw DatabaseFailure(path: path, cause: "\(error)") }
    }
}

/// The database cannot be opened or read.
struct DatabaseFailure: Error, CustomStringConvertible {
    var path: String
    var cause: String

    var description: String {
        "the database \(path) cannot be used (\(cause)): see that the file is there to be read and written and that no "
            + "other program uses it; if it is damaged, restore \(path) from a copy, or move it and its -wal and -shm "
            + "files away to begin with an empty one"
    }
}
