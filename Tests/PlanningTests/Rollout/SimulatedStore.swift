import KubeAPI
import NestAPI

@testable import Planning

/// The objects of one kind as the API has them, and the history that informers follow: they may be behind it, skip over
/// changes of it, and start over from what is.
struct SimulatedStore<Object: KubeObject> {
    private(set) var objects: [String: Object] = [:]
    /// Each change as the uid and the object after it; nil: it is gone.
    private(set) var log: [(uid: String, object: Object?)] = []
    private var versions = 0

    struct Conflict: Error { var isGone: Bool }

    /// By name, so that nothing depends on a hash seed.
    var list: [Object] { objects.values.sorted { $0.metadata.name < $1.metadata.name } }

    subscript(uid: String) -> Object? { objects[uid] }

    @discardableResult
    mutating func create(_ object: Object) -> Object { write(object) }

    /// Replaces an object, if it still is the version that `object` was made from.
    @discardableResult
    mutating func update(_ object: Object) throws -> Object {
        let current = objects[object.metadata.uid]
        guard let current, current.metadata.resourceVersion == object.metadata.resourceVersion else {
            throw Conflict(isGone: current == nil)
        }
        return current == object ? current : write(object)
    }

    /// Changes an object as it is.
    mutating func change(_ uid: String, _ body: (inout Object) -> Void) {
        guard var object = objects[uid] else { return }
        body(&object)
        if object != objects[uid] { write(object) }
    }

    mutating func remove(_ uid: String) {
        objects[uid] = nil
        log.append((uid, nil))
    }

    @discardableResult
    private mutating func write(_ object: Object) -> Object {
        var object = object
        versions += 1
        object.metadata.resourceVersion = "\(versions)"
        objects[object.metadata.uid] = object
        log.append((object.metadata.uid, object))
        return object
    }
}

/// What an informer's cache has of a store.
struct SimulatedCache<Object: KubeObject> {
    private(set) var objects: [String: Object] = [:]
    private var position = 0
    /// Own writes that the cache does not show yet: the versions that were replaced, and the newest of them.
    private var own: [String: (replaced: Set<String?>, written: Object)] = [:]

    var list: [Object] {
        let unseen = own.values.filter { $0.replaced.contains(nil) && objects[$0.written.metadata.uid] == nil }
        return (objects.values.map(newest) + unseen.map(\.written)).sorted { $0.metadata.name < $1.metadata.name }
    }

    /// What the controller takes for the object: its own write, as long as the cache is behind it.
    func newest(_ cached: Object) -> Object {
        guard let entry = own[cached.metadata.uid], entry.replaced.contains(cached.metadata.resourceVersion) else {
            return cached
        }
        return entry.written
    }

    mutating func note(replaced: String?, _ written: Object) {
        var entry = own[written.metadata.uid] ?? ([], written)
        entry.replaced.insert(replaced)
        entry.written = written
        own[written.metadata.uid] = entry
    }

    mutating func forget(_ uid: String) { own[uid] = nil }

    /// A write failed; what was created and is not shown yet is there all the same.
    mutating func failed(_ uid: String, _ conflict: SimulatedStore<Object>.Conflict) {
        if conflict.isGone || own[uid]?.replaced.contains(nil) != true { own[uid] = nil }
    }

    func isBehind(_ store: SimulatedStore<Object>) -> Bool { position < store.log.count }

    /// The versions of an object that the cache has yet to see, and the one that it has.
    func possible(_ uid: String, _ store: SimulatedStore<Object>) -> [Object] {
        store.log[position...].filter { $0.uid == uid }.compactMap(\.object) + (objects[uid].map { [newest($0)] } ?? [])
    }

    /// Takes in `count` changes, and tells of each.
    mutating func follow(
        _ store: SimulatedStore<Object>, _ count: Int = .max, _ handler: (Object?, Object?) -> Void = { _, _ in }
    ) {
        for (uid, object) in store.log[position...].prefix(count) {
            handler(objects[uid], object)
            objects[uid] = object
            position += 1
        }
    }

    /// Starts anew, as after a restart.
    mutating func restart(_ store: SimulatedStore<Object>) {
        (objects, position, own) = (store.objects, store.log.count, [:])
    }
}
