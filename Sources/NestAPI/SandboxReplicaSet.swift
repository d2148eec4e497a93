import KubeAPI

/// Keeps a number of sandboxes of one template running.
public struct SandboxReplicaSet: StatusObject {
    public static let resource = NestGroup.resource("SandboxReplicaSet", "sandboxreplicasets")

    public var metadata: ObjectMeta
    public var spec: SandboxReplicaSetSpec
    public var status: SandboxReplicaSetStatus

    public init(metadata: ObjectMeta, spec: SandboxReplicaSetSpec, status: SandboxReplicaSetStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(SandboxReplicaSetSpec.self, forKey: .spec)
        status = try container.decode(.status, default: SandboxReplicaSetStatus())
    }
}

/// The semantics are those of apps/v1 `ReplicaSetSpec`.
public struct SandboxReplicaSetSpec: Codable, Sendable, Equatable {
    public var replicas: Int
    public var minReadySeconds: Int
    public var selector: LabelSelector
    public var template: SandboxTemplate

    public init(replicas: Int = 1, minReadySeconds: Int = 0, selector: LabelSelector, template: SandboxTemplate) {
        self.replicas = replicas
        self.minReadySeconds = minReadySeconds
        self.selector = selector
        self.template = template
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        replicas = try container.decode(.replicas, default: 1)
        minReadySeconds = try container.decode(.minReadySeconds, default: 0)
        selector = try container.decode(LabelSelector.self, forKey: .selector)
        template = try container.decode(SandboxTemplate.self, forKey: .template)
    }
}

/// The fields of apps/v1 `ReplicaSetStatus`, and the selector as text for the scale subresource.
public struct SandboxReplicaSetStatus: Codable, Sendable, Equatable {
    public var observedGeneration: Int64?
    public var replicas: Int
    public var fullyLabeledReplicas: Int
    public var readyReplicas: Int
    public var availableReplicas: Int
    public var terminatingReplicas: Int
    public var selector: String
    /// `ReplicaFailure`.
    public var conditions: [Condition]

    public init() {
        replicas = 0
        fullyLabeledReplicas = 0
        readyReplicas = 0
        availableReplicas = 0
        terminatingReplicas = 0
        selector = ""
        conditions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
        replicas = try container.decode(.replicas, default: 0)
        fullyLabeledReplicas = try container.decode(.fullyLabeledReplicas, default: 0)
        readyReplicas = try container.decode(.readyReplicas, default: 0)
        availableReplicas = try container.decode(.availableReplicas, default: 0)
        terminatingReplicas = try container.decode(.terminatingReplicas, default: 0)
        selector = try container.decode(.selector, default: "")
        conditions = try container.decode(.conditions, default: [])
    }
}
