import Synchronization

/// Takes down what all clients do, on one clock.
final class Recorder: Sendable {
    private struct State {
        var history = History()
        var tick = 0
        var complaints: [String] = []
    }

    private let state = Mutex(State())

    /// The next tick: whatever is noted later happens later.
    func tick() -> Int {
        state.withLock {
            $0.tick += 1
            return $0.tick
        }
    }

    func note(_ write: History.Write) { state.withLock { $0.history.writes.append(write) } }
    func note(_ increment: History.Increment) { state.withLock { $0.history.increments.append(increment) } }
    func note(_ session: History.Session) { state.withLock { $0.history.sessions.append(session) } }
    func note(_ snapshot: History.Snapshot) { state.withLock { $0.history.snapshots.append(snapshot) } }

    /// An answer that no good server gives.
    func complain(_ complaint: String) { state.withLock { $0.complaints.append(complaint) } }

    var history: History { state.withLock { $0.history } }
    var complaints: [String] { state.withLock { $0.complaints } }

    /// Every key of a resource that anyone has tried to write.
    func keys(of resource: String) -> Set<History.Key> {
        state.withLock { Set($0.history.writes.lazy.map(\.key).filter { $0.resource == resource }) }
    }
}

/// Tells tasks to end.
final class Stop: Sendable {
    private let isSet = Mutex(false)

    var isCalled: Bool { isSet.withLock { $0 } }
    func call() { isSet.withLock { $0 = true } }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
