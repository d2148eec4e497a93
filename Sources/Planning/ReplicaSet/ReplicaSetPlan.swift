import KubeAPI
import NestAPI

/// Everything that a decision about one SandboxReplicaSet looks at.
public struct ReplicaSetObserved: Sendable, Equatable {
    public var replicaSet: SandboxReplicaSet
    /// Those that the set owns, and orphans that its selector matches.
    public var sandboxes: [Sandbox]
    /// How many sandboxes of the same deployment each node has, this set's included.
    public var crowding: [String: Int]

    public init(replicaSet: SandboxReplicaSet, sandboxes: [Sandbox], crowding: [String: Int] = [:]) {
        self.replicaSet = replicaSet
        self.sandboxes = sandboxes
        self.crowding = crowding
    }
}

/// What to do for one SandboxReplicaSet.
public struct ReplicaSetPlan: Sendable, Equatable {
    public var adopt: [Sandbox] = []
    public var release: [Sandbox] = []
    /// Sandboxes to make; the shell gives each a name (`GeneratedName`).
    public var create: [Sandbox] = []
    /// Sandboxes to delete, the most dispensable first.
    public var delete: [Sandbox] = []
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?
    /// Places that stay empty until a failed sandbox may be replaced.
    var held = 0
    /// How many failures in a row the next sandboxes carry on, highest first.
    var attempts: [Int] = []

    public init() {}
}

extension NestGroup {
    /// On sandboxes: how many before it failed one after the other.
    ///
    /// The wait before the next one follows from it.
    public static let attemptAnnotation = "nest.dev/replacement-attempt"
}

extension Sandbox {
    /// Counts towards `replicas` (`IsPodActive`).
    public var isActive: Bool { !isFinished && !isTerminating }

    /// Ready for at least `minReadySeconds` (`IsPodAvailable`).
    public func isAvailable(minReadySeconds: Int, now: Timestamp) -> Bool {
        secondsToAvailable(minReadySeconds: minReadySeconds, now: now).map { $0 <= 0 } ?? false
    }

    /// Seconds until the sandbox is available if it stays ready; nil when it is not ready.
    func secondsToAvailable(minReadySeconds: Int, now: Timestamp) -> Double? {
        guard isReady, let ready = status.conditions[SandboxCondition.ready] else { return nil }
        guard minReadySeconds > 0 else { return 0 }
        return Double(minReadySeconds) - now.seconds(since: ready.lastTransitionTime)
    }
}
