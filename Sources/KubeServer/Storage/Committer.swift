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

    /// The most writes in one transaction.
    private static let groupLimit = 256

    private let database: Database
    private let queue = Mutex(Queue())
    /// In a struct: a bare closure in a Mutex is wrapped once more at every access.
    private struct Observer { var tell: @Sendable ([Change]) -> Void = { _ in } }

    private let observer = Mutex(Observer())

    init(database: Database) { self.database = database }

    /// Who is told of every group of changes after it has become visible.
    ///
    /// Must not block.
    func observe(_ observer: @escaping @Sendable ([Change]) -> Void) {
        self.observer.withLock { $0.tell = observer }
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
        while let group = nextGroup() { await commit(group, in: store) }
    }

    private func nextGroup() -> [Pending]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isCommitting = false
                return nil
            }
            let group = Array(queue.waiting.prefix(Self.groupLimit))
            queue.waiting.removeFirst(group.count)
            return group
        }
    }

    private func commit(_ group: [Pending], in store: ObjectStore) async {
        let resolved = store.resolve(group.map(\.write))
        let changes = resolved.compactMap { try? $0.get() }
        var failure: WriteFailure?
        do {
            try await database.commit(changes)
            store.publish(changes)
            if !changes.isEmpty { observer.withLock { $0 }.tell(changes) }
        } catch {
            failure = .storage("\(error)")
        }
        for (pending, result) in zip(group, resolved) {
            pending.continuation.resume(returning: failure.map(Result.failure) ?? result.map(\.object))
        }
    }
}
