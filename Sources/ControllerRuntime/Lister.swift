import KubeAPI
import Synchronization

/// Reads from an informer's cache, from any thread.
///
/// It is a moment behind the server.
public final class Lister<Object: KubeObject>: Sendable {
    private let cache = Mutex(ObjectCache<Object>())

    init() {}

    /// A lister of fixed objects, for tests of what reads from one.
    public init(objects: [Object]) {
        cache.withLock { _ = $0.replace(with: objects) }
    }

    public func get(_ key: ObjectKey) -> Object? { cache.withLock { $0.objects[key] } }

    public func get(namespace: String, name: String) -> Object? {
        get(ObjectKey(namespace: namespace, name: name))
    }

    /// All objects, in no order.
    public func list() -> [Object] { cache.withLock { Array($0.objects.values) } }

    /// The objects of a namespace, in no order.
    public func list(namespace: String) -> [Object] { list(.namespace, namespace) }

    /// The objects that have an owner of that uid, in no order.
    public func list(ownerUID: String) -> [Object] { list(.owner, ownerUID) }

    /// The objects for which the index's function gives `value`, in no order; none when there is no such index.
    public func list(_ index: IndexName, _ value: String) -> [Object] { cache.withLock { $0.objects(index, value) } }

    /// What `transform` makes of the objects that `list` would give, without copying them.
    public func compactMap<Result: Sendable>(
        _ index: IndexName, _ value: String, _ transform: (Object) -> Result?
    ) -> [Result] {
        cache.withLock { cache in cache.compactMap(index, value, transform) }
    }

    public var count: Int { cache.withLock { $0.objects.count } }

    func update(_ change: (inout ObjectCache<Object>) -> [Change<Object>]) -> [Change<Object>] {
        cache.withLock { cache in change(&cache) }
    }

    func addIndex(_ name: IndexName, _ function: @escaping @Sendable (Object) -> [String]) {
        cache.withLock { $0.addIndex(name, function) }
    }
}
