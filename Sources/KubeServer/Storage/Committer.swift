import KubeAPI
import Synchronization

/// Gathers writes into groups and commits one group after the other.
final class Committer: Sendable {
    private struct Pending {
        let write: Write
        let continuation: CheckedContinuation<Result<StoredObject, WriteFailure>, Never>
    }

    private struct Queue {
        var waiting: [Pending] = []
        var isCommitting = false
    }

    /// A function in a box: taken out of a generic place bare, it would be wrapped once more each time.
    private struct Observer: Sendable {
        let tell: @Sendable ([Change]) -> Void
    }

    /// The most writes in one transaction.
    private static let groupLimit = 256
    /// The most JSON text in one transaction, unless a single write has more.
    private static let groupBytes = 4 << 20

    private let database: Database
    private let queue = Mutex(Queue())
    private let observer = Mutex<Observer?>(nil)

    init(database: Database) { self.database = database }

    /// Who is told of every group of changes after it has become visible.
    ///
    /// Must not block.
    func observe(_ observer: @escaping @Sendable ([Change]) -> Void) {
        self.observer.withLock { $0 = Observer(tell: observer) }
    }

    func commit(_ write: Write, in store: ObjectStore) async throws(WriteFailure) -> StoredObject {
        let result = await withCheckedContinuation { continuation in
            let mustStart = queue.withLock { queue in
                queue.waiting.append(Pending(write: write, continuation: continuation))
                defer { queue.isCommitting = true }
                return !queue.isCommitting
            }
            // Not a child of the caller: a request that is cancelled must not take the writes of others with it.
            if mustStart { Task { await self.drain(into: store) } }
        }
        return try result.get()
    }

    private func drain(into store: ObjectStore) async {
        while let group = nextGroup() {
            let results = await commit(group.map(\.write), in: store)
            for (pending, result) in zip(group, results) { pending.continuation.resume(returning: result) }
        }
    }

    private func nextGroup() -> [Pending]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isCommitting = false
                return nil
            }
            var bytes = 0
            let group = Array(
                queue.waiting.prefix(Self.groupLimit).prefix { pending in
                    defer { bytes += pending.write.text.count }
                    return bytes == 0 || bytes + pending.write.text.count <= Self.groupBytes
                })
            queue.waiting.removeFirst(group.count)
            return group
        }
    }

    private func commit(
        _ writes: [Write], in store: ObjectStore
    ) async -> [Result<StoredObject, WriteFailure>] {
        let resolved = store.resolve(writes)
        let changes = resolved.compactMap { try? $0.get() }
        do throws(WriteFailure) {
            try await database.commit(changes)
        } catch {
            guard writes.count > 1 else { return [.failure(error)] }
            // A write that is too large for what is left must not take smaller ones, or deletions, with it.
            var results: [Result<StoredObject, WriteFailure>] = []
            for write in writes { results += await commit([write], in: store) }
            return results
        }
        if !changes.isEmpty {
            store.publish(changes)
            observer.withLock { $0 }?.tell(changes)
        }
        return resolved.map { $0.map(\.object) }
    }
}
