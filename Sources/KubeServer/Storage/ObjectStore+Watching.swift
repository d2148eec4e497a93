import KubeAPI

/// What a watch begins with.
struct WatchOpening: Sendable {
    let watcher: Watcher
    /// Where the changes begin that the watch is told of.
    let revision: Int64
    /// The state at that revision, when the watch begins with it.
    let objects: ObjectTree?
}

/// What a watch is told next.
struct WatchRound: Sendable {
    var changes: [Change] = []
    /// The revision up to which everything has been told, when a bookmark was asked for.
    var bookmark: Int64?
    /// The watch is over after this.
    var end: WatchEnd?
}

extension ObjectStore {
    enum WatchStart: Sendable, Equatable {
        /// What there is now as additions, then what changes.
        case current
        /// What changes from now on.
        case now
        /// What has changed after a revision.
        case after(Int64)
    }

    /// Opens a watch.
    ///
    /// - Parameters:
    ///   - resource: what is watched.
    ///   - filter: which objects of it.
    ///   - start: where it begins.
    /// - Returns: the watch, and what it begins with.
    /// - Throws: a 410 when the revision is too old.
    func watch(
        _ resource: String, _ filter: ObjectFilter, from start: WatchStart
    ) throws(Status) -> WatchOpening {
        let result = state.withLock { state -> Result<WatchOpening, Status> in
            if state.isClosed { return .failure(.shuttingDown) }
            state.nextID += 1
            let watcher = Watcher(id: state.nextID, resource: resource, filter: filter)
            let current = state.revision
            return state.withCache(resource) { cache in
                var revision = current
                if case .after(let known) = start {
                    if known > current { return .failure(.futureRevision(known, current: current)) }
                    guard known >= cache.history.compacted else {
                        return .failure(.expired("too old resource version: \(known) (\(cache.history.compacted))"))
                    }
                    revision = known
                }
                cache.watchers.add(watcher, cursor: revision)
                return .success(
                    WatchOpening(
                        watcher: watcher, revision: revision, objects: start == .current ? cache.objects : nil))
            }
        }
        let opening = try result.get()
        opening.watcher.wake()
        return opening
    }

    /// What a watch is told next; nil: nothing until it is woken.
    func take(_ watcher: Watcher) -> WatchRound? {
        let end = watcher.end
        switch end {
        case .closed, .expired: return WatchRound(end: end)
        case .deadline, nil: break
        }
        return state.withLock { state -> WatchRound? in
            let revision = state.revision
            return state.withCache(watcher.resource) { cache in
                // Given up or reloaded just now, after `end` was read.
                guard cache.watchers.all[watcher.id] != nil else { return nil }
                guard let (changes, isAll) = cache.take(watcher) else {
                    return WatchRound(end: .expired(.expired("too old resource version (\(cache.history.compacted))")))
                }
                guard isAll else { return WatchRound(changes: changes) }
                let isBookmarkDue = watcher.takeBookmarkRequest()
                if end == nil, !isBookmarkDue { return nil }
                return WatchRound(bookmark: isBookmarkDue ? revision : nil, end: end)
            }
        }
    }

    func endWatch(_ watcher: Watcher) {
        state.withLock { $0.withCache(watcher.resource) { $0.watchers.remove(watcher) } }
        watcher.finish()
        watcher.onCut(nil)
    }
}

extension Status {
    static let shuttingDown = Status(
        code: 503, reason: "ServiceUnavailable", message: "the server is shutting down",
        details: Details(retryAfterSeconds: 1))
}
