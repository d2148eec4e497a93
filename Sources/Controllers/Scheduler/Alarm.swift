import Synchronization

/// Rings once, at the time that was set last.
final class Alarm: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let clock: any Clock<Duration>

    init(clock: any Clock<Duration>) { self.clock = clock }

    deinit { cancel() }

    /// Puts this time in place of the one before.
    func set(in delay: Duration, _ ring: @escaping @Sendable () -> Void) {
        let next = Task { [clock] in
            if delay > .zero { try? await clock.sleep(for: delay, tolerance: nil) }
            if !Task.isCancelled { ring() }
        }
        replace(with: next)
    }

    func cancel() { replace(with: nil) }

    private func replace(with next: Task<Void, Never>?) {
        task.withLock { task in
            task?.cancel()
            task = next
        }
    }
}
