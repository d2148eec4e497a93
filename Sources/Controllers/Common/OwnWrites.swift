import KubeAPI
import Synchronization

/// Lets a controller see its own writes before its cache does.
///
/// Planning from a version that one's own write has replaced would only end in a conflict and a back-off. So each
/// successful write is remembered until the cache shows something else than what was replaced.
final class OwnWrites<Object: KubeObject>: Sendable {
    private struct Entry {
        /// Versions that are older than `written`; nil stands for no object.
        var replaced: Set<String?>
        var written: Object
    }

    /// More writes than this in a row, and the oldest count as unknown: a conflict then brings the object up to date.
    private static var longestChain: Int { 64 }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
        /// What was created and no cache has shown yet, by owner: in a burst there may be one for each owner.
        var fresh: [String: Set<ObjectKey>] = [:]
        var ownersOfFresh: [ObjectKey: String] = [:]

        mutating func forget(_ key: ObjectKey) {
            entries[key] = nil
            show(key)
        }

        mutating func show(_ key: ObjectKey) {
            guard let owner = ownersOfFresh.removeValue(forKey: key) else { return }
            fresh[owner]?.remove(key)
            if fresh[owner]?.isEmpty == true { fresh[owner] = nil }
        }

        mutating func addFresh(_ key: ObjectKey, of owner: String) {
            show(key)
            ownersOfFresh[key] = owner
            fresh[owner, default: []].insert(key)
        }
    }

    private let state = Mutex(State())
    private let owner: @Sendable (Object) -> String

    /// - Parameter owner: whose an object is, for `unseen`.
    init(owner: @escaping @Sendable (Object) -> String = { $0.key.description }) { self.owner = owner }

    /// The newest known version, given what the cache has.
    func newest(_ key: ObjectKey, cached: Object?) -> Object? {
        state.withLock { state in
            if cached != nil { state.show(key) }
            guard let entry = state.entries[key] else { return cached }
            guard entry.replaced.contains(cached?.metadata.resourceVersion) else {
                state.forget(key)
                return cached
            }
            return entry.written
        }
    }

    /// The owner's objects that were created and that no cache has shown yet.
    func unseen(of owner: String, besides cached: [Object]) -> [Object] {
        state.withLock { state in
            let fresh = state.fresh[owner] ?? []
            return fresh.filter { key in !cached.contains { $0.key == key } }.compactMap { state.entries[$0]?.written }
        }
    }

    /// Notes that `written` is what became of the version `replaced`, nil for none.
    func note(replaced: String?, written: Object) {
        state.withLock { state in
            var entry = state.entries[written.key] ?? Entry(replaced: [], written: written)
            if entry.replaced.count >= Self.longestChain { entry.replaced = [] }
            entry.replaced.insert(replaced)
            entry.written = written
            state.entries[written.key] = entry
            if replaced == nil { state.addFresh(written.key, of: owner(written)) }
        }
    }

    /// Takes in that a write failed: what is known of the object is wrong.
    ///
    /// One that no cache has shown yet stays known all the same: it is there, whatever has become of it.
    func failed(_ key: ObjectKey, _ error: any Error) {
        let isConflict = (error as? Status)?.isConflict ?? false
        state.withLock { state in
            if !isConflict || state.ownersOfFresh[key] == nil { state.forget(key) }
        }
    }

    /// Forgets an object that is gone.
    func forget(_ key: ObjectKey) { state.withLock { $0.forget(key) } }
}
