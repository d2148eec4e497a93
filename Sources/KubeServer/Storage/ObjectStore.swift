import KubeAPI
import Synchronization

/// Every object, in memory and in the database.
///
/// Reads never touch the database. Writes are committed in groups: all that arrive while one commit is under way share
/// the next. A write is visible, and acknowledged, only once it is durable; watchers see changes in the order of their
/// revisions.
final class ObjectStore: Sendable {
    private struct State {
        var caches: [String: ResourceCache] = [:]
        var revision: Int64
        /// Changes up to this revision were made before this start: they cannot be replayed.
        let startRevision: Int64
        var dependents: [String: Set<StoreKey>] = [:]
        var nextWatcher = 0
        var isClosed = false
        let limit: ResourceCache.HistoryLimit

        mutating func withCache<Result>(_ resource: String, _ body: (inout ResourceCache) throws -> Result) rethrows
            -> Result
        {
            try body(&caches[resource, default: ResourceCache(compacted: startRevision, limit: limit)])
        }
    }

    private let state: Mutex<State>
    private let committer: Committer
    private let watcherCapacity: Int

    /// - Parameters:
    ///   - database: where the objects are kept.
    ///   - historyLimit: how much can be replayed, for each resource.
    ///   - watcherCapacity: how many changes a watcher may lag behind before it is closed.
    /// - Throws: when the database cannot be read.
    init(
        database: Database, historyLimit: ResourceCache.HistoryLimit = .init(), watcherCapacity: Int = 4096
    ) throws {
        let (objects, revision) = try database.load()
        var initial = State(revision: revision, startRevision: revision, limit: historyLimit)
        for object in objects {
            initial.withCache(object.resource) { $0.load(object) }
            for uid in object.value.ownerUIDs {
                initial.dependents[uid, default: []].insert(StoreKey(resource: object.resource, key: object.key))
            }
        }
        state = Mutex(initial)
        committer = Committer(database: database)
        self.watcherCapacity = watcherCapacity
    }

    /// The revision of the last committed write.
    var revision: Int64 { state.withLock { $0.revision } }

    func get(_ resource: String, _ key: ObjectKey) -> StoredObject? {
        state.withLock { $0.caches[resource]?.objects[key] }
    }

    /// The objects that a filter chooses, in order, as of one revision.
    func list(_ resource: String, _ filter: ObjectFilter) -> (objects: [StoredObject], revision: Int64) {
        state.withLock { ($0.caches[resource]?.select(filter) ?? [], $0.revision) }
    }

    /// The objects that name `uid` as an owner.
    func dependents(of uid: String) -> [StoredObject] {
        state.withLock { state in
            (state.dependents[uid] ?? []).compactMap { state.caches[$0.resource]?.objects[$0.key] }
        }
    }

    /// Every object that has an owner.
    func owned() -> [StoreKey] {
        state.withLock { Array(Set($0.dependents.values.joined())) }
    }

    func hasObjects(_ resource: String) -> Bool {
        state.withLock { $0.caches[resource]?.objects.isEmpty == false }
    }
}

// MARK: - Writing

extension ObjectStore {
    /// Commits one write.
    ///
    /// - Parameter write: the write and what it expects.
    /// - Returns: the object as it is stored, or as it last was when it is deleted.
    /// - Throws: `WriteFailure`, when nothing has changed.
    func commit(_ write: Write) async throws(WriteFailure) -> StoredObject {
        try await committer.commit(write, in: self)
    }

    /// Who is told of every group of changes after it has become visible.
    ///
    /// Must not block.
    func observe(_ observer: @escaping @Sendable ([Change]) -> Void) { committer.observe(observer) }

    /// What a group of writes comes to on top of what is committed; writes that do not fit fail alone.
    func resolve(_ writes: [Write]) -> [Result<Change, WriteFailure>] {
        let (revision, current) = state.withLock { state in
            let found = writes.map { (write: Write) in state.caches[write.target.resource]?.objects[write.target.key] }
            return (state.revision, found)
        }
        var pending: [StoreKey: StoredObject?] = [:]
        var next = revision
        return zip(writes, current).map { write, committed in
            let old = pending[write.target] ?? committed
            guard old?.revision == write.expected else { return .failure(.conflict) }
            next += 1
            let change: Change
            switch write.content {
            case .put(let value):
                let new = StoredObject(value, resource: write.target.resource, revision: next)
                pending[write.target] = .some(new)
                change = Change(object: new, previous: old, isDeletion: false)
            case .delete(let value):
                let last = StoredObject(value, resource: write.target.resource, revision: next)
                pending[write.target] = .some(nil)
                change = Change(object: last, previous: old, isDeletion: true)
            }
            return .success(change)
        }
    }

    /// Makes durable changes visible, in their order.
    func publish(_ changes: [Change]) {
        state.withLock { state in
            for change in changes {
                state.revision = change.revision
                let key = StoreKey(resource: change.object.resource, key: change.object.key)
                for uid in change.previous?.value.ownerUIDs ?? [] {
                    state.dependents[uid]?.remove(key)
                    if state.dependents[uid]?.isEmpty == true { state.dependents[uid] = nil }
                }
                if !change.isDeletion {
                    for uid in change.object.value.ownerUIDs { state.dependents[uid, default: []].insert(key) }
                }
                state.withCache(change.object.resource) { $0.apply(change) }
            }
        }
    }

    /// Gives every cached object of a resource another content, as when its schema has changed.
    ///
    /// Revisions stay, nothing is written. The watches of the resource end, and those that come back with an older
    /// revision get a 410.
    func reload(_ resource: String, _ transform: (JSONValue) -> JSONValue) {
        let watchers = state.withLock { state in
            let revision = state.revision
            return state.withCache(resource) { $0.reload(compacted: revision, transform) }
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Ends every watch and refuses new ones.
    ///
    /// Writes under way still finish.
    func closeWatches() {
        let watchers = state.withLock { state in
            state.isClosed = true
            return state.caches.values.flatMap { $0.watchers.values }
        }
        for watcher in watchers { watcher.finish() }
    }
}

// MARK: - Watching

extension ObjectStore {
    enum WatchStart: Sendable {
        /// What there is now as additions, then what changes.
        case current
        /// What has changed after a revision.
        case after(Int64)
    }

    /// Opens a watch.
    ///
    /// - Parameters:
    ///   - resource: what is watched.
    ///   - filter: which objects of it.
    ///   - start: where it begins.
    /// - Returns: the watch, and the signals that come before those of the watch.
    /// - Throws: a 410 when the revision is too old.
    func watch(
        _ resource: String, _ filter: ObjectFilter, from start: WatchStart
    ) throws(Status) -> (watcher: Watcher, initial: [WatchSignal]) {
        let result = state.withLock { state -> Result<(Watcher, [WatchSignal]), Status> in
            if state.isClosed { return .failure(.shuttingDown) }
            state.nextWatcher += 1
            let watcher = Watcher(id: state.nextWatcher, filter: filter, capacity: watcherCapacity)
            let current = state.revision
            return state.withCache(resource) { cache in
                var initial: [WatchSignal]
                switch start {
                case .current: initial = cache.select(filter).map(WatchSignal.added)
                case .after(let revision):
                    if revision > current { return .failure(.futureRevision(revision, current: current)) }
                    guard let changes = cache.changes(after: revision) else {
                        return .failure(.expired("too old resource version: \(revision) (\(cache.compacted))"))
                    }
                    initial = changes.compactMap { Watcher.signal(of: $0, in: filter) }
                }
                cache.add(watcher)
                return .success((watcher, initial))
            }
        }
        return try result.get()
    }

    /// Tells a watch how far it has come: every change up to that revision has been sent before.
    func bookmark(_ watcher: Watcher) {
        state.withLock { _ = watcher.send(.bookmark(revision: $0.revision)) }
    }

    func endWatch(_ watcher: Watcher, of resource: String) {
        state.withLock { $0.withCache(resource) { $0.removeWatcher(watcher.id) } }
        watcher.finish()
    }
}

extension Status {
    static let shuttingDown = Status(
        code: 503, reason: "ServiceUnavailable", message: "the server is shutting down",
        details: Details(retryAfterSeconds: 1))

    static func futureRevision(_ revision: Int64, current: Int64) -> Status {
        Status(
            code: 504, reason: "Timeout",
            message: "Timeout: Too large resource version: \(revision), current: \(current)",
            details: Details(
                causes: [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
                retryAfterSeconds: 1))
    }
}
