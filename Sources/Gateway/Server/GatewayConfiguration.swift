import NIOCore
import Planning

/// Where a gateway listens, and its limits and times.
public struct GatewayConfiguration: Sendable {
    /// The IP address to listen on.
    public var host: String
    /// The port to listen on; 0 for any that is free.
    public var port: Int
    /// How many threads serve requests.
    public var eventLoops: Int
    public var limits = Limits()
    public var timeouts = Timeouts()
    /// Where it tells of its load; nil: nowhere, and its functions are not scaled by it.
    public var readings: ReadingsConfiguration?

    /// - Parameters:
    ///   - host: the IP address to listen on.
    ///   - port: the port to listen on; 0 for any that is free.
    ///   - eventLoops: how many threads serve requests; by default one a core, at most four.
    public init(host: String = "127.0.0.1", port: Int = 0, eventLoops: Int = min(4, System.coreCount)) {
        self.host = host
        self.port = port
        self.eventLoops = max(1, eventLoops)
    }

    /// What keeps memory and descriptors bounded.
    public struct Limits: Sendable {
        /// The longest head, of requests and responses, in bytes.
        public var headBytes = 64 * 1024
        /// The most fields in a head.
        public var fields = 100
        /// The most clients at a time; each has at most one upstream connection.
        public var clientConnections = 10_000
        /// The most requests that wait for a sandbox, and of their bytes.
        public var held = HoldLedger.Limits()
        /// The most connections from one event loop to one sandbox.
        public var connectionsPerSandbox = 4096
        /// Of these, the most that are kept while idle.
        public var idleConnectionsPerSandbox = 256
    }

    /// How long the gateway waits, and for what.
    ///
    /// Times are kept to a tenth of a second.
    public struct Timeouts: Sendable {
        /// From a head's first byte, or a connection's start, to the head's end.
        public var head = TimeAmount.seconds(10)
        /// From one answer to the next request.
        public var keepAlive = TimeAmount.seconds(75)
        /// Between two pieces of a body, either way.
        public var bodyIdle = TimeAmount.seconds(60)
        /// Between two pieces of anything once the protocol was switched (WebSocket).
        public var tunnelIdle = TimeAmount.minutes(10)
        public var connect = TimeAmount.seconds(1)
        /// How long an unused upstream connection is kept; sandboxes park later than that.
        public var upstreamIdle = TimeAmount.seconds(10)
        /// For a client to see the end of its connection before it is cut.
        public var linger = TimeAmount.seconds(2)
        /// For requests in flight when the gateway stops.
        public var drain = TimeAmount.seconds(5)
        /// For the first list of functions when the gateway starts: whoever connects meanwhile waits in the kernel's backlog.
        public var firstTable = TimeAmount.seconds(10)
    }
}
