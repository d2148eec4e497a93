import KubeAPI

extension ObjectStore {
    /// What a group of writes comes to on top of what is committed; writes that do not fit fail alone.
    ///
    /// A revision that it gives to a write is never given again, not even when the write is not committed after all.
    func resolve(_ writes: [Write]) -> [Result<Change, WriteFailure>] {
        let (given, current) = state.withLock { state in
            (state.lastGiven, writes.map { state.caches[$0.target.resource]?.objects[$0.target.key] })
        }
        var pending: [StoreKey: StoredObject?] = [:]
        var names: [String: String] = [:]
        var next = given
        let resolved = zip(writes, current).map { write, committed -> Result<Change, WriteFailure> in
            let old = pending[write.target] ?? committed
            guard old?.revision == write.expected else { return .failure(.conflict) }
            next += 1
            // Objects share the text of their resource's name.
            let resource = old?.resource ?? names[write.target.resource, default: write.target.resource]
            names[resource] = resource
            let new = StoredObject(
                write.value, resource: resource, revision: next, text: write.text, recent: recent)
            pending[write.target] = write.isDeletion ? .some(nil) : .some(new)
            return .success(Change(object: new, previous: old, isDeletion: write.isDeletion))
        }
        state.withLock { $0.lastGiven = next }
        return resolved
    }

    /// A revision for what is no write.
    func giveRevision() -> Int64 {
        state.withLock { state in
            state.lastGiven += 1
            return state.lastGiven
        }
    }

    /// Makes durable changes visible, in their order, and wakes the watches that they matter to.
    ///
    /// A watch may lag behind as far as the history goes; it has no queue of its own, so this costs nothing.
    ///
    /// - Parameters:
    ///   - changes: what is new.
    ///   - tell: called when it is visible, before watches are woken.
    func publish(_ changes: [Change], _ tell: () -> Void) {
        var woken: [Watcher] = []
        var lagging: [Watcher] = []
        state.withLock { state in
            for change in changes {
                state.revision = change.revision
                state.noteOwners(of: change)
                state.withCache(change.object.resource) { $0.apply(change, woken: &woken) }
            }
            state.trimHistory()
            for resource in Set(changes.map(\.object.resource)) {
                state.withCache(resource) { lagging += $0.removeLagging() }
            }
            state.signalFreshness()
        }
        tell()
        for watcher in woken { watcher.wake() }
        for watcher in lagging {
            finish(
                watcher, .expired(.expired("the watch did not keep up with the changes of \(watcher.resource)")))
        }
    }

    /// Ends a watch; with its connection if it is stuck in sending.
    func finish(_ watcher: Watcher, _ reason: WatchEnd) {
        watcher.finish(reason)
        let grace = state.withLock { $0.limits.watchGrace }
        Task {
            try? await Task.sleep(for: grace)
            watcher.cut()
        }
    }

    /// Ends every watch and refuses new ones.
    ///
    /// Writes under way still finish.
    func closeWatches() {
        let watchers = state.withLock { state in
            state.isClosed = true
            return state.caches.values.flatMap { $0.watchers.all.values }
        }
        for watcher in watchers { finish(watcher, .closed) }
    }
}

extension ObjectStore.State {
    /// Lets those go on who wait for the revision that there is now.
    func signalFreshness() {
        for waiter in freshness.values where waiter.revision <= revision { waiter.signal.yield() }
    }

    fileprivate mutating func noteOwners(of change: Change) {
        let object = change.object
        let before = change.previous?.ownerUIDs ?? []
        let after = change.isDeletion ? [] : object.ownerUIDs
        guard before != after else { return }
        let key = StoreKey(resource: object.resource, key: object.key)
        for uid in before {
            dependents[uid]?.remove(key)
            if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
        }
        for uid in after { dependents[uid, default: []].insert(key) }
    }

    /// Keeps the histories of all resources together within their limit: the longest gives first.
    fileprivate mutating func trimHistory() {
        var count = caches.values.reduce(0) { $0 + $1.history.count }
        var bytes = caches.values.reduce(0) { $0 + $1.history.bytes }
        while count > limits.total.changes || bytes > limits.total.bytes {
            let isByCount = count > limits.total.changes
            guard
                let resource = caches.max(by: { left, right in
                    isByCount
                        ? left.value.history.count < right.value.history.count
                        : left.value.history.bytes < right.value.history.bytes
                })?.key
            else { return }
            let (droppedCount, droppedBytes) = withCache(resource) { cache in
                let before = (cache.history.count, cache.history.bytes)
                cache.dropOldestChange()
                return (before.0 - cache.history.count, before.1 - cache.history.bytes)
            }
            if droppedCount == 0 { return }
            count -= droppedCount
            bytes -= droppedBytes
        }
    }
}
