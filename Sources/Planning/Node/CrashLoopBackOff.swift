/// How long a sandbox that ended waits before it is started again (Kubernetes' CrashLoopBackOff).
///
/// The first restart comes at once, the second after 10 s, each further one after twice as long, at most after 5 min. A
/// run of 10 min or more proves that the sandbox works: the next restart comes at once again. Source: kubernetes
/// `pkg/kubelet`, `backOff` of `MaxContainerBackOff`.
public struct CrashLoopBackOff: Sendable, Equatable {
    public static let first: Double = 10
    public static let longest: Double = 300
    /// A run at least this long ends the back-off.
    public static let wellAfter: Double = 600

    /// Ends in a row, none of them after a long run.
    public private(set) var failures = 0
    /// When the next start may happen, in seconds of the caller's clock; nil before the first end.
    public private(set) var nextStart: Double?

    /// - Parameter failures: ends in a row that there have been.
    public init(failures: Int = 0) { self.failures = max(0, failures) }

    /// Takes in an end.
    ///
    /// - Parameters:
    ///   - now: when it ended.
    ///   - ran: how many seconds it had been ready.
    public mutating func ended(at now: Double, ran: Double) {
        failures = ran >= Self.wellAfter ? 1 : failures + 1
        nextStart = now + delay
    }

    /// Seconds between the last end and the next start.
    public var delay: Double {
        guard failures > 1 else { return 0 }
        // Five doublings reach the limit; more would overflow nothing but say nothing either.
        return min(Self.longest, Self.first * Double(1 << min(failures - 2, 5)))
    }

    /// Seconds to wait from `now`; 0 when a start is due.
    public func wait(at now: Double) -> Double { max(0, (nextStart ?? now) - now) }
}
