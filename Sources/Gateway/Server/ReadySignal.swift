import Synchronization

/// A port that becomes known once, and those who wait for it.
final class ReadySignal: Sendable {
    private enum State {
        case pending(waiters: [Int: CheckedContinuation<Int, any Error>], next: Int)
        case settled(Result<Int, any Error>)
    }

    private let state = Mutex(State.pending(waiters: [:], next: 0))

    /// Settles the signal; only the first call counts.
    func settle(_ result: Result<Int, any Error>) {
        let waiters = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
            guard case .pending(let waiters, _) = state else { return [] }
            state = .settled(result)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    /// Waits until it is settled; throws if that was a failure, or if the task is cancelled.
    func wait() async throws -> Int {
        let ticket = state.withLock { state -> Int in
            guard case .pending(let waiters, let next) = state else { return 0 }
            state = .pending(waiters: waiters, next: next + 1)
            return next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enqueue($0, ticket) }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func enqueue(_ waiter: CheckedContinuation<Int, any Error>, _ ticket: Int) {
        let result = state.withLock { state -> Result<Int, any Error>? in
            switch state {
            case .settled(let result): return result
            case .pending(var waiters, let next):
                if Task.isCancelled { return .failure(CancellationError()) }
                waiters[ticket] = waiter
                state = .pending(waiters: waiters, next: next)
                return nil
            }
        }
        if let result { waiter.resume(with: result) }
    }

    private func cancel(_ ticket: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Int, any Error>? in
            guard case .pending(var waiters, let next) = state else { return nil }
            let waiter = waiters.removeValue(forKey: ticket)
            state = .pending(waiters: waiters, next: next)
            return waiter
        }
        waiter?.resume(throwing: CancellationError())
    }
}
