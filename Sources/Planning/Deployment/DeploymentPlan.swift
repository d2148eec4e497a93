import KubeAPI
import NestAPI

/// Everything that a decision about one SandboxDeployment looks at.
public struct DeploymentObserved: Sendable, Equatable {
    public var deployment: SandboxDeployment
    /// Those that the deployment owns, and orphans that its selector matches.
    public var replicaSets: [SandboxReplicaSet]
    /// Those of the deployment: Recreate waits for the last old one to be gone, and the conditions say what is wrong.
    public var sandboxes: [Sandbox]

    public init(deployment: SandboxDeployment, replicaSets: [SandboxReplicaSet], sandboxes: [Sandbox]) {
        self.deployment = deployment
        self.replicaSets = replicaSets
        self.sandboxes = sandboxes
    }
}

/// One write that a SandboxDeployment needs.
public enum DeploymentWrite: Sendable, Equatable {
    case adopt(SandboxReplicaSet)
    case release(SandboxReplicaSet)
    case create(SandboxReplicaSet)
    /// Annotations, `replicas` and `minReadySeconds` of `to`, if the set still is as in `from`.
    case update(from: SandboxReplicaSet, to: SandboxReplicaSet)
    case delete(SandboxReplicaSet)
    /// Clears `rollbackTo`; with a target it also becomes what the deployment was.
    case rollBack(to: RollbackSource?)
}

/// What an earlier revision had, as a rollback puts it back.
public struct RollbackSource: Sendable, Equatable {
    public var template: SandboxTemplate
    /// All annotations of the deployment: the revision's, and of its own those that no revision carries.
    public var annotations: [String: String]

    public init(template: SandboxTemplate, annotations: [String: String]) {
        self.template = template
        self.annotations = annotations
    }
}

/// What to do for one SandboxDeployment.
public struct DeploymentPlan: Sendable, Equatable {
    /// In the order in which they must happen.
    public var writes: [DeploymentWrite] = []
    /// To be written after `writes`; nil when it is what the deployment already says.
    public var status: SandboxDeploymentStatus?
    /// The revision number that the deployment is to show, after all else; nil when it does.
    public var revision: Int64?
    /// On the deployment.
    public var events: [PlannedEvent] = []
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?

    public init() {}
}

/// The condition types and reasons of apps/v1 `DeploymentConditionType`, and one of Nest's own.
public enum DeploymentCondition {
    public static let available = "Available"
    public static let progressing = "Progressing"
    public static let replicaFailure = "ReplicaFailure"

    public static let minimumReplicasAvailable = "MinimumReplicasAvailable"
    public static let minimumReplicasUnavailable = "MinimumReplicasUnavailable"
    public static let newReplicaSetCreated = "NewReplicaSetCreated"
    public static let foundNewReplicaSet = "FoundNewReplicaSet"
    public static let replicaSetUpdated = "ReplicaSetUpdated"
    public static let newReplicaSetAvailable = "NewReplicaSetAvailable"
    public static let progressDeadlineExceeded = "ProgressDeadlineExceeded"
    public static let replicaSetCreateError = "ReplicaSetCreateError"
    public static let paused = "DeploymentPaused"
    public static let resumed = "DeploymentResumed"
    /// The selector is empty, or does not match the template's labels.
    public static let invalidSelector = "InvalidSelector"
}
