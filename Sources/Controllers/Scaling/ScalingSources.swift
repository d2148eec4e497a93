import Planning

/// What the scaler needs besides the API server.
public struct ScalingSources: Sendable {
    /// A file with the token that opens gateways' readings; nil: they are asked without one.
    public var readingsToken: String?
    /// What schedules go by.
    public var zones: TimeZones

    public init(readingsToken: String? = nil, zones: TimeZones = .utc) {
        self.readingsToken = readingsToken
        self.zones = zones
    }
}
