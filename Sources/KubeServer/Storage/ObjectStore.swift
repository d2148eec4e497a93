import KubeAPI
import Synchronization

/// Every object, in memory and in the database.
///
/// Reads never touch the database. Writes are committed in groups: all that arrive while one commit is under way share
/// the next. A write is visible, and acknowledged, only once it is durable; watchers see changes in the order of their
/// revisions. One lock guards it all and is held for steps that take next to no time: whatever filters, parses or
/// encodes works on a snapshot.
final class ObjectStore: Sendable {
    /// How much the store may keep and how long it waits.
    struct Limits: Sendable {
        /// Of history, for each resource.
        var history = History.Limit()
        /// Of history, for all resources together.
        var total = History.Limit(changes: 65_536, bytes: 64 << 20)
        /// How long a watch that was ended for lagging may take to say so before its connection is closed.
        var watchGrace: Duration = .seconds(5)
        /// What all watches together may have given to their connections.
        var watchBytes = 64 << 20
    }

    struct State {
        var caches: [String: ResourceCache] = [:]
        var revision: Int64
        /// Revisions up to this one have been given to writes, whether they were committed or not.
        var lastGiven: Int64
        /// Changes up to this revision were made before this start: they cannot be replayed.
        let startRevision: Int64
        var dependents: [String: Set<StoreKey>] = [:]
        var freshness: [Int: (revision: Int64, signal: AsyncStream<Void>.Continuation)] = [:]
        var nextID = 0
        var isClosed = false
        let limits: Limits

        mutating func withCache<Result>(_ resource: String, _ body: (inout ResourceCache) throws -> Result) rethrows
            -> Result
        {
            try body(
                &caches[
                    resource,
                    default: ResourceCache(resource: resource, compacted: startRevision, limit: limits.history)])
        }
    }

    let state: Mutex<State>
    let recent = RecentObjects()
    /// What watches have given to their connections.
    let sends: SendBudget
    let rereading = Rereading()
    let committer: Committer

    /// - Parameters:
    ///   - database: where the objects are kept.
    ///   - limits: how much may be kept in memory.
    /// - Throws: when the database cannot be read.
    init(database: Database, limits: Limits = Limits()) throws {
        let revision = try database.revision()
        var initial = State(revision: revision, lastGiven: revision, startRevision: revision, limits: limits)
        try database.load(recent: recent) { object in
            initial.withCache(object.resource) { $0.load(object) }
            for uid in object.ownerUIDs {
                initial.dependents[uid, default: []].insert(StoreKey(resource: object.resource, key: object.key))
            }
        }
        state = Mutex(initial)
        sends = SendBudget(limit: limits.watchBytes)
        committer = Committer(database: database)
    }

    /// The revision of the last committed write.
    var revision: Int64 { state.withLock { $0.revision } }

    func get(_ resource: String, _ key: ObjectKey) -> StoredObject? {
        state.withLock { $0.caches[resource]?.objects[key] }
    }

    /// The objects that name `uid` as an owner.
    func dependents(of uid: String) -> [StoredObject] {
        state.withLock { state in
            (state.dependents[uid] ?? []).compactMap { state.caches[$0.resource]?.objects[$0.key] }
        }
    }

    /// Every object one of whose owners is not there, by the owner's uid.
    func bereaved() -> [StoreKey] {
        let (dependents, caches) = state.withLock { ($0.dependents, $0.caches) }
        var there: Set<String> = []
        for cache in caches.values { cache.objects.forEach { there.insert($0.uid) } }
        return Array(Set(dependents.lazy.filter { !there.contains($0.key) }.flatMap(\.value)))
    }

    /// Commits one write.
    ///
    /// - Parameter write: the write and what it expects.
    /// - Returns: the object as it is stored, or as it last was when it is deleted.
    /// - Throws: `WriteFailure`, when nothing has changed.
    func commit(_ write: Write) async throws(WriteFailure) -> StoredObject {
        try await committer.commit(write, in: self)
    }

    /// Who is told of every group of changes: after it has become visible, before any watch is.
    ///
    /// Must not block.
    func observe(_ observer: @escaping @Sendable ([Change]) -> Void) { committer.observe(observer) }
}

extension ObjectStore {
    /// False once the server is ending.
    var isOpen: Bool { state.withLock { !$0.isClosed } }
}
