import Glibc
import Synchronization

/// Runs blocking work on threads of its own, at most `width` at once and none while there is nothing to do.
///
/// Swift's cooperative threads are as few as the cores: a slow server must not hold one.
final class BlockingPool: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let width: Int
    private let state = Mutex(State())

    init(width: Int) { self.width = max(1, width) }

    /// Runs `body` on a thread; cancelling the task raises the flag that `body` gets.
    func run<T: Sendable>(
        _ body: @escaping @Sendable (CancellationFlag) throws(PackageError) -> T
    ) async throws(PackageError) -> T {
        let flag = CancellationFlag()
        let result: Result<T, PackageError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit {
                    do throws(PackageError) {
                        try flag.check()
                        continuation.resume(returning: .success(try body(flag)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            flag.raise()
        }
        return try result.get()
    }

    private func submit(_ job: @escaping @Sendable () -> Void) {
        let startsThread = state.withLock { state in
            state.waiting.append(job)
            guard state.running < width else { return false }
            state.running += 1
            return true
        }
        if startsThread && !startThread() { work() }
    }

    /// Takes jobs in order until there are none.
    fileprivate func work() {
        while let job = takeJob() { job() }
    }

    private func takeJob() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    /// Whether a thread could be had; the caller then does the work itself, late rather than never.
    private func startThread() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let error = pthread_create(&thread, nil, enterThread, context.toOpaque())
        guard error == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

/// The first function of a thread; it owns the reference that `startThread` retained.
private func enterThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<BlockingPool>.fromOpaque(context).takeRetainedValue().work() }
    return nil
}
