import KubeAPI
import NestAPI

/// All that the scaler knows, and what it has decided: a value that the shell feeds and asks.
///
/// Times are since any fixed moment and never go back; `time` is the wall clock, which schedules go by.
public struct ScalerState: Sendable {
    /// One autoscaler.
    struct Entry: Sendable {
        var autoscaler: SandboxAutoscaler
        let key: ObjectKey
        let target: ObjectKey
        var history: ScalingHistory?
        /// Whether the spec is another than the history's policy.
        var isStale = false
        var decision: ScalingDecision?
        /// The fewest sandboxes in the minute `floorMinute`.
        var floor: (replicas: Int, schedule: String?) = (0, nil)
        var floorMinute = Int64.min
        /// What its sandboxes use; nil: to be asked anew.
        var usage: ScalingUsage?
        var scaledAt: Timestamp?
        var status = StatusPace()

        init(_ autoscaler: SandboxAutoscaler) {
            self.autoscaler = autoscaler
            key = autoscaler.key
            target = autoscaler.targetKey
        }
    }

    /// A number that was written and that no cache has shown yet.
    struct Written: Sendable {
        /// The generation that was written over.
        var generation: Int64
        var replicas: Int
    }

    /// What a round asks the shell to do.
    public struct Round: Sendable, Equatable {
        /// The autoscalers whose targets are to be told another number: see `scaling`.
        public var scale: [ObjectKey] = []
        /// The autoscalers that have something to say: see `status`.
        public var report: [ObjectKey] = []
    }

    /// In no order: a round goes through them where they are.
    var entries: [Entry] = []
    /// Where each is in `entries`.
    var places: [ObjectKey: Int] = [:]
    /// Autoscalers by their target.
    var claims: [ObjectKey: Set<ObjectKey>] = [:]
    /// Which of them scales it.
    var owners: [ObjectKey: ObjectKey] = [:]
    var targets: [ObjectKey: ScalingTarget] = [:]
    var written: [ObjectKey: Written] = [:]
    public var board = ReadingsBoard()
    public var directory = GatewayDirectory()
    var lastRound: Duration?
    var gateways = Gateways()
    let zones: TimeZones

    /// How the gateways stood in the last round.
    struct Gateways: Sendable, Equatable {
        var known = 0
        var silent: [String] = []
    }

    public init(zones: TimeZones = .utc) { self.zones = zones }

    /// How many autoscalers there are.
    public var count: Int { entries.count }

    public mutating func see(_ autoscaler: SandboxAutoscaler) {
        let key = autoscaler.key
        guard autoscaler.metadata.deletionTimestamp == nil else { return forget(key) }
        if let place = places[key] {
            if entries[place].target == autoscaler.targetKey {
                if entries[place].autoscaler.spec != autoscaler.spec { entries[place].isStale = true }
                entries[place].autoscaler = autoscaler
                return
            }
            forget(key)
        }
        places[key] = entries.count
        entries.append(Entry(autoscaler))
        claims[autoscaler.targetKey, default: []].insert(key)
        elect(for: autoscaler.targetKey)
    }

    public mutating func forget(_ autoscaler: ObjectKey) {
        guard let place = places.removeValue(forKey: autoscaler) else { return }
        let target = entries[place].target
        entries.swapAt(place, entries.count - 1)
        entries.removeLast()
        if place < entries.count { places[entries[place].key] = place }
        claims[target]?.remove(autoscaler)
        if claims[target]?.isEmpty == true { claims[target] = nil }
        elect(for: target)
    }

    public mutating func see(_ deployment: SandboxDeployment) {
        guard let target = ScalingTarget(deployment) else { return forgetTarget(deployment.key) }
        targets[target.key] = target
        if let write = written[target.key], target.generation > write.generation { written[target.key] = nil }
    }

    public mutating func forgetTarget(_ key: ObjectKey) {
        targets[key] = nil
        written[key] = nil
    }

    /// What a target's sandboxes use has changed.
    public mutating func usageChanged(of target: ObjectKey) {
        for key in claims[target] ?? [] {
            if let place = places[key] { entries[place].usage = nil }
        }
    }

    /// Forgets all that was seen of loads: who begins to lead has not seen what was before.
    public mutating func begin() {
        for place in entries.indices { entries[place].rest() }
        board = ReadingsBoard()
        written = [:]
        lastRound = nil
    }

    private mutating func elect(for target: ObjectKey) {
        let claims = claims[target] ?? []
        owners[target] =
            claims.count < 2
            ? claims.first : claims.compactMap { entry($0)?.autoscaler }.min { $0.goesBefore($1) }?.key
    }

    func entry(_ key: ObjectKey) -> Entry? { places[key].map { entries[$0] } }

    /// How many sandboxes a target asks for, as far as is known.
    func replicas(of target: ScalingTarget) -> Int { written[target.key]?.replicas ?? target.replicas }
}
