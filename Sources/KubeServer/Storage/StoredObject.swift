import KubeAPI

/// One committed object, and its JSON text, which lists and watches send as it is.
final class StoredObject: Sendable {
    /// The storage key of its resource.
    let resource: String
    let key: ObjectKey
    let revision: Int64
    let value: JSONValue
    let bytes: [UInt8]

    /// - Parameters:
    ///   - value: the object; its resourceVersion is set to `revision`.
    ///   - resource: the storage key of its resource.
    ///   - revision: the revision of the write.
    init(_ value: JSONValue, resource: String, revision: Int64) {
        var value = value
        value.setMetadata("resourceVersion", .string(String(revision)))
        self.resource = resource
        self.revision = revision
        key = ObjectKey(namespace: value.namespace, name: value.name)
        bytes = value.serializedBytes()
        self.value = value
    }

    /// An object as the database holds it.
    init(bytes: [UInt8], resource: String, revision: Int64) throws(JSONError) {
        self.bytes = bytes
        self.resource = resource
        self.revision = revision
        value = try JSONReader.parse(bytes)
        key = ObjectKey(namespace: value.namespace, name: value.name)
    }
}

/// Names one object in the store.
struct StoreKey: Hashable, Sendable {
    var resource: String
    var key: ObjectKey
}

/// One write, guarded by what the writer believes to be there.
struct Write: Sendable {
    enum Content: Sendable {
        case put(JSONValue)
        /// With the object as it last was: watchers are shown it.
        case delete(JSONValue)
    }

    var target: StoreKey
    var content: Content
    /// The revision that the object must have; nil: it must not exist.
    var expected: Int64?

    static func create(_ value: JSONValue, resource: String) -> Write {
        Write(target: key(value, resource), content: .put(value), expected: nil)
    }

    static func update(_ value: JSONValue, of old: StoredObject) -> Write {
        Write(target: key(value, old.resource), content: .put(value), expected: old.revision)
    }

    static func delete(_ value: JSONValue, of old: StoredObject) -> Write {
        Write(target: key(value, old.resource), content: .delete(value), expected: old.revision)
    }

    private static func key(_ value: JSONValue, _ resource: String) -> StoreKey {
        StoreKey(resource: resource, key: ObjectKey(namespace: value.namespace, name: value.name))
    }
}

/// Why a write was not committed.
enum WriteFailure: Error, Sendable {
    /// The object is not what the writer believed: it exists, is gone, or has another revision.
    case conflict
    /// The database refused; nothing has changed.
    case storage(String)
}

/// One committed change.
struct Change: Sendable {
    let object: StoredObject
    /// What was there before; nil for a creation.
    let previous: StoredObject?
    let isDeletion: Bool

    var revision: Int64 { object.revision }
}
