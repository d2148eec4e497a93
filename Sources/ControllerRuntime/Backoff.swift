/// Delays that double from `initial` up to `limit`, with up to `jitter` of each added at random.
public struct Backoff: Sendable, Equatable {
    public var initial: Duration
    public var limit: Duration
    /// The share of a delay that chance may add, so that clients of one server do not come back all at once.
    public var jitter: Double

    public init(initial: Duration, limit: Duration, jitter: Double = 0) {
        self.initial = initial
        self.limit = limit
        self.jitter = jitter
    }

    /// client-go's reflector.
    public static let reflector = Backoff(initial: .milliseconds(800), limit: .seconds(30), jitter: 1)
    /// client-go's `DefaultItemBasedRateLimiter`: 5 ms to 1000 s.
    public static let workQueue = Backoff(initial: .milliseconds(5), limit: .seconds(1000))

    /// The delay after `failures` earlier ones in a row.
    /// - Parameters:
    ///   - failures: 0 for the first.
    ///   - chance: in 0..<1; where in the jitter's range the delay falls.
    /// - Returns: a delay of at most `limit` plus the jitter.
    public func delay(failures: Int, chance: Double = 0) -> Duration {
        var delay = initial
        for _ in 0..<failures where delay < limit { delay = delay * 2 }
        return min(delay, limit) * (1 + jitter * chance)
    }
}
