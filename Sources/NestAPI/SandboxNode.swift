import KubeAPI

/// A pod of a ResourcePool as a place for sandboxes: to them what a Node is to Pods.
///
/// It has the pod's name.
public struct SandboxNode: StatusObject {
    public static let resource = NestGroup.resource("SandboxNode", "sandboxnodes")

    public var metadata: ObjectMeta
    public var spec: SandboxNodeSpec
    public var status: SandboxNodeStatus

    public init(metadata: ObjectMeta, spec: SandboxNodeSpec, status: SandboxNodeStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(SandboxNodeSpec.self, forKey: .spec)
        status = try container.decode(.status, default: SandboxNodeStatus())
    }

    public var isReady: Bool { status.conditions.isTrue("Ready") }
}

public struct SandboxNodeSpec: Codable, Sendable, Equatable {
    public var pool: String
    /// Keeps the scheduler from binding more sandboxes here.
    public var unschedulable: Bool
    public var taints: [Taint]

    public init(pool: String, unschedulable: Bool = false, taints: [Taint] = []) {
        self.pool = pool
        self.unschedulable = unschedulable
        self.taints = taints
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pool = try container.decode(String.self, forKey: .pool)
        unschedulable = try container.decode(.unschedulable, default: false)
        taints = try container.decode(.taints, default: [])
    }
}

/// Keeps sandboxes away from a node (core/v1 `Taint`).
public struct Taint: Codable, Sendable, Hashable {
    public enum Effect: String, Codable, Sendable {
        case noSchedule = "NoSchedule"
        case preferNoSchedule = "PreferNoSchedule"
        case noExecute = "NoExecute"
    }

    public var key: String
    public var value: String?
    public var effect: Effect

    public init(key: String, value: String? = nil, effect: Effect) {
        self.key = key
        self.value = value
        self.effect = effect
    }
}

public struct SandboxNodeStatus: Codable, Sendable, Equatable {
    public struct Resources: Codable, Sendable, Equatable {
        public var cpu: Quantity
        public var memory: Quantity
        /// How many sandboxes fit by count.
        public var sandboxes: Int

        public init(cpu: Quantity, memory: Quantity, sandboxes: Int) {
            self.cpu = cpu
            self.memory = memory
            self.sandboxes = sandboxes
        }
    }

    public struct Runtime: Codable, Sendable, Equatable {
        public var name: String
        public var version: String
        /// Empty hosts that are booted and waiting.
        public var prewarmed: Int

        public init(name: String, version: String, prewarmed: Int) {
            self.name = name
            self.version = version
            self.prewarmed = prewarmed
        }
    }

    /// What keeps sandboxes apart here.
    public struct Confinement: Codable, Sendable, Equatable {
        /// `Full` when every mechanism is in force, else `Reduced`.
        public var level: String
        /// In force: `NoNewPrivs`, `Seccomp`, `Capabilities`, `Rlimits`, `UserPerSandbox`.
        public var mechanisms: [String]
        /// Not in force, each with the cause: `UserPerSandbox: not running as root`.
        public var missing: [String]

        public init(level: String, mechanisms: [String], missing: [String]) {
            self.level = level
            self.mechanisms = mechanisms
            self.missing = missing
        }
    }

    public var capacity: Resources?
    /// Capacity times the pool's overcommit: what requests may add up to.
    public var allocatable: Resources?
    public var podIP: String?
    public var runtimes: [Runtime]
    /// Digests of the packages that are unpacked here.
    public var packages: [String]
    public var confinement: Confinement?
    /// Sandboxes plugged in.
    public var sandboxes: Int
    /// What all of the pod's processes use together; nil in its first half minute.
    public var usage: ResourceUsage?
    /// `Ready`.
    public var conditions: [Condition]

    public init() {
        runtimes = []
        packages = []
        sandboxes = 0
        conditions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        capacity = try container.decodeIfPresent(Resources.self, forKey: .capacity)
        allocatable = try container.decodeIfPresent(Resources.self, forKey: .allocatable)
        podIP = try container.decodeIfPresent(String.self, forKey: .podIP)
        runtimes = try container.decode(.runtimes, default: [])
        packages = try container.decode(.packages, default: [])
        confinement = try container.decodeIfPresent(Confinement.self, forKey: .confinement)
        sandboxes = try container.decode(.sandboxes, default: 0)
        usage = try container.decodeIfPresent(ResourceUsage.self, forKey: .usage)
        conditions = try container.decode(.conditions, default: [])
    }
}
