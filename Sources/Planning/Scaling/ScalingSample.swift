import KubeAPI
import NestAPI

/// What is known of one function since the round before.
public struct ScalingSample: Sendable, Equatable {
    /// Seconds since the round before.
    public var seconds: Double
    public var requests: RequestLoad
    /// Whether every gateway has said what it was asked.
    public var hasAllRequests: Bool
    public var usage: ScalingUsage

    public init(
        seconds: Double = 1, requests: RequestLoad = RequestLoad(), hasAllRequests: Bool = true,
        usage: ScalingUsage = ScalingUsage()
    ) {
        self.seconds = seconds
        self.requests = requests
        self.hasAllRequests = hasAllRequests
        self.usage = usage
    }
}

/// What a function's sandboxes use, all together, in percent of what one requests.
public struct ScalingUsage: Sendable, Equatable {
    public struct Share: Sendable, Equatable {
        public var percent: Double
        /// Whether it is known of every sandbox that serves.
        public var isComplete: Bool
        /// Whether one that serves requests nothing: then there is nothing to take a percentage of.
        public var lacksRequest = false

        public init(percent: Double = 0, isComplete: Bool = false) {
            self.percent = percent
            self.isComplete = isComplete
        }
    }

    public var cpu: Share
    public var memory: Share

    /// Nothing is known.
    public init(cpu: Share = Share(), memory: Share = Share()) {
        self.cpu = cpu
        self.memory = memory
    }

    /// Adds up what the sandboxes of a function say.
    ///
    /// A parked sandbox uses nothing; one that does not serve yet, or no longer, does not count.
    public init(_ sandboxes: [Sandbox]) {
        self.init(cpu: Share(isComplete: true), memory: Share(isComplete: true))
        for sandbox in sandboxes where sandbox.isReady && !sandbox.isTerminating && sandbox.status.state != .parked {
            let (requests, limits) = (sandbox.spec.resources.requests, sandbox.spec.resources.limits)
            let usage = sandbox.status.usage
            add(usage?.cpu, of: requests.cpu ?? limits.cpu, to: \.cpu)
            add(usage?.memory, of: requests.memory ?? limits.memory, to: \.memory)
        }
    }

    private mutating func add(_ used: Quantity?, of wanted: Quantity?, to share: WritableKeyPath<Self, Share>) {
        guard let wanted, wanted.milli > 0 else {
            self[keyPath: share].lacksRequest = true
            self[keyPath: share].isComplete = false
            return
        }
        guard let used else {
            self[keyPath: share].isComplete = false
            return
        }
        self[keyPath: share].percent += Double(max(0, used.milli)) / Double(wanted.milli) * 100
    }
}
