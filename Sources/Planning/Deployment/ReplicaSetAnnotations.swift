import KubeAPI
import NestAPI

extension NestGroup {
    /// On replica sets: `spec.replicas` of the deployment when the set was last scaled.
    public static let desiredReplicasAnnotation = "nest.dev/desired-replicas"
    /// On replica sets: `desired-replicas` and the surge.
    public static let maxReplicasAnnotation = "nest.dev/max-replicas"
    /// On replica sets: earlier revision numbers of the same template, comma-separated.
    public static let revisionHistoryAnnotation = "nest.dev/revision-history"
    /// On deployments and replica sets: why the template was changed, in its author's words; what history shows.
    public static let changeCauseAnnotation = "kubernetes.io/change-cause"
    /// On templates: when a restart was asked for, so that the template differs.
    public static let restartedAtAnnotation = "nest.dev/restartedAt"
    /// On bound sandboxes: kept until the sidecar has stopped the sandbox.
    public static let sidecarFinalizer = "nest.dev/sidecar"
}

extension NestGroup {
    /// Whether an annotation of a deployment is also one of its revisions (`annotationsToSkip`).
    static func isCarriedByRevisions(_ annotation: String) -> Bool {
        ![
            "kubectl.kubernetes.io/last-applied-configuration", revisionAnnotation, revisionHistoryAnnotation,
            desiredReplicasAnnotation, maxReplicasAnnotation,
        ].contains(annotation)
    }
}

extension SandboxReplicaSet {
    /// Characters that a history of revision numbers may have (`maxRevHistoryLengthInChars`).
    private static var longestHistory: Int { 2000 }

    /// 0 where there is none.
    ///
    /// What no count of templates could come to was written by someone else, and counts as none.
    public var revision: Int64 {
        let number = metadata.annotations[NestGroup.revisionAnnotation].flatMap { Int64($0) } ?? 0
        return (0...1_000_000_000_000).contains(number) ? number : 0
    }

    var desiredReplicasAnnotation: Int? {
        metadata.annotations[NestGroup.desiredReplicasAnnotation].flatMap { Int($0) }
    }

    var maxReplicasAnnotation: Int? { metadata.annotations[NestGroup.maxReplicasAnnotation].flatMap { Int($0) } }

    /// Remembers the size that the deployment asked for, which is how a later change of it is noticed.
    mutating func setReplicasAnnotations(_ spec: SandboxDeploymentSpec) {
        metadata.annotations[NestGroup.desiredReplicasAnnotation] = String(spec.replicas)
        metadata.annotations[NestGroup.maxReplicasAnnotation] = String(spec.replicas + spec.maxSurge)
    }

    /// Takes over what the deployment's author has noted on it, the change cause above all
    /// (`copyDeploymentAnnotationsToReplicaSet`).
    mutating func copyAnnotations(of deployment: SandboxDeployment) {
        let carried = deployment.metadata.annotations.filter { NestGroup.isCarriedByRevisions($0.key) }
        metadata.annotations.merge(carried) { $1 }
    }

    /// Gives the set its number, and keeps the one that it had (`SetNewReplicaSetAnnotations`).
    ///
    /// Numbers never go down.
    mutating func setRevision(_ new: Int64) {
        let old = revision
        guard new > old else { return }
        metadata.annotations[NestGroup.revisionAnnotation] = String(new)
        guard old > 0 else { return }
        var history = (metadata.annotations[NestGroup.revisionHistoryAnnotation] ?? "").split(separator: ",")[...]
        history.append(Substring(String(old)))
        while history.reduce(history.count - 1, { $0 + $1.count }) > Self.longestHistory { history.removeFirst() }
        metadata.annotations[NestGroup.revisionHistoryAnnotation] = history.joined(separator: ",")
    }
}
