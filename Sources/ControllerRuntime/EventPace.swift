/// How fast one component may write Events: a burst, then a steady trickle, so that a wave of changes is not doubled by
/// the notes about it.
///
/// The rate is the kubelet's (`eventRecordQPS` 50); a burst of one wave of a few hundred functions goes out at once.
struct EventPace {
    static let burst = 200
    static let interval = Duration.milliseconds(20)

    /// When the last event was due, if all had kept to the interval; as long ago as a burst lasts when none was.
    private var due = Duration.zero - EventPace.window

    private static var window: Duration { interval * burst }

    /// Takes the place of one event in the line.
    /// - Parameter now: the time since any fixed moment; never goes back.
    /// - Returns: how long to wait before writing it.
    mutating func take(now: Duration) -> Duration {
        due = max(due, now - Self.window) + Self.interval
        return max(.zero, due - now)
    }
}
