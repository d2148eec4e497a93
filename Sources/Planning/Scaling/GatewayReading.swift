/// One line of a gateway's readings: what came in over an interval, by function.
///
/// The first line holds every function that the gateway has work for; a later one leaves out what has been said as 0.
public struct GatewayReading: Codable, Sendable, Equatable {
    /// What one SandboxDeployment was asked in the interval.
    public struct Function: Codable, Sendable, Equatable {
        public var namespace: String
        /// The SandboxDeployment.
        public var name: String
        /// Requests in progress and waiting, as the mean over the interval.
        public var concurrency: Double
        /// Requests that came in the interval.
        public var requests: Int
        /// Requests that wait for an endpoint now.
        public var waiting: Int

        public init(namespace: String, name: String, concurrency: Double, requests: Int, waiting: Int) {
            self.namespace = namespace
            self.name = name
            self.concurrency = concurrency
            self.requests = requests
            self.waiting = waiting
        }
    }

    /// The gateway's identity, as in the name of its Lease.
    public var gateway: String
    /// How long the interval was.
    public var seconds: Double
    public var functions: [Function]

    public init(gateway: String, seconds: Double, functions: [Function]) {
        self.gateway = gateway
        self.seconds = seconds
        self.functions = functions
    }
}
