import Synchronization

/// Collects what happens, for a test that waits until enough has.
public final class Journal<Element: Sendable>: Sendable {
    private struct State {
        var entries: [Element] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var entries: [Element] { state.withLock { $0.entries } }

    public func append(_ element: Element) {
        let ready = state.withLock { state in
            state.entries.append(element)
            let ready = state.waiters.filter { $0.count <= state.entries.count }
            state.waiters.removeAll { $0.count <= state.entries.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// The entries, once there are at least `count`.
    @discardableResult
    public func wait(_ count: Int) async -> [Element] {
        await withCheckedContinuation { continuation in
            let enough = state.withLock { state in
                if state.entries.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if enough { continuation.resume() }
        }
        return entries
    }
}
