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

    /// Whether the API still has the object.
    public var exists = true
    public var isTerminating = false
    /// Nil when this pod can run it, else why not.
    public var unsupported: Failure?
    public var package = Package.absent
    public var environment = Environment.absent
    public var assignment = Assignment.current
    public var actual = Actual.none
    public var backOff = CrashLoopBackOff()
    /// When its start must have succeeded; nil once it has been ready.
    public var startDeadline: Double?
    /// Seconds for gateways to hear of its end before it is stopped; counted from when its end was asked for.
    public var drainUntil: Double?
    public var gracePeriodSeconds = 30
    /// Seconds of the sidecar's clock.
    public var now: Double = 0

    public init() {}
}
