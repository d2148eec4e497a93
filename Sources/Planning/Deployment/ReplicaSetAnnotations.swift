import KubeAPI
import NestAPI

extension NestGroup {
    /// On replica sets: `spec.replicas` of the deployment when the set was last scaled.
    public static let desiredReplicasAnnotation = "nest.dev/desired-replicas"
    /// On replica sets: `desired-replicas` and the surge.
    public static let maxReplicasAnnotation = "nest.dev/max-replicas"
    /// On replica sets: earlier revision numbers of the same template, comma-separated.
    public static let revisionHistoryAnnotation = "nest.dev/revision-history"
    /// On bound sandboxes: kept until the sidecar has stopped the sandbox.
    public static let sidecarFinalizer = "nest.dev/sidecar"
}

extension SandboxReplicaSet {
    /// 0 where there is none.
    public var revision: Int64 { metadata.annotations[NestGroup.revisionAnnotation].flatMap(Int64.init) ?? 0 }

    var desiredReplicasAnnotation: Int? {
        metadata.annotations[NestGroup.desiredReplicasAnnotation].flatMap { Int($0) }
    }

    var maxReplicasAnnotation: Int? { metadata.annotations[NestGroup.maxReplicasAnnotation].flatMap { Int($0) } }

    /// Remembers the size that the deployment asked for, which is how a later change of it is noticed.
    mutating func setReplicasAnnotations(_ spec: SandboxDeploymentSpec) {
        metadata.annotations[NestGroup.desiredReplicasAnnotation] = String(spec.replicas)
        metadata.annotations[NestGroup.maxReplicasAnnotation] = String(spec.replicas + spec.maxSurge)
    }

    /// Gives the set its number, and keeps the one that it had (`SetNewReplicaSetAnnotations`).
    ///
    /// Numbers never go down.
    mutating func setRevision(_ new: Int64) {
        let old = revision
        guard new > old else { return }
        metadata.annotations[NestGroup.revisionAnnotation] = String(new)
        guard old > 0 else { return }
        let history = metadata.annotations[NestGroup.revisionHistoryAnnotation].map { $0 + "," } ?? ""
        metadata.annotations[NestGroup.revisionHistoryAnnotation] = String((history + String(old)).suffix(2000))
    }
}
