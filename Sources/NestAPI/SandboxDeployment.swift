import KubeAPI

/// Keeps a number of sandboxes of the newest template running, and replaces them when the template changes.
public struct SandboxDeployment: StatusObject {
    public static let resource = NestGroup.resource("SandboxDeployment", "sandboxdeployments")

    public var metadata: ObjectMeta
    public var spec: SandboxDeploymentSpec
    public var status: SandboxDeploymentStatus

    public init(metadata: ObjectMeta, spec: SandboxDeploymentSpec, status: SandboxDeploymentStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(SandboxDeploymentSpec.self, forKey: .spec)
        status = try container.decode(.status, default: SandboxDeploymentStatus())
    }
}

/// The semantics are those of apps/v1 `DeploymentSpec`.
public struct SandboxDeploymentSpec: Codable, Sendable, Equatable {
    public var replicas: Int
    public var selector: LabelSelector
    public var strategy: RolloutStrategy
    /// Seconds that a sandbox must be ready before it counts as available.
    public var minReadySeconds: Int
    /// Old replica sets kept for a rollback.
    public var revisionHistoryLimit: Int
    /// Seconds without progress after which a rollout is reported as failed.
    public var progressDeadlineSeconds: Int
    public var paused: Bool
    /// A request to go back to an earlier template; the controller clears it.
    public var rollbackTo: RollbackTarget?
    public var template: SandboxTemplate

    public init(replicas: Int = 1, selector: LabelSelector, template: SandboxTemplate) {
        self.replicas = replicas
        self.selector = selector
        strategy = RolloutStrategy()
        minReadySeconds = 0
        revisionHistoryLimit = 10
        progressDeadlineSeconds = 600
        paused = false
        self.template = template
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        replicas = try container.decode(.replicas, default: 1)
        selector = try container.decode(LabelSelector.self, forKey: .selector)
        strategy = try container.decode(.strategy, default: RolloutStrategy())
        minReadySeconds = try container.decode(.minReadySeconds, default: 0)
        revisionHistoryLimit = try container.decode(.revisionHistoryLimit, default: 10)
        progressDeadlineSeconds = try container.decode(.progressDeadlineSeconds, default: 600)
        paused = try container.decode(.paused, default: false)
        rollbackTo = try container.decodeIfPresent(RollbackTarget.self, forKey: .rollbackTo)
        template = try container.decode(SandboxTemplate.self, forKey: .template)
    }
}

/// How old sandboxes are replaced (apps/v1 `DeploymentStrategy`).
public struct RolloutStrategy: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case rollingUpdate = "RollingUpdate"
        case recreate = "Recreate"
    }

    public struct RollingUpdate: Codable, Sendable, Equatable {
        /// Sandboxes above `replicas` during a rollout; a percentage rounds up.
        public var maxSurge: IntOrPercent
        /// Sandboxes that may be unavailable during a rollout; a percentage rounds down.
        public var maxUnavailable: IntOrPercent

        public init(maxSurge: IntOrPercent = .percent(25), maxUnavailable: IntOrPercent = .percent(25)) {
            self.maxSurge = maxSurge
            self.maxUnavailable = maxUnavailable
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            maxSurge = try container.decode(.maxSurge, default: .percent(25))
            maxUnavailable = try container.decode(.maxUnavailable, default: .percent(25))
        }
    }

    public var type: Kind
    public var rollingUpdate: RollingUpdate

    public init(type: Kind = .rollingUpdate, rollingUpdate: RollingUpdate = RollingUpdate()) {
        self.type = type
        self.rollingUpdate = rollingUpdate
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(.type, default: .rollingUpdate)
        rollingUpdate = try container.decode(.rollingUpdate, default: RollingUpdate())
    }
}

/// The revision to go back to; 0: the one before the current.
public struct RollbackTarget: Codable, Sendable, Equatable {
    public var revision: Int64

    public init(revision: Int64 = 0) { self.revision = revision }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        revision = try container.decode(.revision, default: 0)
    }
}

/// The fields of apps/v1 `DeploymentStatus`, and the selector as text for the scale subresource.
public struct SandboxDeploymentStatus: Codable, Sendable, Equatable {
    public var observedGeneration: Int64?
    public var replicas: Int
    public var updatedReplicas: Int
    public var readyReplicas: Int
    public var availableReplicas: Int
    public var unavailableReplicas: Int
    public var terminatingReplicas: Int
    public var collisionCount: Int?
    public var selector: String
    /// `Available`, `Progressing`, `ReplicaFailure`.
    public var conditions: [Condition]

    public init() {
        replicas = 0
        updatedReplicas = 0
        readyReplicas = 0
        availableReplicas = 0
        unavailableReplicas = 0
        terminatingReplicas = 0
        selector = ""
        conditions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
        replicas = try container.decode(.replicas, default: 0)
        updatedReplicas = try container.decode(.updatedReplicas, default: 0)
        readyReplicas = try container.decode(.readyReplicas, default: 0)
        availableReplicas = try container.decode(.availableReplicas, default: 0)
        unavailableReplicas = try container.decode(.unavailableReplicas, default: 0)
        terminatingReplicas = try container.decode(.terminatingReplicas, default: 0)
        collisionCount = try container.decodeIfPresent(Int.self, forKey: .collisionCount)
        selector = try container.decode(.selector, default: "")
        conditions = try container.decode(.conditions, default: [])
    }
}
