import NestAPI

/// Decides when an autoscaler's status is worth a write.
///
/// Another number of sandboxes is told at once, all else at most every five seconds, and of all autoscalers together only
/// so many in a round: ten thousand functions that are asked now and then are not to keep the API server busy.
struct StatusPace: Sendable {
    static let interval = Duration.seconds(5)
    /// Reports in one round that tell of no other number of sandboxes.
    static let reportsInRound = 50
    /// What has changed by less than this share of itself is no news.
    static let share = 0.1

    private var writtenAt: Duration?
    private var lookedAt: Duration?

    /// Whether it is time to look whether anything is to be said: at once for another number, else every five seconds.
    mutating func isDue(isUrgent: Bool, now: Duration) -> Bool {
        guard isUrgent || lookedAt.map({ now - $0 >= Self.interval }) ?? true else { return false }
        lookedAt = now
        return true
    }

    /// - Parameters:
    ///   - status: what is to be said.
    ///   - shown: what is said now.
    ///   - now: since any fixed moment.
    ///   - room: how many reports this round may still have.
    /// - Returns: whether to write now; that is then counted as written.
    mutating func decide(
        _ status: SandboxAutoscalerStatus, shown: SandboxAutoscalerStatus, now: Duration, room: inout Int
    ) -> Bool {
        let isUrgent =
            status.desiredReplicas != shown.desiredReplicas || status.observedGeneration != shown.observedGeneration
        if !isUrgent {
            guard Self.isNews(status, shown), room > 0, writtenAt.map({ now - $0 >= Self.interval }) ?? true else {
                return false
            }
            room -= 1
        } else if let writtenAt, now - writtenAt < .seconds(1) {
            // What was written is not in the cache yet.
            return false
        }
        writtenAt = now
        return true
    }

    private static func isNews(_ status: SandboxAutoscalerStatus, _ shown: SandboxAutoscalerStatus) -> Bool {
        var same = status
        same.currentMetrics = shown.currentMetrics
        if same != shown || status.currentMetrics.count != shown.currentMetrics.count { return true }
        return zip(status.currentMetrics, shown.currentMetrics).contains { new, old in
            new.type != old.type || new.desiredReplicas != old.desiredReplicas
                || abs(new.load - old.load) > share * max(new.load, old.load)
        }
    }
}
