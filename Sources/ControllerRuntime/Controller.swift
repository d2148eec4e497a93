import KubeAPI
import Logging

/// What a reconciler wants next for its key, when all went well.
public enum Reconciled: Sendable, Equatable {
    /// Nothing until something changes.
    case done
    /// Again after this long, whether or not something changes.
    case requeue(after: Duration)
    /// Again after the key's back-off, as after an error.
    case backOff
}

/// Works on a queue's keys until the task is cancelled or the queue is shut down, `workers` keys at a time.
///
/// An error of `reconcile` brings its key back after the key's back-off, or after what the server asked for; success
/// ends the back-off. Level-triggered: `reconcile` gets no event, looks at what is, and must bear being called again.
public func runWorkers<Key: Hashable & Sendable>(
    _ queue: WorkQueue<Key>, workers: Int = 1, logger: Logger,
    reconcile: @escaping @Sendable (Key) async throws -> Reconciled
) async {
    await withTaskGroup { group in
        for _ in 0..<max(1, workers) {
            group.addTask {
                while !Task.isCancelled, let key = await queue.next() {
                    await work(on: key, of: queue, logger, reconcile)
                }
            }
        }
    }
}

private func work<Key: Hashable & Sendable>(
    on key: Key, of queue: WorkQueue<Key>, _ logger: Logger, _ reconcile: @Sendable (Key) async throws -> Reconciled
) async {
    defer { queue.done(key) }
    do {
        let outcome = try await reconcile(key)
        if outcome == .backOff { return queue.addRateLimited(key) }
        queue.forget(key)
        if case .requeue(let delay) = outcome { queue.add(key, after: delay) }
    } catch {
        if Task.isCancelled { return }
        let status = error as? Status
        // A conflict only says that the cache was behind: the next try will see what is new.
        let level: Logger.Level = status?.isConflict == true ? .debug : .warning
        logger.log(
            level: level, "reconciling failed, will try again: \(error)",
            metadata: ["key": "\(key)", "failures": "\(queue.failures(key) + 1)"])
        queue.addRateLimited(key, atLeast: status?.details?.retryAfterSeconds.map { .seconds($0) })
    }
}
