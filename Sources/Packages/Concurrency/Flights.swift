import Synchronization

/// One piece of work for all who want the same at the same time.
///
/// A failure is given to those who wait and forgotten. Whoever is cancelled stops waiting at once; when nobody is left the
/// work itself is cancelled.
final class Flights<Value: Sendable>: Sendable {
    private typealias Outcome = Result<Value, PackageError>

    private struct Flight {
        var number: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
    }

    private struct State {
        var flights: [String: Flight] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())

    /// The value of the flight named `key`, which is started with `work` if it is not in the air.
    func join(
        _ key: String, work: @escaping @Sendable () async throws(PackageError) -> Value
    ) async throws(PackageError) -> Value {
        let waiter = state.withLock { $0.nextNumber() }
        let outcome: Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { board(key, waiter: waiter, continuation: $0, work: work) }
        } onCancel: {
            leave(key, waiter: waiter)
        }
        return try outcome.get()
    }

    private func board(
        _ key: String, waiter: UInt64, continuation: CheckedContinuation<Outcome, Never>,
        work: @escaping @Sendable () async throws(PackageError) -> Value
    ) {
        let isCancelled = state.withLock { state in
            // A cancellation before this point found nobody to take off board; one after it will.
            if Task.isCancelled { return true }
            if state.flights[key] == nil {
                let number = state.nextNumber()
                // The task starts while the lock is held; it takes the lock itself only to land.
                let task = Task.detached { await self.fly(key, number: number, work: work) }
                state.flights[key] = Flight(number: number, task: task)
            }
            state.flights[key]?.waiters[waiter] = continuation
            return false
        }
        if isCancelled { continuation.resume(returning: .failure(Self.cancelled)) }
    }

    private func fly(
        _ key: String, number: UInt64, work: @Sendable () async throws(PackageError) -> Value
    ) async {
        let outcome: Outcome
        do throws(PackageError) { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        let waiters = state.withLock { state in
            // An abandoned flight is off the table, and another may fly under its key.
            guard state.flights[key]?.number == number else { return Flight(number: number).waiters }
            return state.flights.removeValue(forKey: key)?.waiters ?? [:]
        }
        for waiter in waiters.values { waiter.resume(returning: outcome) }
    }

    private func leave(_ key: String, waiter: UInt64) {
        let (continuation, abandoned) = state.withLock { state in
            let continuation = state.flights[key]?.waiters.removeValue(forKey: waiter)
            guard continuation != nil, state.flights[key]?.waiters.isEmpty == true else {
                return (continuation, nil as Task<Void, Never>?)
            }
            return (continuation, state.flights.removeValue(forKey: key)?.task)
        }
        abandoned?.cancel()
        continuation?.resume(returning: .failure(Self.cancelled))
    }

    private static var cancelled: PackageError { PackageError(.cancelled, "cancelled while waiting for the package") }
}
