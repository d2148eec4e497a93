import Synchronization

/// A value that comes later, once.
///
/// Waiting for it can be cancelled.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value, any Error>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Hands the value to all who wait and will wait.
    ///
    /// Only the first call counts.
    func fulfil(_ value: Value) {
        let waiting = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value, any Error>]() }
            state.value = value
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// - Throws: `CancellationError`.
    var value: Value {
        get async throws {
            let ticket = state.withLock { state in
                state.next += 1
                return state.next
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let early: Result<Value, any Error>? = state.withLock { state in
                        if let value = state.value { return .success(value) }
                        if Task.isCancelled { return .failure(CancellationError()) }
                        state.waiting[ticket] = continuation
                        return nil
                    }
                    if let early { continuation.resume(with: early) }
                }
            } onCancel: {
                let continuation = state.withLock { $0.waiting.removeValue(forKey: ticket) }
                continuation?.resume(throwing: CancellationError())
            }
        }
    }
}
