import KubeAPI

/// What a sandbox is made from: labels and annotations, and what to run.
public struct SandboxTemplate: Codable, Sendable, Equatable {
    public struct Metadata: Codable, Sendable, Equatable {
        public var labels: [String: String]
        public var annotations: [String: String]

        public init(labels: [String: String] = [:], annotations: [String: String] = [:]) {
            self.labels = labels
            self.annotations = annotations
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            labels = try container.decode(.labels, default: [:])
            annotations = try container.decode(.annotations, default: [:])
        }
    }

    public var metadata: Metadata
    public var spec: SandboxTemplateSpec

    public init(metadata: Metadata = Metadata(), spec: SandboxTemplateSpec) {
        self.metadata = metadata
        self.spec = spec
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(.metadata, default: Metadata())
        spec = try container.decode(SandboxTemplateSpec.self, forKey: .spec)
    }
}

/// One function version and how to run it.
public struct SandboxTemplateSpec: Codable, Sendable, Equatable {
    /// The ResourcePool, in the same namespace, whose pods may hold the sandbox.
    public var pool: String
    /// A runtime that the pool offers, such as `nodejs`.
    public var runtime: String
    /// How the handler is called.
    public var signature: String
    /// Node.js: `module.export`.
    public var handler: String
    public var package: PackageSource
    /// Shared read-only archives, beside the package.
    public var layers: [LayerSource]
    public var env: [EnvVar]
    public var resources: ResourceRequirements
    /// Requests at once in one sandbox; 0: no limit.
    public var concurrency: Int
    /// The longest that one request may take, in seconds.
    public var timeoutSeconds: Int
    /// The longest from binding to readiness, in seconds.
    public var startupTimeoutSeconds: Int
    /// How long a sandbox may take to end after SIGTERM, in seconds.
    public var terminationGracePeriodSeconds: Int
    /// When an idle sandbox is parked; nil: never.
    public var standby: Standby?
    /// Whether the function has come up; until then the other two are not asked.
    public var startupProbe: Probe?
    /// Whether the sandbox may get requests.
    public var readinessProbe: Probe?
    /// Whether the sandbox must be restarted.
    public var livenessProbe: Probe?
    public var topologySpreadConstraints: [TopologySpreadConstraint]
    /// The labels that a node must have, each with exactly that value.
    public var nodeSelector: [String: String]
    public var affinity: Affinity?
    /// Which taints of a node the sandbox bears.
    public var tolerations: [Toleration]
    /// Higher goes first in the scheduler's queue, and may push lower ones off a node.
    public var priority: Int
    /// nil: `PreemptLowerPriority`.
    public var preemptionPolicy: PreemptionPolicy?

    private enum CodingKeys: String, CodingKey {
        case pool, runtime, signature, handler, package, layers, env, resources, concurrency, timeoutSeconds
        case startupTimeoutSeconds, terminationGracePeriodSeconds, standby, startupProbe, readinessProbe, livenessProbe
        case topologySpreadConstraints, nodeSelector, affinity, tolerations, priority, preemptionPolicy
    }

    public init(
        pool: String = "default", runtime: String = "nodejs", signature: String = "http", handler: String,
        package: PackageSource
    ) {
        self.pool = pool
        self.runtime = runtime
        self.signature = signature
        self.handler = handler
        self.package = package
        layers = []
        env = []
        resources = ResourceRequirements()
        concurrency = 0
        timeoutSeconds = 60
        startupTimeoutSeconds = 30
        terminationGracePeriodSeconds = 30
        topologySpreadConstraints = []
        nodeSelector = [:]
        tolerations = []
        priority = 0
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pool = try container.decode(.pool, default: "default")
        runtime = try container.decode(String.self, forKey: .runtime)
        signature = try container.decode(.signature, default: "http")
        handler = try container.decode(String.self, forKey: .handler)
        package = try container.decode(PackageSource.self, forKey: .package)
        layers = try container.decode(.layers, default: [])
        env = try container.decode(.env, default: [])
        resources = try container.decode(.resources, default: ResourceRequirements())
        concurrency = try container.decode(.concurrency, default: 0)
        timeoutSeconds = try container.decode(.timeoutSeconds, default: 60)
        startupTimeoutSeconds = try container.decode(.startupTimeoutSeconds, default: 30)
        terminationGracePeriodSeconds = try container.decode(.terminationGracePeriodSeconds, default: 30)
        standby = try container.decodeIfPresent(Standby.self, forKey: .standby)
        startupProbe = try container.decodeIfPresent(Probe.self, forKey: .startupProbe)
        readinessProbe = try container.decodeIfPresent(Probe.self, forKey: .readinessProbe)
        livenessProbe = try container.decodeIfPresent(Probe.self, forKey: .livenessProbe)
        topologySpreadConstraints = try container.decode(.topologySpreadConstraints, default: [])
        nodeSelector = try container.decode(.nodeSelector, default: [:])
        affinity = try container.decodeIfPresent(Affinity.self, forKey: .affinity)
        tolerations = try container.decode(.tolerations, default: [])
        priority = try container.decode(.priority, default: 0)
        preemptionPolicy = try container.decodeIfPresent(PreemptionPolicy.self, forKey: .preemptionPolicy)
    }

    /// A field that is younger than the first release is left out while it is unset: a template's hash must not change
    /// because Nest has learnt something.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(pool, forKey: .pool)
        try container.encode(runtime, forKey: .runtime)
        try container.encode(signature, forKey: .signature)
        try container.encode(handler, forKey: .handler)
        try container.encode(package, forKey: .package)
        try container.encode(layers, forKey: .layers)
        try container.encode(env, forKey: .env)
        try container.encode(resources, forKey: .resources)
        try container.encode(concurrency, forKey: .concurrency)
        try container.encode(timeoutSeconds, forKey: .timeoutSeconds)
        try container.encode(startupTimeoutSeconds, forKey: .startupTimeoutSeconds)
        try container.encode(terminationGracePeriodSeconds, forKey: .terminationGracePeriodSeconds)
        try container.encodeIfPresent(standby, forKey: .standby)
        try container.encodeIfPresent(startupProbe, forKey: .startupProbe)
        try container.encodeIfPresent(readinessProbe, forKey: .readinessProbe)
        try container.encodeIfPresent(livenessProbe, forKey: .livenessProbe)
        try container.encode(topologySpreadConstraints, forKey: .topologySpreadConstraints)
        if !nodeSelector.isEmpty { try container.encode(nodeSelector, forKey: .nodeSelector) }
        try container.encodeIfPresent(affinity, forKey: .affinity)
        if !tolerations.isEmpty { try container.encode(tolerations, forKey: .tolerations) }
        try container.encode(priority, forKey: .priority)
        try container.encodeIfPresent(preemptionPolicy, forKey: .preemptionPolicy)
    }
}

/// Whether a sandbox that finds no room may push others of lower priority off a node (core/v1 `PreemptionPolicy`).
public enum PreemptionPolicy: String, Codable, Sendable {
    case preemptLowerPriority = "PreemptLowerPriority"
    case never = "Never"
}

/// Where the code is: either `inline` files, or an archive at `url` with its digest.
public struct PackageSource: Codable, Sendable, Equatable {
    /// `file://`, `http://` or `https://`; tar or zip, plain or compressed.
    public var url: String?
    /// Lower-case hexadecimal SHA-256 of the archive; required with `url`.
    public var sha256: String?
    /// File name → content, at most 256 KiB together.
    public var inline: [String: String]?
    /// A Secret of the sandbox's namespace that `url` is fetched with: `token`, or `username` and `password`.
    public var secretRef: SecretReference?

    public init(
        url: String? = nil, sha256: String? = nil, inline: [String: String]? = nil, secretRef: SecretReference? = nil
    ) {
        self.url = url
        self.sha256 = sha256
        self.inline = inline
        self.secretRef = secretRef
    }
}

/// A Secret of the same namespace (core/v1 `LocalObjectReference`).
public struct SecretReference: Codable, Sendable, Equatable {
    public var name: String

    public init(name: String) { self.name = name }
}

/// An archive that several sandboxes share.
public struct LayerSource: Codable, Sendable, Equatable {
    public var url: String
    public var sha256: String

    public init(url: String, sha256: String) {
        self.url = url
        self.sha256 = sha256
    }
}

/// What a sandbox asks for (scheduling) and may use at most (enforcement).
public struct ResourceRequirements: Codable, Sendable, Equatable {
    public struct Amounts: Codable, Sendable, Equatable {
        public var cpu: Quantity?
        public var memory: Quantity?

        public init(cpu: Quantity? = nil, memory: Quantity? = nil) {
            self.cpu = cpu
            self.memory = memory
        }
    }

    public var requests: Amounts
    public var limits: Amounts

    public init(requests: Amounts = Amounts(), limits: Amounts = Amounts()) {
        self.requests = requests
        self.limits = limits
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        requests = try container.decode(.requests, default: Amounts())
        limits = try container.decode(.limits, default: Amounts())
    }
}

/// When an idle sandbox gives its process back.
public struct Standby: Codable, Sendable, Equatable {
    /// Seconds without a request or an open connection.
    public var idleSeconds: Int

    public init(idleSeconds: Int) { self.idleSeconds = idleSeconds }
}
