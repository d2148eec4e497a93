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

    /// Makes durable changes visible, in their order, and wakes the watches that they matter to.
    func publish(_ changes: [Change]) {
        var woken: [Watcher] = []
        var lagging: [Watcher] = []
        state.withLock { state in
            for change in changes {
                state.revision = change.revision
                state.noteOwners(of: change)
                state.withCache(change.object.resource) { $0.apply(change, woken: &woken) }
            }
            state.trimHistory()
            let lag = state.limits.watchLag
            for resource in Set(changes.map(\.object.resource)) {
                state.withCache(resource) { cache in
                    lagging += cache.watchers.removeLagging(behind: cache.history.revision(lagging: lag))
                }
            }
            for waiter in state.freshness.values where waiter.revision <= state.revision { waiter.signal.yield() }
        }
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

    /// Gives every cached object of a resource another content, as when its schema has changed.
    ///
    /// Revisions stay, nothing is written. The watches of the resource end, and those that come back with an older
    /// revision get a 410.
    func reload(_ resource: String, _ transform: (JSONValue) -> JSONValue) {
        var left = list(resource, ObjectFilter()).objects
        var done: [ObjectKey: Int64] = [:]
        var watchers: [Watcher] = []
        // An object that was written meanwhile has to be looked at again.
        repeat {
            let changed = left.map { old in
                StoredObject(transform(old.value), resource: old.resource, revision: old.revision, recent: recent)
            }
            left = state.withLock { state in
                let revision = state.revision
                return state.withCache(resource) { cache in
                    for object in changed where cache.replace(object) { done[object.key] = object.revision }
                    watchers += cache.reset(compacted: revision)
                    var missed: [StoredObject] = []
                    cache.objects.visit { object in
                        if done[object.key] != object.revision { missed.append(object) }
                        return true
                    }
                    return missed
                }
            }
        } while !left.isEmpty
        for watcher in watchers { finish(watcher, .closed) }
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
