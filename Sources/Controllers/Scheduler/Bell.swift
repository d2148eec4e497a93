import Synchronization

/// Wakes who waits; rings that nobody has heard yet count as one.
final class Bell: Sendable {
    private struct State {
        var waiter: AsyncStream<Void>.Continuation?
        var hasRung = true
    }

    private let state = Mutex(State())

    func ring() {
        state.withLock { state in
            state.hasRung = true
            state.waiter?.yield()
        }
    }

    /// The rings from now on, and one for all before.
    ///
    /// One task listens at a time; a later one takes the place of the one before.
    func rings() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.waiter = continuation
            if state.hasRung { continuation.yield() }
        }
        return stream
    }
}
