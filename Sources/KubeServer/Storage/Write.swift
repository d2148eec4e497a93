import KubeAPI

/// Names one object in the store.
struct StoreKey: Hashable, Sendable {
    var resource: String
    var key: ObjectKey
}

/// One write, guarded by what the writer believes to be there.
struct Write: Sendable {
    var target: StoreKey
    /// What is put; for a deletion the object as it last was, which watchers are shown.
    var value: JSONValue
    var isDeletion: Bool
    /// The revision that the object must have; nil: it must not exist.
    var expected: Int64?
    /// Made by the writer, so that the one who commits for all does not have to.
    let text: UnversionedText

    private init(_ value: JSONValue, resource: String, isDeletion: Bool = false, expected: Int64?) {
        target = StoreKey(resource: resource, key: ObjectKey(namespace: value.namespace, name: value.name))
        self.value = value
        self.isDeletion = isDeletion
        self.expected = expected
        text = UnversionedText(value)
    }

    static func create(_ value: JSONValue, resource: String) -> Write {
        Write(value, resource: resource, expected: nil)
    }

    static func update(_ value: JSONValue, of old: StoredObject) -> Write {
        Write(value, resource: old.resource, expected: old.revision)
    }

    static func delete(_ value: JSONValue, of old: StoredObject) -> Write {
        Write(value, resource: old.resource, isDeletion: true, expected: old.revision)
    }
}

/// Why a write was not committed; nothing has changed.
enum WriteFailure: Error, Sendable {
    /// The object is not what the writer believed: it exists, is gone, or has another revision.
    case conflict
    /// No space is left for the database.
    case full(String)
    /// The database refused.
    case storage(String)
}

/// One committed change.
struct Change: Sendable {
    let object: StoredObject
    /// What was there before; nil for a creation.
    let previous: StoredObject?
    let isDeletion: Bool

    var revision: Int64 { object.revision }

    /// What keeping the change may keep in memory.
    var size: Int { object.bytes.count + (previous?.bytes.count ?? 0) }
}
