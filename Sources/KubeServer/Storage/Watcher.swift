import KubeAPI
import Synchronization

/// What a watch is told.
enum WatchSignal: Sendable {
    case added(StoredObject)
    case modified(StoredObject)
    /// The object as it last was inside the filter, and the revision at which it left.
    case deleted(StoredObject, revision: Int64)
    case bookmark(revision: Int64, endsInitialEvents: Bool = false)

    /// An object that moves into the filter is added, one that moves out is deleted.
    init?(_ change: Change, in filter: ObjectFilter) {
        let isIn = !change.isDeletion && filter.matches(change.object)
        let wasIn = change.previous.map(filter.matches) ?? false
        switch (wasIn, isIn) {
        case (false, true): self = .added(change.object)
        case (true, true): self = .modified(change.object)
        case (true, false):
            // A deletion shows the last state with the revision of the deletion; a departure shows the last match.
            let last = change.isDeletion ? change.object : change.previous ?? change.object
            self = .deleted(last, revision: change.revision)
        case (false, false): return nil
        }
    }
}

/// Why a watch ends.
enum WatchEnd: Sendable {
    /// Its time is over: what has happened until now is still sent.
    case deadline
    /// The server ends, or the client has left.
    case closed
    /// It cannot be told every change any more.
    case expired(Status)
}

/// One open watch.
///
/// It has no queue: it reads the history of its resource at its own pace and is woken when there is more for it.
final class Watcher: Sendable {
    private struct State {
        var end: WatchEnd?
        var isBookmarkDue = false
        var cut: (@Sendable () -> Void)?
    }

    let id: Int
    let resource: String
    let filter: ObjectFilter
    /// One element whenever there may be something to take; elements do not add up.
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    /// - Parameters:
    ///   - id: tells the watchers of a store apart.
    ///   - resource: the storage key of what is watched.
    ///   - filter: what the watch is about.
    init(id: Int, resource: String, filter: ObjectFilter) {
        self.id = id
        self.resource = resource
        self.filter = filter
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake() { waker.yield() }

    /// Why the watch is to end; nil while it is not.
    var end: WatchEnd? { state.withLock { $0.end } }

    /// Ends the watch; the first reason stands, except that a deadline may still be cut short.
    func finish(_ reason: WatchEnd = .closed) {
        state.withLock { state in
            if let end = state.end, case .deadline = end { state.end = reason }
            if state.end == nil { state.end = reason }
        }
        wake()
    }

    /// Asks for a bookmark once everything before it has been sent.
    func requestBookmark() {
        state.withLock { $0.isBookmarkDue = true }
        wake()
    }

    /// Whether a bookmark is due; asking takes it.
    func takeBookmarkRequest() -> Bool {
        state.withLock { state in
            defer { state.isBookmarkDue = false }
            return state.isBookmarkDue
        }
    }

    /// How to close the connection under a watch that is stuck in sending; nil once it is no more.
    func onCut(_ cut: (@Sendable () -> Void)?) { state.withLock { $0.cut = cut } }

    /// Closes the connection.
    func cut() { state.withLock { $0.cut }?() }
}
