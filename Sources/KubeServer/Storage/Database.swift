import Foundation
import GRDB
import KubeAPI

/// The durable store: one SQLite file in WAL mode that is synced on every commit.
struct Database: Sendable {
    private let pool: DatabasePool

    /// Opens or makes the database.
    init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try pool.write { database in
            try database.execute(
                sql: """
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
                    """)
        }
    }

    /// Everything that is stored, and the revision of the last write.
    func load() throws -> (objects: [StoredObject], revision: Int64) {
        try pool.read { database in
            let revision = try Int64.fetchOne(database, sql: "SELECT value FROM revision") ?? 1
            var objects: [StoredObject] = []
            let rows = try Row.fetchCursor(database, sql: "SELECT resource, revision, body FROM objects")
            while let row = try rows.next() {
                let body: Data = row[2]
                objects.append(try StoredObject(bytes: [UInt8](body), resource: row[0], revision: row[1]))
            }
            return (objects, revision)
        }
    }

    /// Commits changes in one transaction, together with the revision of the last of them.
    func commit(_ changes: [Change]) async throws {
        guard let last = changes.last else { return }
        try await pool.write { database in
            for change in changes { try Self.apply(change, in: database) }
            let bump = try database.cachedStatement(sql: "UPDATE revision SET value = ?")
            try bump.execute(arguments: [last.revision])
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

    /// Ends all use of the file.
    func close() throws { try pool.close() }
}
