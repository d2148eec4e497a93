import KubeAPI

/// What one function was asked between two rounds, at all gateways that report.
public struct RequestLoad: Sendable, Equatable {
    /// Requests in progress and waiting, as the mean since the round before.
    public var concurrency: Double
    /// Requests that came since the round before.
    public var requests: Double
    /// Requests that wait for an endpoint now.
    public var waiting: Int

    public init(concurrency: Double = 0, requests: Double = 0, waiting: Int = 0) {
        self.concurrency = concurrency
        self.requests = requests
        self.waiting = waiting
    }

    var isIdle: Bool { concurrency <= 0 && requests <= 0 && waiting <= 0 }
}

/// Collects the lines of all gateways from one round to the next.
///
/// Gateways and rounds go by different clocks: between two rounds may lie no line of a gateway, or two. So lines are
/// weighed by how long they cover, and where there is none the one before holds, until the gateway counts as silent.
public struct ReadingsBoard: Sendable {
    /// What the gateways have said since the round before.
    public struct Collected: Sendable, Equatable {
        public var loads: [ObjectKey: RequestLoad] = [:]
        /// Gateways that are known.
        public var gateways = 0
        /// Those of them that say nothing.
        public var silent: [String] = []

        /// Whether every gateway has spoken, and there is one.
        public var isComplete: Bool { gateways > 0 && silent.isEmpty }
    }

    private struct Tally {
        var area = 0.0
        var requests = 0.0
    }

    private struct Gateway {
        var tallies: [ObjectKey: Tally] = [:]
        /// How long the lines since the round before cover.
        var seconds = 0.0
        /// Of the newest line.
        var newest: [ObjectKey: GatewayReading.Function] = [:]
        var heardAt: Duration?
    }

    /// After this long without a line a gateway counts as silent.
    public static let silence = Duration.seconds(3)
    /// More functions than this in one line, and the rest is not taken in.
    static let mostFunctions = 200_000
    /// More than any number that a gateway can mean.
    private static let most = 1e9

    private var gateways: [String: Gateway] = [:]

    public init() {}

    /// Counts on a gateway from now on.
    public mutating func follow(_ gateway: String) {
        if gateways[gateway] == nil { gateways[gateway] = Gateway() }
    }

    /// Counts on a gateway no more.
    public mutating func forget(_ gateway: String) { gateways[gateway] = nil }

    /// When a gateway was heard last; nil: never.
    public func heard(_ gateway: String) -> Duration? { gateways[gateway]?.heardAt }

    /// Takes in a line.
    /// - Returns: the functions of which requests wait.
    public mutating func take(_ reading: GatewayReading, from name: String, at now: Duration) -> [ObjectKey] {
        guard var gateway = gateways.removeValue(forKey: name) else { return [] }
        let seconds = Self.sane(reading.seconds, most: 10)
        gateway.seconds += seconds
        gateway.heardAt = now
        // A line that covers no time tells of some functions only, as they are now.
        if seconds > 0 { gateway.newest.removeAll(keepingCapacity: true) }
        var waiting: [ObjectKey] = []
        for function in reading.functions.prefix(Self.mostFunctions) {
            let key = ObjectKey(namespace: function.namespace, name: function.name)
            gateway.newest[key] = function
            if function.waiting > 0 { waiting.append(key) }
            guard seconds > 0 else { continue }
            gateway.tallies[key, default: Tally()].area += Self.sane(function.concurrency, most: Self.most) * seconds
            gateway.tallies[key, default: Tally()].requests += Self.sane(Double(function.requests), most: Self.most)
        }
        gateways[name] = gateway
        return waiting
    }

    /// How many requests of a function wait, at all gateways.
    public func waiting(_ key: ObjectKey) -> Int {
        gateways.values.reduce(0) { $0 + Self.sane($1.newest[key]?.waiting ?? 0) }
    }

    /// Gives what there is, and begins anew.
    public mutating func collect(at now: Duration) -> Collected {
        var all = Collected(gateways: gateways.count)
        for name in gateways.keys {
            guard let heard = gateways[name]?.heardAt, now - heard <= Self.silence else {
                all.silent.append(name)
                continue
            }
            add(name, to: &all.loads)
        }
        all.silent.sort()
        return all
    }

    private mutating func add(_ name: String, to loads: inout [ObjectKey: RequestLoad]) {
        guard let gateway = gateways[name] else { return }
        for (key, function) in gateway.newest {
            loads[key, default: RequestLoad()].waiting += Self.sane(function.waiting)
            if gateway.seconds <= 0 {
                loads[key, default: RequestLoad()].concurrency += Self.sane(function.concurrency, most: Self.most)
            }
        }
        guard gateway.seconds > 0 else { return }
        for (key, tally) in gateway.tallies {
            loads[key, default: RequestLoad()].concurrency += tally.area / gateway.seconds
            loads[key, default: RequestLoad()].requests += tally.requests
        }
        gateways[name]?.tallies.removeAll(keepingCapacity: true)
        gateways[name]?.seconds = 0
    }

    private static func sane(_ value: Double, most: Double) -> Double { value.isNaN ? 0 : min(max(value, 0), most) }
    private static func sane(_ value: Int) -> Int { min(max(value, 0), Int(most)) }
}
