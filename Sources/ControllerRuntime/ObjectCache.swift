import KubeAPI

/// The name of an index of a cache.
public struct IndexName: Sendable, Hashable {
    public let name: String
    public init(_ name: String) { self.name = name }

    /// By `metadata.namespace`.
    ///
    /// Always there.
    public static let namespace = IndexName("namespace")
    /// By the uid of every owner.
    ///
    /// Always there.
    public static let owner = IndexName("owner")
}

/// What an informer knows, as a value: objects by key and by index.
///
/// Every write tells what it changed.
struct ObjectCache<Object: KubeObject> {
    typealias KeyFunction = @Sendable (Object) -> [String]

    private(set) var objects: [ObjectKey: Object] = [:]
    private var functions: [IndexName: KeyFunction] = [
        .namespace: { [$0.metadata.namespace] }, .owner: { $0.metadata.ownerReferences.map(\.uid) },
    ]
    private var indices: [IndexName: [String: Set<ObjectKey>]] = [:]

    mutating func addIndex(_ name: IndexName, _ function: @escaping KeyFunction) {
        functions[name] = function
        indices[name] = [:]
        for object in objects.values {
            for value in function(object) { indices[name, default: [:]][value, default: []].insert(object.key) }
        }
    }

    func objects(_ index: IndexName, _ value: String) -> [Object] {
        compactMap(index, value) { $0 }
    }

    func compactMap<Result>(_ index: IndexName, _ value: String, _ transform: (Object) -> Result?) -> [Result] {
        indices[index]?[value]?.compactMap { objects[$0].flatMap(transform) } ?? []
    }

    /// Takes in an object that was added or modified.
    mutating func upsert(_ object: Object) -> [Change<Object>] {
        guard let old = set(object) else { return [.added(object)] }
        // Deleted and made again behind our back: two objects that only share a name.
        guard old.metadata.uid == object.metadata.uid else { return [.deleted(old), .added(object)] }
        return [.updated(old: old, new: object)]
    }

    /// Removes the object at `key`, whose state at its deletion was `last` where that is known.
    mutating func delete(_ key: ObjectKey, last: Object?) -> [Change<Object>] {
        guard let old = objects[key] else { return [] }
        remove(old)
        guard let last, last.metadata.uid == old.metadata.uid else { return [.deleted(old)] }
        return [.deleted(last)]
    }

    /// Puts a whole list in place of what was known.
    /// - Parameters:
    ///   - list: what there is now.
    ///   - unreadable: what there also is; it stays as it was last known.
    /// - Returns: deletions first, then the rest in the order of the list; nothing for objects of the same version.
    mutating func replace(with list: [Object], keeping unreadable: [ObjectKey] = []) -> [Change<Object>] {
        let present = Set(list.lazy.map(\.key)).union(unreadable)
        var changes: [Change<Object>] = []
        for gone in objects.values.filter({ !present.contains($0.key) }) {
            remove(gone)
            changes.append(.deleted(gone))
        }
        for object in list where !isCurrent(object) { changes += upsert(object) }
        return changes
    }

    private func isCurrent(_ object: Object) -> Bool {
        guard let old = objects[object.key], let version = object.metadata.resourceVersion else { return false }
        return old.metadata.resourceVersion == version && old.metadata.uid == object.metadata.uid
    }

    /// - Returns: what was there before.
    private mutating func set(_ object: Object) -> Object? {
        let key = object.key
        let old = objects.updateValue(object, forKey: key)
        for (name, function) in functions {
            let (before, after) = (old.map(function) ?? [], function(object))
            guard before != after else { continue }
            for value in before { drop(key, from: name, value) }
            for value in after { indices[name, default: [:]][value, default: []].insert(key) }
        }
        return old
    }

    private mutating func remove(_ object: Object) {
        objects[object.key] = nil
        for (name, function) in functions {
            for value in function(object) { drop(object.key, from: name, value) }
        }
    }

    private mutating func drop(_ key: ObjectKey, from name: IndexName, _ value: String) {
        indices[name]?[value]?.remove(key)
        if indices[name]?[value]?.isEmpty == true { indices[name]?[value] = nil }
    }
}
