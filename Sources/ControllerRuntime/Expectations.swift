import Synchronization

/// Writes that a controller has made and its cache has not seen yet (client-go `UIDTrackingControllerExpectations`).
///
/// A controller that plans from a cache would do the same write twice before the cache shows the first. So it says what
/// it is about to write, says what it sees, and plans for a key only while nothing is outstanding. What is not seen
/// within five minutes is given up: a lost event must not stop a controller for ever.
public final class Expectations<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        var creations = 0
        var deletions: Set<String> = []
        var since: Duration

        var isFulfilled: Bool { creations <= 0 && deletions.isEmpty }
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let lifetime: Duration
    private let now: @Sendable () -> Duration

    public init(lifetime: Duration = .seconds(300), clock: any Clock<Duration> = ContinuousClock()) {
        self.lifetime = lifetime
        now = stopwatch(clock)
    }

    /// Expects `count` more creations.
    ///
    /// Call it before the first write.
    public func expectCreations(_ key: Key, _ count: Int) { expect(key) { $0.creations += count } }

    /// Expects the deletion of the objects of these uids.
    ///
    /// Call it before the first write.
    public func expectDeletions(_ key: Key, uids: some Sequence<String>) {
        let uids = Array(uids)
        expect(key) { $0.deletions.formUnion(uids) }
    }

    /// Notes that a creation was seen, or that it failed and will not be.
    public func creationObserved(_ key: Key) {
        observe(key) { $0.creations = max(0, $0.creations - 1) }
    }

    /// Notes that the deletion of an object was seen, or has begun, or that it failed and will not be.
    public func deletionObserved(_ key: Key, uid: String) {
        observe(key) { $0.deletions.remove(uid) }
    }

    /// Whether everything expected was seen, or was not seen for so long that it is given up.
    public func satisfied(_ key: Key) -> Bool {
        let now = now()
        return entries.withLock { entries in
            guard let entry = entries[key] else { return true }
            return entry.isFulfilled || now - entry.since > lifetime
        }
    }

    /// Forgets a key, when its object is gone.
    public func forget(_ key: Key) { entries.withLock { $0[key] = nil } }

    private func expect(_ key: Key, _ change: (inout Entry) -> Void) {
        let now = now()
        entries.withLock { entries in
            var entry = entries[key] ?? Entry(since: now)
            // What was given up is not added to.
            if now - entry.since > lifetime { entry = Entry(since: now) }
            entry.since = now
            change(&entry)
            entries[key] = entry
        }
    }

    private func observe(_ key: Key, _ change: (inout Entry) -> Void) {
        entries.withLock { entries in
            guard var entry = entries[key] else { return }
            change(&entry)
            entries[key] = entry.isFulfilled ? nil : entry
        }
    }
}
