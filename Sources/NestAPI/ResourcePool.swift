import KubeAPI

/// A platform team's own set of pods for sandboxes.
public struct ResourcePool: StatusObject {
    public static let resource = NestGroup.resource("ResourcePool", "resourcepools")

    public var metadata: ObjectMeta
    public var spec: ResourcePoolSpec
    public var status: ResourcePoolStatus

    public init(metadata: ObjectMeta, spec: ResourcePoolSpec = .init(), status: ResourcePoolStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(.spec, default: ResourcePoolSpec())
        status = try container.decode(.status, default: ResourcePoolStatus())
    }
}

public struct ResourcePoolSpec: Codable, Sendable, Equatable {
    public struct Overcommit: Codable, Sendable, Equatable {
        /// Requests may add up to this many times the pod's CPU.
        public var cpu: Double
        /// Requests may add up to this many times the pod's memory.
        public var memory: Double

        public init(cpu: Double = 10, memory: Double = 4) {
            self.cpu = cpu
            self.memory = memory
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            cpu = try container.decode(.cpu, default: 10)
            memory = try container.decode(.memory, default: 4)
        }
    }

    public struct Runtime: Codable, Sendable, Equatable {
        public var name: String
        /// Hosts kept booted and empty in each pod.
        public var prewarmed: Int
        /// Further arguments of the runtime's command line.
        public var args: [String]

        public init(name: String, prewarmed: Int = 1, args: [String] = []) {
            self.name = name
            self.prewarmed = prewarmed
            self.args = args
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            prewarmed = try container.decode(.prewarmed, default: 1)
            args = try container.decode(.args, default: [])
        }
    }

    public struct Preload: Codable, Sendable, Equatable {
        public var layers: [LayerSource]

        public init(layers: [LayerSource] = []) { self.layers = layers }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            layers = try container.decode(.layers, default: [])
        }
    }

    /// Empty pods kept ready.
    public var warmPods: Int
    public var maxPods: Int
    /// An empty pod above `warmPods` goes after this many seconds.
    public var idlePodSeconds: Int
    public var maxSandboxesPerPod: Int
    public var overcommit: Overcommit
    public var runtimes: [Runtime]
    public var preload: Preload
    /// A core/v1 PodTemplateSpec, taken as it is.
    public var template: JSONValue?

    public init() {
        warmPods = 1
        maxPods = 10
        idlePodSeconds = 300
        maxSandboxesPerPod = 200
        overcommit = Overcommit()
        runtimes = [Runtime(name: "nodejs", prewarmed: 2)]
        preload = Preload()
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        warmPods = try container.decode(.warmPods, default: 1)
        maxPods = try container.decode(.maxPods, default: 10)
        idlePodSeconds = try container.decode(.idlePodSeconds, default: 300)
        maxSandboxesPerPod = try container.decode(.maxSandboxesPerPod, default: 200)
        overcommit = try container.decode(.overcommit, default: Overcommit())
        runtimes = try container.decode(.runtimes, default: [Runtime(name: "nodejs", prewarmed: 2)])
        preload = try container.decode(.preload, default: Preload())
        template = try container.decodeIfPresent(JSONValue.self, forKey: .template)
    }
}

public struct ResourcePoolStatus: Codable, Sendable, Equatable {
    public var observedGeneration: Int64?
    public var pods: Int
    public var readyPods: Int
    /// Ready pods without a sandbox.
    public var warmPods: Int
    public var sandboxes: Int
    /// `Ready`.
    public var conditions: [Condition]

    public init() {
        pods = 0
        readyPods = 0
        warmPods = 0
        sandboxes = 0
        conditions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
        pods = try container.decode(.pods, default: 0)
        readyPods = try container.decode(.readyPods, default: 0)
        warmPods = try container.decode(.warmPods, default: 0)
        sandboxes = try container.decode(.sandboxes, default: 0)
        conditions = try container.decode(.conditions, default: [])
    }
}
