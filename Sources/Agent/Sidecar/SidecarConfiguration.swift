import FoundationEssentials
import NestAPI

/// What a sidecar is started with: a JSON file that the machine agent, or the pod's template, writes.
public struct SidecarConfiguration: Codable, Sendable, Equatable {
    public var podName: String
    public var podNamespace: String
    public var podUID: String
    public var address: String
    /// The ResourcePool.
    public var pool: String
    public var poolSpec: PoolSettings
    /// A kubeconfig written as JSON, mode 0600: the only API credentials in the pod.
    public var kubeconfig: String
    /// The shim's unix socket.
    public var socket: String
    /// `nest-jail`, asked for what it can do.
    public var jail: String
    /// The machine's package cache.
    public var packagesDirectory: String
    /// How long gateways get to hear of an end before a sandbox is stopped.
    public var drainSeconds: Double
    /// The file, readable by its owner alone, with the token that opens the metrics; nil: they are not served.
    public var metricsToken: String?
    /// The port on `address` that they are served on; nil: 20000, the one below the sandboxes'.
    public var metricsPort: Int?
    /// Labels of the SandboxNode, beside those that name its pool and itself.
    public var labels: [String: String]?

    static let metricsPort = 20_000

    public init(
        podName: String, podNamespace: String, podUID: String, address: String, pool: String,
        poolSpec: PoolSettings = PoolSettings(), kubeconfig: String, socket: String = "control/shim.sock",
        jail: String, packagesDirectory: String, drainSeconds: Double = 0.5, metricsToken: String? = nil,
        metricsPort: Int? = nil, labels: [String: String]? = nil
    ) {
        self.podName = podName
        self.podNamespace = podNamespace
        self.podUID = podUID
        self.address = address
        self.pool = pool
        self.poolSpec = poolSpec
        self.kubeconfig = kubeconfig
        self.socket = socket
        self.jail = jail
        self.packagesDirectory = packagesDirectory
        self.drainSeconds = drainSeconds
        self.metricsToken = metricsToken
        self.metricsPort = metricsPort
        self.labels = labels
    }
}

/// What a pod needs to know of its ResourcePool: the annotation `nest.dev/pool-spec`, as JSON.
public struct PoolSettings: Codable, Sendable, Equatable {
    public static let annotation = "nest.dev/pool-spec"

    public var runtimes: [ResourcePoolSpec.Runtime]
    public var maxSandboxesPerPod: Int
    public var overcommit: ResourcePoolSpec.Overcommit
    public var preload: ResourcePoolSpec.Preload

    public init() {
        runtimes = ResourcePoolSpec().runtimes
        maxSandboxesPerPod = ResourcePoolSpec().maxSandboxesPerPod
        overcommit = ResourcePoolSpec().overcommit
        preload = ResourcePoolSpec().preload
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let fallback = PoolSettings()
        runtimes =
            try container.decodeIfPresent([ResourcePoolSpec.Runtime].self, forKey: .runtimes) ?? fallback.runtimes
        maxSandboxesPerPod =
            try container.decodeIfPresent(Int.self, forKey: .maxSandboxesPerPod) ?? fallback.maxSandboxesPerPod
        overcommit =
            try container.decodeIfPresent(ResourcePoolSpec.Overcommit.self, forKey: .overcommit) ?? fallback.overcommit
        preload = try container.decodeIfPresent(ResourcePoolSpec.Preload.self, forKey: .preload) ?? fallback.preload
    }
}
