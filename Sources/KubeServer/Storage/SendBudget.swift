import Synchronization

/// Bounds what all watches of a server together have given to their connections without it having been taken.
///
/// When it is exceeded, those that have been stuck the longest lose their connections.
final class SendBudget: Sendable {
    private struct Send {
        let watcher: Watcher
        let bytes: Int
        let turn: Int
    }

    private struct State {
        var bytes = 0
        var turn = 0
        var sends: [Int: Send] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Counts bytes that a watch is about to send.
    func begin(_ watcher: Watcher, _ bytes: Int) {
        let victims = state.withLock { state -> [Watcher] in
            state.turn += 1
            state.bytes += bytes
            var victims: [Watcher] = []
            if state.bytes > limit {
                for stuck in state.sends.values.sorted(by: { $0.turn < $1.turn }) where state.bytes > limit {
                    state.sends[stuck.watcher.id] = nil
                    state.bytes -= stuck.bytes
                    victims.append(stuck.watcher)
                }
            }
            state.sends[watcher.id] = Send(watcher: watcher, bytes: bytes, turn: state.turn)
            return victims
        }
        for victim in victims {
            victim.finish(.expired(.expired("the watch did not read what it was sent")))
            victim.cut()
        }
    }

    /// The bytes of a watch have been taken, or it has ended.
    func end(_ watcher: Watcher) {
        state.withLock { state in
            state.bytes -= state.sends.removeValue(forKey: watcher.id)?.bytes ?? 0
        }
    }
}
