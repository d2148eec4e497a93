import NIOCore

/// What one event loop counts of a function: one addition and one subtraction a request.
struct FunctionCounters: Equatable {
    /// What has been counted up to a moment.
    struct Count: Equatable {
        /// Requests that came.
        var requests = 0
        /// The nanoseconds that all of them together have taken so far; it wraps around.
        var time: UInt64 = 0
    }

    /// Requests that were given to a sandbox, or wait for one, or would have.
    private(set) var requests = 0
    /// Of these, those still without the end of their answer.
    private(set) var inFlight = 0
    /// Of these, those that the gateway had to answer itself.
    var failures = 0
    /// The ends of requests less their beginnings; it wraps around.
    private var time: UInt64 = 0

    mutating func began(_ now: NIODeadline) {
        requests += 1
        inFlight += 1
        time &-= now.uptimeNanoseconds
    }

    mutating func ended(_ now: NIODeadline) {
        inFlight -= 1
        time &+= now.uptimeNanoseconds
    }

    /// What has been counted up to now, requests in flight as if they ended now.
    func count(_ now: NIODeadline) -> Count {
        Count(requests: requests, time: time &+ UInt64(inFlight) &* now.uptimeNanoseconds)
    }
}

extension NIODeadline {
    /// Nanoseconds on the clock of the event loops.
    fileprivate var uptimeNanoseconds: UInt64 { UInt64(bitPattern: (self - .uptimeNanoseconds(0)).nanoseconds) }
}
