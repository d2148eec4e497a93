import KubeAPI

/// A watch that is ready to be sent.
struct OpenWatch: Sendable {
    let store: ObjectStore
    let opening: WatchOpening
    let encoder: WatchEncoder
    /// The watch ends after this; the client then opens the next.
    let deadline: Duration
    /// nil: no bookmarks.
    let bookmarkInterval: Duration?
    /// A bookmark tells when all that there was at the start has been sent.
    let marksInitialEvents: Bool
    private let lease: Lease

    /// Ends a watch that is given up, also when it was never sent.
    private final class Lease: Sendable {
        let store: ObjectStore
        let watcher: Watcher

        init(store: ObjectStore, watcher: Watcher) {
            self.store = store
            self.watcher = watcher
        }

        deinit { store.endWatch(watcher) }
    }

    init(
        store: ObjectStore, opening: WatchOpening, encoder: WatchEncoder, deadline: Duration,
        bookmarkInterval: Duration? = nil, marksInitialEvents: Bool = false
    ) {
        self.store = store
        self.opening = opening
        self.encoder = encoder
        self.deadline = deadline
        self.bookmarkInterval = bookmarkInterval
        self.marksInitialEvents = marksInitialEvents
        lease = Lease(store: store, watcher: opening.watcher)
    }

    /// How much is handed to the connection at once, unless one event has more.
    private static let sendBytes = 64 << 10

    var watcher: Watcher { opening.watcher }

    /// Sends events until the deadline, the client's departure, the server's end, or until the client is too slow.
    ///
    /// - Parameter send: returns when the connection can take more.
    /// - Throws: what `send` throws.
    func run(_ send: (_ bytes: [UInt8]) async throws -> Void) async throws {
        defer { store.endWatch(watcher) }
        let clock = Task { [store, watcher, deadline, bookmarkInterval] in
            await Self.tick(store, watcher, deadline, bookmarkInterval)
        }
        defer { clock.cancel() }
        var encoder = encoder
        guard try await sendInitial(&encoder, send) else {
            // Cut short: no bookmark may say that everything up to it has been sent.
            if case .expired(let status) = watcher.end { try await self.send(WatchEncoder.error(status), send) }
            return
        }
        for await _ in watcher.wakes {
            while let round = store.take(watcher) {
                var bytes: [UInt8] = []
                for change in round.changes {
                    if let signal = WatchSignal(change, in: watcher.filter) { encoder.append(signal, to: &bytes) }
                }
                if let revision = round.bookmark { encoder.append(.bookmark(revision: revision), to: &bytes) }
                if case .expired(let status) = round.end { bytes += WatchEncoder.error(status) }
                try await self.send(bytes, send)
                if round.end != nil { return }
            }
        }
    }

    /// - Returns: whether all that there was at the start has been sent.
    private func sendInitial(
        _ encoder: inout WatchEncoder, _ send: ([UInt8]) async throws -> Void
    ) async throws -> Bool {
        guard let objects = opening.objects else { return true }
        var last: ObjectKey?
        var hasMore = true
        while hasMore, watcher.end == nil {
            var bytes: [UInt8] = []
            let chunk = objects.select(watcher.filter, after: last, bytes: Self.sendBytes)
            for object in chunk.objects { encoder.append(.added(object), to: &bytes) }
            last = chunk.objects.last?.key
            hasMore = chunk.hasMore
            try await self.send(bytes, send)
        }
        guard !hasMore else { return false }
        guard marksInitialEvents else { return true }
        var bytes: [UInt8] = []
        encoder.append(.bookmark(revision: opening.revision, endsInitialEvents: true), to: &bytes)
        try await self.send(bytes, send)
        return true
    }

    private func send(_ bytes: [UInt8], _ send: ([UInt8]) async throws -> Void) async throws {
        guard !bytes.isEmpty else { return }
        store.sends.begin(watcher, bytes.count)
        defer { store.sends.end(watcher) }
        try await send(bytes)
    }

    /// Asks for bookmarks, and ends the watch when its time is over.
    private static func tick(
        _ store: ObjectStore, _ watcher: Watcher, _ deadline: Duration, _ bookmarkInterval: Duration?
    ) async {
        let end = ContinuousClock.now + deadline
        while true {
            let next = bookmarkInterval.map { min(ContinuousClock.now + $0, end) } ?? end
            do { try await Task.sleep(until: next) } catch { return }
            if bookmarkInterval != nil { watcher.requestBookmark() }
            if next >= end { return store.finish(watcher, .deadline) }
        }
    }
}
