import NestAPI

/// How many sandboxes a function is to have, and why.
public struct ScalingDecision: Sendable, Equatable {
    /// What a metric asks for.
    public struct Need: Sendable, Equatable {
        public var kind: ScalingMetric.Kind
        /// The load of all sandboxes together, as the mean over the stable window; nil: not known.
        public var load: Double?
        /// What one sandbox is to bear of it.
        public var perSandbox: Double
        public var replicas: Int

        public init(kind: ScalingMetric.Kind, load: Double?, perSandbox: Double, replicas: Int) {
            self.kind = kind
            self.load = load
            self.perSandbox = perSandbox
            self.replicas = replicas
        }
    }

    /// What the number follows from.
    public enum Cause: Sendable, Equatable {
        /// The load that asks for the most.
        case load(Need)
        /// Many requests in the last seconds.
        case burst
        /// Requests that wait while nothing serves.
        case waiting(Int)
        /// Nobody has asked for so many seconds.
        case idle(seconds: Int)
        case minimum
        case schedule(String)
        case maximum
        /// Nothing: it is left as it was.
        case none
    }

    /// What keeps sandboxes that are not needed any more.
    public enum Hold: Sendable, Equatable {
        case burst
        /// More were needed in the last seconds.
        case delay
        /// The last request is not long ago.
        case grace
        /// Not all is known, or not for long enough.
        case unknown
    }

    public enum Limit: Sendable, Equatable {
        case none
        case maximum
        case minimum
        case schedule(String)
    }

    /// How many there are to be.
    public var desired: Int
    public var cause: Cause
    public var hold: Hold?
    public var limit = Limit.none
    public var needs: [Need]
    /// Whether everything is known, and was for a whole stable window.
    public var knowsEnough: Bool

    public init(desired: Int, cause: Cause, hold: Hold? = nil, needs: [Need] = [], knowsEnough: Bool) {
        self.desired = desired
        self.cause = cause
        self.hold = hold
        self.needs = needs
        self.knowsEnough = knowsEnough
    }
}
