import Synchronization

/// Holds the objects that were written or read last in their parsed form, for those who read them next.
final class RecentObjects: Sendable {
    private struct State {
        /// Up to `head` empty; the rest full, the oldest first.
        var held: [(parsed: StoredObject.Parsed, size: Int)?] = []
        var head = 0
        var bytes = 0
    }

    private let state = Mutex(State())
    private let count: Int
    private let bytes: Int

    /// - Parameters:
    ///   - count: the most objects.
    ///   - bytes: the most JSON text that they come to, unless a single one has more.
    init(count: Int = 512, bytes: Int = 4 << 20) {
        self.count = count
        self.bytes = bytes
    }

    func hold(_ parsed: StoredObject.Parsed, size: Int) {
        state.withLock { state in
            state.held.append((parsed, size))
            state.bytes += size
            while state.held.count - state.head > 1,
                state.held.count - state.head > count || state.bytes > bytes
            {
                state.bytes -= state.held[state.head]?.size ?? 0
                state.held[state.head] = nil
                state.head += 1
            }
            if state.head >= 64, state.head * 2 >= state.held.count {
                state.held.removeSubrange(0..<state.head)
                state.head = 0
            }
        }
    }
}
