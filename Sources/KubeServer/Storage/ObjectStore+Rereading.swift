import KubeAPI

/// Another form of what is stored, as when the schema of a resource has changed.
extension ObjectStore {
    /// Gives every object of a resource another content, away from the writes.
    ///
    /// Nothing is written, and the objects keep their revisions. The store comes to a revision of its own with it: what
    /// a watch may know of before it, a bookmark too, is told 410. Open watches of the resource end. Whoever reads
    /// should call `settle` first.
    ///
    /// - Parameters:
    ///   - resource: whose objects.
    ///   - transform: gives an object its new content.
    func beginRereading(_ resource: String, _ transform: @escaping @Sendable (JSONValue) -> JSONValue) {
        rereading.begin(resource) { [self] in await reread(resource, transform) }
    }

    /// Returns once the objects of a resource have the content that they are to have.
    func settle(_ resource: String) async { await rereading.settle(resource) }

    private func reread(_ resource: String, _ transform: @Sendable (JSONValue) -> JSONValue) async {
        var left = list(resource, ObjectFilter()).objects
        var done: [ObjectKey: Int64] = [:]
        repeat {
            await replace(left, in: resource, transform, done: &done)
            do throws(WriteFailure) {
                try await committer.step(in: self) { [self] in forget(resource, at: $0) }
            } catch {
                // Without space for a revision, the last one must do.
                forget(resource, at: revision)
            }
            // What was written meanwhile may still have the form of before.
            left = list(resource, ObjectFilter()).objects.filter {
                done[$0.key] != $0.revision && transform($0.value) != $0.value
            }
        } while !left.isEmpty
    }

    private static let rereadAtOnce = 64

    private func replace(
        _ objects: [StoredObject], in resource: String, _ transform: (JSONValue) -> JSONValue,
        done: inout [ObjectKey: Int64]
    ) async {
        for start in stride(from: 0, to: objects.count, by: Self.rereadAtOnce) {
            let part = objects[start..<min(start + Self.rereadAtOnce, objects.count)]
            let changed = part.compactMap { old in
                let value = transform(old.value)
                done[old.key] = old.revision
                return value == old.value
                    ? nil : StoredObject(value, resource: old.resource, revision: old.revision, recent: recent)
            }
            state.withLock { state in
                state.withCache(resource) { cache in
                    for object in changed where !cache.replace(object) { done[object.key] = nil }
                }
            }
            await Task.yield()
        }
    }

    /// Comes to a revision before which nothing of a resource can be replayed, and ends its watches.
    private func forget(_ resource: String, at revision: Int64) {
        let watchers = state.withLock { state in
            state.revision = max(state.revision, revision)
            defer { state.signalFreshness() }
            return state.withCache(resource) { $0.reset(compacted: revision) }
        }
        for watcher in watchers { finish(watcher, .closed) }
    }
}
