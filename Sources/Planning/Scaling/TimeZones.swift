import KubeAPI

/// How far clocks are ahead of UTC, by place and time: what the tz database knows.
///
/// Given in from outside, since to read that database is no decision.
public struct TimeZones: Sendable {
    /// - Returns: seconds east of UTC; nil for a zone that is not known.
    public let offset: @Sendable (_ zone: String, _ time: Timestamp) -> Int?

    public init(offset: @escaping @Sendable (_ zone: String, _ time: Timestamp) -> Int?) { self.offset = offset }

    /// Knows UTC only.
    public static let utc = TimeZones { zone, _ in ["UTC", "Etc/UTC", "GMT"].contains(zone) ? 0 : nil }
}
