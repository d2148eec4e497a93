import KubeAPI

/// Where sandboxes of one SandboxDeployment can be reached: a slice of at most a hundred of them.
///
/// The first slice has the deployment's name and always exists; the label `nest.dev/deployment` says whose any slice is.
public struct SandboxEndpoints: KubeObject {
    public static let resource = NestGroup.resource("SandboxEndpoints", "sandboxendpoints")

    public var metadata: ObjectMeta
    public var endpoints: [Endpoint] {
        didSet { readyEndpoints = Self.countReady(endpoints) }
    }
    /// How many of `endpoints` are ready; follows from them.
    public private(set) var readyEndpoints: Int
    /// The longest that one request may take, in seconds: the template's.
    public var timeoutSeconds: Int
    /// How long a sandbox may take to become ready, in seconds: the template's.
    public var startupTimeoutSeconds: Int
    /// Requests at once in one sandbox, the template's; 0: no limit.
    public var concurrency: Int
    /// Whether requests wait while no sandbox is ready, because one will be: the deployment wants one, or has an autoscaler.
    public var holdsRequests: Bool
    /// Why no sandbox is ready, as far as that is known; nil while one is.
    public var trouble: EndpointsTrouble?

    private enum CodingKeys: String, CodingKey {
        case metadata, endpoints, readyEndpoints, timeoutSeconds, startupTimeoutSeconds, concurrency, holdsRequests,
            trouble
    }

    public init(metadata: ObjectMeta, endpoints: [Endpoint] = [], timeoutSeconds: Int = 60) {
        self.metadata = metadata
        self.endpoints = endpoints
        readyEndpoints = Self.countReady(endpoints)
        self.timeoutSeconds = timeoutSeconds
        startupTimeoutSeconds = 30
        concurrency = 0
        holdsRequests = false
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        endpoints = try container.decode(.endpoints, default: [])
        readyEndpoints = Self.countReady(endpoints)
        timeoutSeconds = try container.decode(.timeoutSeconds, default: 60)
        startupTimeoutSeconds = try container.decode(.startupTimeoutSeconds, default: 30)
        concurrency = try container.decode(.concurrency, default: 0)
        holdsRequests = try container.decode(.holdsRequests, default: false)
        trouble = try container.decodeIfPresent(EndpointsTrouble.self, forKey: .trouble)
    }

    /// The deployment whose slice this is.
    public var deploymentKey: ObjectKey {
        ObjectKey(
            namespace: metadata.namespace, name: metadata.labels[NestGroup.deploymentLabel] ?? metadata.name)
    }

    private static func countReady(_ endpoints: [Endpoint]) -> Int { endpoints.count { $0.conditions.ready } }
}

/// Why a deployment has no ready sandbox, in the words of one that is not.
public struct EndpointsTrouble: Codable, Sendable, Hashable {
    public var reason: String
    public var message: String

    public init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// One sandbox as a gateway sees it (discovery/v1 `Endpoint`).
public struct Endpoint: Codable, Sendable, Hashable {
    public struct Conditions: Codable, Sendable, Hashable {
        /// May get new requests.
        public var ready: Bool
        /// Answers, though it may be on its way out.
        public var serving: Bool
        public var terminating: Bool

        public init(ready: Bool, serving: Bool, terminating: Bool) {
            self.ready = ready
            self.serving = serving
            self.terminating = terminating
        }
    }

    public var sandbox: String
    /// The template hash.
    public var revision: String
    public var address: String
    public var port: Int
    public var node: String
    public var zone: String?
    public var conditions: Conditions

    public init(
        sandbox: String, revision: String, address: String, port: Int, node: String, zone: String? = nil,
        conditions: Conditions
    ) {
        self.sandbox = sandbox
        self.revision = revision
        self.address = address
        self.port = port
        self.node = node
        self.zone = zone
        self.conditions = conditions
    }
}
