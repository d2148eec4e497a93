import KubeAPI

/// Decides which refusals are worth a write.
///
/// A sandbox is told at once that it does not fit, and soon when the reasons change. That other counts stand in the same
/// words is told at most once a minute: with every pod that comes or goes they change for all that wait.
public struct RefusalReports: Sendable {
    public enum Decision: Sendable, Equatable {
        case nothing
        /// With an Event when there is something new to say, and not too many have been said.
        case write(event: Bool)
        case later(Duration)
    }

    static let betweenReasons = Duration.seconds(10)
    static let betweenCounts = Duration.seconds(60)
    /// Events at once, then one more for each `refill`.
    static let burst = 200
    static let refill = Duration.milliseconds(100)

    private var written: [ObjectKey: Duration] = [:]
    private var events = RefusalReports.burst
    private var filledAt = Duration.zero

    public init() {}

    /// How many sandboxes are remembered.
    public var count: Int { written.count }

    /// - Parameters:
    ///   - key: the sandbox.
    ///   - message: why it fits nowhere.
    ///   - shown: what its condition says; nil: nothing yet.
    ///   - now: the time since any fixed moment.
    /// - Returns: what to do now.
    public mutating func decide(_ key: ObjectKey, message: String, shown: String?, now: Duration) -> Decision {
        guard let shown else { return write(key, now: now, isNews: true) }
        if shown == message { return .nothing }
        let isNews = shown.withoutNumbers != message.withoutNumbers
        guard let last = written[key] else { return write(key, now: now, isNews: isNews) }
        let due = last + (isNews ? Self.betweenReasons : Self.betweenCounts)
        if due <= now { return write(key, now: now, isNews: isNews) }
        // Another try tells new counts.
        return isNews ? .later(due - now) : .nothing
    }

    /// The sandbox waits no more.
    public mutating func forget(_ key: ObjectKey) { written[key] = nil }

    private mutating func write(_ key: ObjectKey, now: Duration, isNews: Bool) -> Decision {
        written[key] = now
        guard isNews else { return .write(event: false) }
        let grown = Int((now - filledAt) / Self.refill)
        if grown > 0 {
            events = min(Self.burst, events + grown)
            filledAt = now
        }
        guard events > 0 else { return .write(event: false) }
        events -= 1
        return .write(event: true)
    }
}
