import KubeAPI
import NestAPI

/// A rollout verb that is one small change of the deployment.
///
/// Source: kubernetes `kubectl/pkg/polymorphichelpers`, `objectpauser.go`, `objectresumer.go`, `objectrestarter.go`.
public enum RolloutEdit: Sendable, Equatable {
    case pause, resume, restart

    /// What to say once it is done.
    public var participle: String {
        switch self {
        case .pause: "paused"
        case .resume: "resumed"
        case .restart: "restarted"
        }
    }

    /// The merge patch that does it.
    /// - Throws: `RolloutError`, when the deployment is not one to which it can be done.
    public func patch(_ deployment: SandboxDeployment, now: Timestamp) throws(RolloutError) -> JSONValue {
        func refuse(_ why: String) -> RolloutError { RolloutError("\(deployment.quotedName) \(why)") }
        switch self {
        case .pause:
            guard !deployment.spec.paused else { throw refuse("is already paused") }
            return ["spec": ["paused": true]]
        case .resume:
            guard deployment.spec.paused else { throw refuse("is not paused") }
            return ["spec": ["paused": false]]
        case .restart:
            guard !deployment.spec.paused else {
                throw refuse("can't restart paused deployment (run rollout resume first)")
            }
            let (annotation, time) = (NestGroup.restartedAtAnnotation, now.wholeSeconds.description)
            guard deployment.spec.template.metadata.annotations[annotation] != time else {
                throw refuse(
                    "has already been restarted within the past second, please wait before attempting to trigger another"
                )
            }
            return ["spec": ["template": ["metadata": ["annotations": .object([annotation: .string(time)])]]]]
        }
    }
}
