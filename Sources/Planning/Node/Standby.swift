/// Where a sandbox is between a process, or a place in one, and nothing but its listening socket.
///
/// A value, which the shim keeps for each sandbox and tells what happens. Whatever order events come in, a sandbox that has
/// been called either has somebody who serves it, or somebody is on the way.
public enum Standby: Sendable, Equatable {
    /// It can serve.
    case active
    /// Its host has been asked to let it go, and may refuse.
    case parking
    /// Only its socket is there.
    case parked
    /// A connection has come, and it is being loaded again.
    case waking

    public enum Event: Sendable, Equatable {
        /// It has had no connection and no request for so many seconds.
        case idle(seconds: Double)
        /// Its host has let it go.
        case released
        /// Its host has not: a request came first.
        case refused
        /// Its host has ended.
        case hostEnded
        /// A connection waits in its socket's backlog.
        case called
        case loaded
        /// The pod had no memory for it, or no turn, in time.
        case turnedAway
    }

    public enum Action: Sendable, Equatable {
        case nothing
        /// Ask the host to let it go.
        case release
        /// Tell when a connection comes.
        case listen
        /// Load it again.
        case load
        /// It has ended without being asked to, as any that serves.
        case end
    }

    /// - Parameters:
    ///   - event: what has happened.
    ///   - idleSeconds: how long it is to be idle before it is parked; nil: never.
    /// - Returns: what is to be done about it.
    public mutating func take(_ event: Event, idleSeconds: Int?) -> Action {
        switch (self, event) {
        case (.active, .idle(let seconds)):
            guard let idleSeconds, seconds >= Double(idleSeconds) else { return .nothing }
            self = .parking
            return .release
        case (.parking, .refused):
            self = .active
            return .nothing
        // A host that ends while it lets go had nothing more to do for this one.
        case (.parking, .released), (.parking, .hostEnded):
            self = .parked
            return .listen
        case (.parked, .called):
            self = .waking
            return .load
        case (.waking, .loaded):
            self = .active
            return .nothing
        case (.waking, .turnedAway):
            self = .parked
            return .listen
        case (.active, .hostEnded), (.waking, .hostEnded): return .end
        default: return .nothing
        }
    }

    /// Whether it costs no more than its socket.
    public var isParked: Bool { self == .parked }
}
