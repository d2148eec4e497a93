/// How fast one component may write Events: a burst, then a steady trickle, so that a wave of changes is not doubled by
/// the notes about it.
///
/// The rate is the kubelet's (`eventRecordQPS` 50); a burst of one wave of a few hundred functions goes out at once.
struct EventPace {
    static let burst = 200.0
    static let perSecond = 50.0

    private var tokens = EventPace.burst
    private var filledAt = Duration.zero

    /// Takes the place of one event in the line.
    /// - Parameter now: the time since any fixed moment.
    /// - Returns: how long to wait before writing it.
    mutating func take(now: Duration) -> Duration {
        tokens = min(Self.burst, tokens + max(0, (now - filledAt) / .seconds(1)) * Self.perSecond)
        filledAt = now
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / Self.perSecond)
    }
}
