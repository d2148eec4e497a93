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
    public var readinessProbe: Probe?
    public var livenessProbe: Probe?
    public var topologySpreadConstraints: [TopologySpreadConstraint]
    /// Higher goes first in the scheduler's queue.
    public var priority: Int

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
        readinessProbe = try container.decodeIfPresent(Probe.self, forKey: .readinessProbe)
        livenessProbe = try container.decodeIfPresent(Probe.self, forKey: .livenessProbe)
        topologySpreadConstraints = try container.decode(.topologySpreadConstraints, default: [])
        priority = try container.decode(.priority, default: 0)
    }
}

/// Where the code is: either `inline` files, or an archive at `url` with its digest.
public struct PackageSource: Codable, Sendable, Equatable {
    /// `file://`, `http://` or `https://`; tar or zip, plain or compressed.
    public var url: String?
    /// Lower-case hexadecimal SHA-256 of the archive; required with `url`.
    public var sha256: String?
    /// File name → content, at most 256 KiB together.
    public var inline: [String: String]?

    public init(url: String? = nil, sha256: String? = nil, inline: [String: String]? = nil) {
        self.url = url
        self.sha256 = sha256
        self.inline = inline
    }
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

/// One environment variable: a value, or a reference to one key of a Secret or ConfigMap of the same namespace.
public struct EnvVar: Codable, Sendable, Equatable {
    public struct Source: Codable, Sendable, Equatable {
        public var secretKeyRef: KeyReference?
        public var configMapKeyRef: KeyReference?

        public init(secretKeyRef: KeyReference? = nil, configMapKeyRef: KeyReference? = nil) {
            self.secretKeyRef = secretKeyRef
            self.configMapKeyRef = configMapKeyRef
        }
    }

    public struct KeyReference: Codable, Sendable, Equatable {
        public var name: String
        public var key: String
        /// Whether the variable is left out, not an error, when the object or the key is absent.
        public var optional: Bool

        public init(name: String, key: String, optional: Bool = false) {
            self.name = name
            self.key = key
            self.optional = optional
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            key = try container.decode(String.self, forKey: .key)
            optional = try container.decode(.optional, default: false)
        }
    }

    public var name: String
    public var value: String?
    public var valueFrom: Source?

    public init(name: String, value: String? = nil, valueFrom: Source? = nil) {
        self.name = name
        self.value = value
        self.valueFrom = valueFrom
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

/// A check of a running sandbox (core/v1 `Probe`).
public struct Probe: Codable, Sendable, Equatable {
    public struct HTTPGet: Codable, Sendable, Equatable {
        public var path: String

        public init(path: String) { self.path = path }
    }

    public var httpGet: HTTPGet
    /// Seconds between checks.
    public var periodSeconds: Int
    /// Failures in a row that turn the answer.
    public var failureThreshold: Int

    public init(httpGet: HTTPGet, periodSeconds: Int = 10, failureThreshold: Int = 3) {
        self.httpGet = httpGet
        self.periodSeconds = periodSeconds
        self.failureThreshold = failureThreshold
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        httpGet = try container.decode(HTTPGet.self, forKey: .httpGet)
        periodSeconds = try container.decode(.periodSeconds, default: 10)
        failureThreshold = try container.decode(.failureThreshold, default: 3)
    }
}

/// How evenly sandboxes spread over a topology (core/v1 `TopologySpreadConstraint`).
public struct TopologySpreadConstraint: Codable, Sendable, Equatable {
    public enum Action: String, Codable, Sendable {
        case doNotSchedule = "DoNotSchedule"
        case scheduleAnyway = "ScheduleAnyway"
    }

    public var topologyKey: String
    public var maxSkew: Int
    public var whenUnsatisfiable: Action

    public init(topologyKey: String, maxSkew: Int = 1, whenUnsatisfiable: Action = .scheduleAnyway) {
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
        self.whenUnsatisfiable = whenUnsatisfiable
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        topologyKey = try container.decode(String.self, forKey: .topologyKey)
        maxSkew = try container.decode(.maxSkew, default: 1)
        whenUnsatisfiable = try container.decode(.whenUnsatisfiable, default: .scheduleAnyway)
    }
}
