import KubeAPI
import Synchronization

/// Gathers writes into groups and commits one group after the other.
final class Committer: Sendable {
    private struct Pending {
        let write: Write
        let continuation: CheckedContinuation<Result<StoredObject, WriteFailure>, Never>
    }

    /// A revision of its own for what is no write.
    private struct Step {
        let publish: @Sendable (Int64) -> Void
        let continuation: CheckedContinuation<Result<Void, WriteFailure>, Never>
    }

    private enum Group {
        case writes([Pending])
        case step(Step)
    }

    private struct Queue {
        var waiting: [Pending] = []
        /// They go first: there are few.
        var steps: [Step] = []
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

    /// Who is told of every group of changes: after it has become visible, before any watch is.
    ///
    /// Must not block.
    func observe(_ observer: @escaping @Sendable ([Change]) -> Void) {
        self.observer.withLock { $0 = Observer(tell: observer) }
    }

    func commit(_ write: Write, in store: ObjectStore) async throws(WriteFailure) -> StoredObject {
        let result = await withCheckedContinuation { continuation in
            add(to: store) { $0.waiting.append(Pending(write: write, continuation: continuation)) }
        }
        return try result.get()
    }

    /// Takes a revision, between the writes, that no write has.
    ///
    /// - Parameters:
    ///   - store: whose revision it is.
    ///   - publish: makes visible what is new with the revision, once that is durable.
    /// - Throws: when the revision could not be stored; `publish` is not called then.
    func step(in store: ObjectStore, _ publish: @escaping @Sendable (Int64) -> Void) async throws(WriteFailure) {
        let result = await withCheckedContinuation { continuation in
            add(to: store) { $0.steps.append(Step(publish: publish, continuation: continuation)) }
        }
        try result.get()
    }

    private func add(to store: ObjectStore, _ append: (inout Queue) -> Void) {
        let mustStart = queue.withLock { queue in
            append(&queue)
            defer { queue.isCommitting = true }
            return !queue.isCommitting
        }
        // Not a child of the caller: a request that is cancelled must not take the writes of others with it.
        if mustStart { Task { await self.drain(into: store) } }
    }

    private func drain(into store: ObjectStore) async {
        while let group = nextGroup() {
            switch group {
            case .writes(let pending):
                let results = await commit(pending.map(\.write), in: store)
                for (pending, result) in zip(pending, results) { pending.continuation.resume(returning: result) }
            case .step(let step): step.continuation.resume(returning: await commit(step, in: store))
            }
        }
    }

    private func nextGroup() -> Group? {
        queue.withLock { queue in
            if !queue.steps.isEmpty { return .step(queue.steps.removeFirst()) }
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
            return .writes(group)
        }
    }

    private func commit(_ step: Step, in store: ObjectStore) async -> Result<Void, WriteFailure> {
        let revision = store.giveRevision()
        do throws(WriteFailure) { try await database.commit([], revision: revision) } catch { return .failure(error) }
        step.publish(revision)
        return .success(())
    }

    private func commit(
        _ writes: [Write], in store: ObjectStore
    ) async -> [Result<StoredObject, WriteFailure>] {
        let resolved = store.resolve(writes)
        let changes = resolved.compactMap { try? $0.get() }
        do throws(WriteFailure) {
            if let last = changes.last { try await database.commit(changes, revision: last.revision) }
        } catch {
            guard writes.count > 1 else { return [.failure(error)] }
            // A write that is too large for what is left must not take smaller ones, or deletions, with it.
            var results: [Result<StoredObject, WriteFailure>] = []
            for write in writes { results += await commit([write], in: store) }
            return results
        }
        if !changes.isEmpty {
            let observer = observer.withLock { $0 }
            store.publish(changes) { observer?.tell(changes) }
        }
        return resolved.map { $0.map(\.object) }
    }
}
