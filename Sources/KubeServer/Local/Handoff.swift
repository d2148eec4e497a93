import Synchronization

/// Hands values from one task to one other, each only when the last has been taken: nothing piles up between them.
final class Handoff<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case taking(CheckedContinuation<Value?, Never>)
        case offering(Value, CheckedContinuation<Void, Never>)
        case ended
    }

    private let state = Mutex(State.idle)

    /// Returns once the value has been taken, or nobody will take it any more.
    func offer(_ value: Value) async {
        await withCheckedContinuation { giver in
            let (taker, isDone) = state.withLock { state -> (CheckedContinuation<Value?, Never>?, Bool) in
                switch state {
                case .taking(let taker):
                    state = .idle
                    return (taker, true)
                case .idle:
                    state = .offering(value, giver)
                    return (nil, false)
                case .offering, .ended: return (nil, true)
                }
            }
            taker?.resume(returning: value)
            if isDone { giver.resume() }
        }
    }

    /// The next value; nil once there will be none, or when the task is cancelled.
    func take() async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { taker in
                let (found, giver) = state.withLock { state -> (Value??, CheckedContinuation<Void, Never>?) in
                    switch state {
                    case .offering(let value, let giver):
                        state = .idle
                        return (.some(value), giver)
                    case .idle where !Task.isCancelled:
                        state = .taking(taker)
                        return (nil, nil)
                    case .idle, .taking, .ended: return (.some(nil), nil)
                    }
                }
                giver?.resume()
                if let found { taker.resume(returning: found) }
            }
        } onCancel: {
            end()
        }
    }

    /// Lets both sides go.
    func end() {
        let before = state.withLock { state in
            defer { state = .ended }
            return state
        }
        switch before {
        case .taking(let taker): taker.resume(returning: nil)
        case .offering(_, let giver): giver.resume()
        case .idle, .ended: break
        }
    }
}
