import KubeAPI

/// The objects of a fake server and the history of their changes, as a value.
struct FakeStore {
    struct Change: Sendable {
        var revision: Int
        var collection: String
        /// Nil when the object was created.
        var old: JSONValue?
        /// Nil when the object is gone.
        var new: JSONValue?
    }

    private(set) var revision = 0
    private var collections: [String: [ObjectKey: JSONValue]] = [:]
    private var history: [Change] = []
    private var compacted = 0
    private var uids = 0

    func get(_ target: FakeTarget) throws -> JSONValue {
        guard let object = collections[target.collection]?[target.key] else {
            throw Status(
                code: 404, reason: "NotFound", message: "\(target.collection) \"\(target.key)\" not found",
                details: .init(name: target.name))
        }
        return object
    }

    /// The objects that match, sorted by key.
    func list(_ target: FakeTarget, _ selection: FakeSelection) -> [JSONValue] {
        (collections[target.collection] ?? [:]).sorted { $0.key < $1.key }
            .filter { target.namespace == nil || $0.key.namespace == target.namespace }
            .map(\.value).filter(selection.matches)
    }

    /// What has happened since a version.
    func changes(after version: String?) throws -> [Change] {
        let after = version.flatMap { Int($0) } ?? revision
        guard after >= compacted else {
            throw Status(code: 410, reason: "Expired", message: "too old resource version: \(after) (\(compacted))")
        }
        return history.reversed().prefix { $0.revision > after }.reversed()
    }

    mutating func compact() {
        revision += 1
        compacted = revision
        history = []
    }

    mutating func newUID() -> String {
        uids += 1
        return "uid-\(uids)"
    }

    /// Writes an object whatever is there.
    mutating func put(_ target: FakeTarget, _ object: JSONValue) throws -> JSONValue {
        revision += 1
        let old = collections[target.collection]?[target.key]
        var object = object
        object["metadata"]?["resourceVersion"] = .string("\(revision)")
        if object[["metadata", "uid"]]?.stringValue == nil {
            object["metadata"]?["uid"] = old?[["metadata", "uid"]] ?? .string(newUID())
        }
        collections[target.collection, default: [:]][target.key] = object
        history.append(Change(revision: revision, collection: target.collection, old: old, new: object))
        return object
    }

    mutating func remove(_ target: FakeTarget) throws -> JSONValue {
        let old = try get(target)
        revision += 1
        collections[target.collection]?[target.key] = nil
        history.append(Change(revision: revision, collection: target.collection, old: old, new: nil))
        return old
    }
}
