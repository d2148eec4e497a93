import KubeAPI

/// What a watch is told.
enum WatchSignal: Sendable {
    case added(StoredObject)
    case modified(StoredObject)
    /// The object as it last was inside the filter, and the revision at which it left.
    case deleted(StoredObject, revision: Int64)
    case bookmark(revision: Int64)
}

/// One open watch: a filter and a bounded queue.
final class Watcher: Sendable {
    let id: Int
    let signals: AsyncStream<WatchSignal>
    private let filter: ObjectFilter
    private let continuation: AsyncStream<WatchSignal>.Continuation

    /// - Parameters:
    ///   - id: tells the watchers of a store apart.
    ///   - filter: what the watch is about.
    ///   - capacity: how many signals may wait.
    init(id: Int, filter: ObjectFilter, capacity: Int) {
        self.id = id
        self.filter = filter
        (signals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    }

    /// Tells the watch of a change, if it is about it.
    ///
    /// - Parameter change: a committed change.
    /// - Returns: false when the queue is full; the watch must then be ended, for it has missed a change.
    func offer(_ change: Change) -> Bool {
        guard let signal = Self.signal(of: change, in: filter) else { return true }
        return send(signal)
    }

    /// - Parameter signal: what the watch is told next.
    /// - Returns: false when the queue is full or the watch has ended.
    func send(_ signal: WatchSignal) -> Bool {
        if case .enqueued = continuation.yield(signal) { true } else { false }
    }

    /// Ends the watch after what already waits.
    func finish() { continuation.finish() }

    /// An object that moves into the filter is added, one that moves out is deleted.
    static func signal(of change: Change, in filter: ObjectFilter) -> WatchSignal? {
        let isIn = !change.isDeletion && filter.matches(change.object)
        let wasIn = change.previous.map(filter.matches) ?? false
        switch (wasIn, isIn) {
        case (false, true): return .added(change.object)
        case (true, true): return .modified(change.object)
        case (true, false):
            // A deletion shows the last state with the revision of the deletion; a departure shows the last match.
            let last = change.isDeletion ? change.object : change.previous ?? change.object
            return .deleted(last, revision: change.revision)
        case (false, false): return nil
        }
    }
}
