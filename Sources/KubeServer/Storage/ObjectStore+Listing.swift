import KubeAPI

/// Which part of a collection is wanted, as of when.
struct ListPage: Sendable {
    /// Begin behind this key; nil: at the first.
    var after: ObjectKey?
    /// The most objects; nil: all.
    var limit: Int?
    /// The revision whose state is wanted; nil: the current one.
    var revision: Int64?
}

/// A part of a collection.
struct ListResult: Sendable {
    var objects: [StoredObject]
    /// The revision whose state this is.
    var revision: Int64
    /// There are objects behind the last of these.
    var hasMore = false
    /// How many; nil when the filter has a selector, for then nobody has counted.
    var remaining: Int?
}

extension ObjectStore {
    /// The objects that a filter chooses, in order, as of one revision.
    func list(_ resource: String, _ filter: ObjectFilter) -> (objects: [StoredObject], revision: Int64) {
        let (objects, revision) = state.withLock { ($0.caches[resource]?.objects ?? ObjectTree(), $0.revision) }
        return (objects.select(filter).objects, revision)
    }

    /// One page of the objects that a filter chooses.
    ///
    /// - Throws: a 410 when the revision is gone, a 504 when it is yet to come.
    func list(_ resource: String, _ filter: ObjectFilter, _ page: ListPage) throws(Status) -> ListResult {
        let (objects, revision) = try snapshot(resource, at: page.revision)
        let (found, hasMore) = objects.select(filter, after: page.after, limit: page.limit)
        var result = ListResult(objects: found, revision: revision, hasMore: hasMore)
        if hasMore, let last = found.last, !filter.isSelective {
            let end = filter.namespace.map { objects.count(below: ObjectKey(namespace: $0 + "\0", name: "")) }
            result.remaining = (end ?? objects.count) - objects.count(below: last.key) - 1
        }
        return result
    }

    /// The state of a resource at a revision: the current one, with every later change undone.
    private func snapshot(
        _ resource: String, at revision: Int64?
    ) throws(Status) -> (objects: ObjectTree, revision: Int64) {
        let (objects, changes, current) = state.withLock { state -> (ObjectTree, [Change]?, Int64) in
            let wanted = revision ?? state.revision
            let current = state.revision
            return state.withCache(resource) { cache in
                (cache.objects, wanted >= current ? [] : cache.history.changes(after: wanted), current)
            }
        }
        guard let revision, revision != current else { return (objects, current) }
        if revision > current { throw .futureRevision(revision, current: current) }
        guard let changes else { throw .expired("The resourceVersion for the provided list is too old.") }
        var earlier = objects
        for change in changes.reversed() {
            if let previous = change.previous { earlier.insert(previous) } else { earlier.remove(change.object.key) }
        }
        return (earlier, revision)
    }

    /// Waits until the store has come to a revision.
    ///
    /// - Throws: a 504 when it does not within `patience`.
    func waitUntil(_ revision: Int64, for patience: Duration) async throws(Status) {
        let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let waiter = state.withLock { state -> Int? in
            guard state.revision < revision else { return nil }
            state.nextID += 1
            state.freshness[state.nextID] = (revision, signal)
            return state.nextID
        }
        guard let waiter else { return }
        let timer = Task {
            try? await Task.sleep(for: patience)
            signal.finish()
        }
        for await _ in signals { break }
        timer.cancel()
        let current = state.withLock { state in
            state.freshness[waiter] = nil
            return state.revision
        }
        if current < revision { throw .futureRevision(revision, current: current) }
    }
}

extension ObjectTree {
    /// The objects that a filter chooses.
    ///
    /// - Parameters:
    ///   - filter: which.
    ///   - key: only those behind it.
    ///   - limit: the most that are wanted.
    ///   - bytes: stop once they come to this much.
    /// - Returns: them in order, and whether there are more.
    func select(
        _ filter: ObjectFilter, after key: ObjectKey? = nil, limit: Int? = nil, bytes: Int = .max
    ) -> (objects: [StoredObject], hasMore: Bool) {
        var found: [StoredObject] = []
        if let name = filter.fields.pinnedName, let namespace = filter.namespace {
            let object = self[ObjectKey(namespace: namespace, name: name)]
            if let object, key.map({ $0 < object.key }) ?? true, filter.matches(object) { found.append(object) }
            return (found, false)
        }
        var hasMore = false
        var size = 0
        let first = filter.namespace.map { ObjectKey(namespace: $0, name: "") }
        visit(from: [first, key].compactMap(\.self).max()) { object in
            if let namespace = filter.namespace, object.key.namespace != namespace { return false }
            guard object.key != key, filter.matches(object) else { return true }
            if found.count == limit || size >= bytes {
                hasMore = true
                return false
            }
            found.append(object)
            size += object.bytes.count
            return true
        }
        return (found, hasMore)
    }
}

extension Status {
    static func futureRevision(_ revision: Int64, current: Int64) -> Status {
        Status(
            code: 504, reason: "Timeout",
            message: "Timeout: Too large resource version: \(revision), current: \(current)",
            details: Details(
                causes: [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
                retryAfterSeconds: 1))
    }
}
