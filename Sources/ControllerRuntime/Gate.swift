import Synchronization

/// Opens once; many may wait for it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once the gate is open.
    /// - Throws: `CancellationError`.
    func wait() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in enqueue(waiter, id) }
        } onCancel: {
            cancel(id)
        }
    }

    private func enqueue(_ waiter: CheckedContinuation<Void, any Error>, _ id: Int) {
        let result: Result<Void, any Error>? = state.withLock { state in
            // A cancellation before this point shows here; one after it finds the waiter.
            if Task.isCancelled { return .failure(CancellationError()) }
            if state.isOpen { return .success(()) }
            state.waiters[id] = waiter
            return nil
        }
        if let result { waiter.resume(with: result) }
    }

    private func cancel(_ id: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        waiter?.resume(throwing: CancellationError())
    }
}
