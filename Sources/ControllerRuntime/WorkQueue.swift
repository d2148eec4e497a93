import Synchronization

/// A queue of keys to work on (client-go `workqueue`).
///
/// A key stands in it at most once; a key that is added while someone works on it comes again afterwards; so one key
/// is never worked on twice at once, and no addition is lost. Give every key from `next` back with `done`.
public final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    private struct Shell {
        var core: WorkQueueCore<Key>
        var waiters: [Waiter] = []
        var nextID = 0
        var timer: Task<Void, Never>?
        var timerDue: Duration?
    }

    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Key?, Never>
    }

    private let shell: Mutex<Shell>
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Duration

    public init(backoff: Backoff = .workQueue, clock: any Clock<Duration> = ContinuousClock()) {
        shell = Mutex(Shell(core: WorkQueueCore(backoff: backoff)))
        self.clock = clock
        now = stopwatch(clock)
    }

    deinit { shell.withLock { $0.timer?.cancel() } }

    /// Adds a key at the end, unless it is there.
    public func add(_ key: Key) { change { $0.add(key) } }

    /// Adds a key later.
    ///
    /// Of several delays the one that ends first counts.
    public func add(_ key: Key, after delay: Duration) {
        let now = now()
        change { $0.add(key, due: now + delay, now: now) }
    }

    /// Adds a key after its back-off, which doubles with every call until `forget`; after `least` when that is longer.
    public func addRateLimited(_ key: Key, atLeast least: Duration? = nil) {
        let now = now()
        change { $0.addRateLimited(key, atLeast: least ?? .zero, now: now) }
    }

    /// Ends a key's back-off.
    public func forget(_ key: Key) { shell.withLock { $0.core.forget(key) } }

    /// How often in a row the key was added with back-off.
    public func failures(_ key: Key) -> Int { shell.withLock { $0.core.failures[key] ?? 0 } }

    /// Says that the work on a key from `next` is over.
    public func done(_ key: Key) { change { $0.done(key) } }

    /// How many keys wait to be worked on now.
    public var count: Int { shell.withLock { $0.core.count } }

    /// The next key, as soon as there is one; nil when the task is cancelled, or when the queue is shut down and empty.
    public func next() async -> Key? {
        let id = shell.withLock { shell in
            shell.nextID += 1
            return shell.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { enqueue(Waiter(id: id, continuation: $0)) }
        } onCancel: {
            cancel(id)
        }
    }

    /// Takes in no more keys and forgets the delayed ones.
    ///
    /// What waits is still handed out.
    public func shutDown() {
        change { $0.shutDown() }
        let waiters = shell.withLock { shell in
            shell.timer?.cancel()
            defer { shell.waiters = [] }
            return shell.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    private func enqueue(_ waiter: Waiter) {
        let answer: Key?? = shell.withLock { shell in
            // A cancellation before this point shows here; one after it finds the waiter.
            if Task.isCancelled { return .some(nil) }
            if let key = shell.core.next() { return key }
            if shell.core.isShutDown { return .some(nil) }
            shell.waiters.append(waiter)
            return nil
        }
        if let answer { waiter.continuation.resume(returning: answer) }
    }

    private func cancel(_ id: Int) {
        let waiter: Waiter? = shell.withLock { shell in
            shell.waiters.firstIndex { $0.id == id }.map { shell.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: nil)
    }

    /// Changes the core, then hands out what that made ready and sets the timer for what is delayed.
    private func change(_ body: (inout WorkQueueCore<Key>) -> Void) {
        let ready = shell.withLock { shell -> [(Waiter, Key)] in
            body(&shell.core)
            setTimer(&shell)
            var ready: [(Waiter, Key)] = []
            while !shell.waiters.isEmpty, let key = shell.core.next() {
                ready.append((shell.waiters.removeFirst(), key))
            }
            return ready
        }
        for (waiter, key) in ready { waiter.continuation.resume(returning: key) }
    }

    private func setTimer(_ shell: inout Shell) {
        guard shell.timerDue != shell.core.nextDue else { return }
        shell.timer?.cancel()
        shell.timerDue = shell.core.nextDue
        guard let due = shell.core.nextDue else { return shell.timer = nil }
        let delay = due - now()
        shell.timer = Task { [weak self, clock] in
            if delay > .zero { try? await clock.sleep(for: delay, tolerance: nil) }
            if !Task.isCancelled { self?.fire() }
        }
    }

    private func fire() {
        let now = now()
        shell.withLock { $0.timerDue = nil }
        change { $0.release(now: now) }
    }
}
