import NestAPI

/// All that the sidecar knows about one sandbox when it decides.
public struct SandboxObservation: Sendable, Equatable {
    /// How far the code is.
    public enum Package: Sendable, Equatable {
        case absent
        case fetching
        case ready
        /// `retryAt`: seconds of the sidecar's clock; nil when another try cannot help.
        case failed(Failure, retryAt: Double?)
    }

    /// The values of the environment variables.
    public enum Environment: Sendable, Equatable {
        case absent
        case resolving
        case ready
        /// A Secret, ConfigMap or key is missing.
        case failed(Failure, retryAt: Double)
    }

    /// What the shim has.
    public enum Actual: Sendable, Equatable {
        case none
        case loading
        case running(address: String, port: Int)
        case stopping
        /// It could not be loaded, or it ran and ended.
        case ended(Failure)
    }

    /// Whether the sandbox is known to be this pod's still.
    public enum Assignment: Sendable, Equatable {
        case current
        /// The API server has not been heard for so long that it has to be asked first.
        case unconfirmed(retryAt: Double?)
        case confirming
    }

    /// Why something did not work, as the status will show it.
    public struct Failure: Sendable, Equatable {
        /// CamelCase.
        public var reason: String
        public var message: String

        public init(reason: String, message: String) {
            self.reason = reason
            self.message = message
        }
    }

    /// A process that is to give way to a new one.
    public struct Replacement: Sendable, Equatable {
        /// Why.
        public var failure: Failure
        /// Whether the sandbox is to blame: then the next start waits as after an end.
        public var isFault: Bool

        public init(failure: Failure, isFault: Bool) {
            self.failure = failure
            self.isFault = isFault
        }
    }

    /// Whether a sandbox is parked.
    public struct Parking: Sendable, Equatable {
        /// How long it has to last to be told: a sandbox that is called now and then costs no write a call.
        public static let holdSeconds = 10.0

        public var isParked: Bool
        /// By the sidecar's clock.
        public var since: Double

        public init(isParked: Bool, since: Double) {
            self.isParked = isParked
            self.since = since
        }

        /// What the status is to say of it, and in how many seconds that may be something else.
        ///
        /// - Parameters:
        ///   - now: by the sidecar's clock.
        ///   - before: what it says.
        /// - Returns: the seconds are nil when nothing is held back.
        func shown(at now: Double, before: Bool) -> (isParked: Bool, again: Double?) {
            let left = since + Self.holdSeconds - now
            return isParked != before && left > 0 ? (before, left) : (isParked, nil)
        }
    }

    /// Whether the API still has the object.
    public var exists = true
    public var isTerminating = false
    /// Nil when this pod can run it, else why not.
    public var unsupported: Failure?
    public var package = Package.absent
    public var environment = Environment.absent
    public var assignment = Assignment.current
    public var actual = Actual.none
    /// The status names an address though nothing runs: what ran was lost with the pod's processes.
    public var hasStaleAddress = false
    /// Since when what runs has been parked, or not; nil: it never was.
    public var parking: Parking?
    /// Whether the status says that it is parked.
    public var isShownParked = false
    /// What runs is parked, and was called in vain, and why.
    public var turnedAway: Failure?
    /// What the probes of what runs say.
    public var health = SandboxHealth.Verdict.ready
    /// Why what runs is out of date: a value changed that it was started with.
    public var outdated: Failure?
    /// What runs has begun to give way.
    public var replacement: Replacement?
    public var backOff = CrashLoopBackOff()
    /// When its start must have succeeded; nil once it has been ready.
    public var startDeadline: Double?
    /// Until when gateways get to hear of its end before it is stopped; nil when they need not.
    public var drainUntil: Double?
    public var gracePeriodSeconds = 30
    /// Seconds of the sidecar's clock.
    public var now: Double = 0

    public init() {}
}
