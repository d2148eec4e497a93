/// What a pod's processes have used, as the shim sees them.
public struct UsageReport: Codable, Sendable, Equatable {
    public var sandboxes: [SandboxUsage]
    /// Hosts that are empty, boot, or have just ended to be a sandbox.
    public var hosts: ProcessUsage
    /// The shim itself.
    public var shim: ProcessUsage
    var wakes = WakeCounts()

    public init(sandboxes: [SandboxUsage], hosts: ProcessUsage, shim: ProcessUsage) {
        self.sandboxes = sandboxes
        self.hosts = hosts
        self.shim = shim
    }
}

/// How sandboxes came to their processes since the shim started.
struct WakeCounts: Codable, Sendable, Equatable {
    /// Sandboxes that wait for memory, or for their turn, now.
    var waiting = 0
    /// Sandboxes of which nothing but their socket is there, now.
    var parked = 0
    /// How long those waited whose turn came.
    var waits = Histogram()
    /// Those whose time was over before their turn came.
    var turnedAway = 0
}

/// What one sandbox's process has used since it was started.
public struct SandboxUsage: Codable, Sendable, Equatable {
    public var uid: String
    public var process: ProcessUsage
    public var counts: RequestCounts

    public init(uid: String, process: ProcessUsage, counts: RequestCounts = RequestCounts()) {
        self.uid = uid
        self.process = process
        self.counts = counts
    }
}

/// What a host says of its requests: nothing that a tenant could not forge.
public struct RequestCounts: Codable, Sendable, Equatable {
    /// Requests that have ended.
    public var requests: Int64 = 0
    /// Of these, those that were answered with 500 or more, or whose answer broke.
    public var errors: Int64 = 0
    /// Requests that have not ended.
    public var active: Int64 = 0

    public init(requests: Int64 = 0, errors: Int64 = 0, active: Int64 = 0) {
        self.requests = requests
        self.errors = errors
        self.active = active
    }

    /// What follows when a process says `next`: its counters never fall.
    func followed(by next: RequestCounts) -> RequestCounts {
        RequestCounts(
            requests: max(requests, next.requests), errors: max(errors, next.errors), active: next.active)
    }
}

/// A count as a host says it.
///
/// What is no number counts as not said, and so does what is below 0; no host ends for it.
struct ClaimedCount: Decodable, Equatable {
    /// Beyond it neither JavaScript nor Prometheus counts by ones.
    static let largest = Int64(1) << 53

    let value: Int64?

    init(from decoder: any Decoder) throws {
        let claimed = try? decoder.singleValueContainer().decode(Double.self)
        value = claimed.flatMap { $0 >= 0 ? Int64(min($0, Double(Self.largest))) : nil }
    }
}
