import KubeAPI
import NestAPI

/// What `rollout status` says of a deployment.
///
/// Source: kubernetes `kubectl/pkg/polymorphichelpers/rollout_status.go`, whose words these are.
public enum RolloutProgress: Sendable, Equatable {
    case waiting(String)
    case done(String)
    case failed(String)

    /// - Parameters:
    ///   - deployment: as it is.
    ///   - revision: the only revision that is of interest; 0: whichever is the newest.
    public init(of deployment: SandboxDeployment, revision: Int64 = 0) {
        let running = deployment.metadata.annotations[NestGroup.revisionAnnotation].flatMap(Int64.init) ?? 0
        if revision > 0, revision != running {
            self = .failed(
                "desired revision (\(revision)) is different from the running revision (\(running))")
        } else if (deployment.status.observedGeneration ?? 0) < deployment.metadata.generation {
            self = .waiting("Waiting for deployment spec update to be observed...")
        } else {
            self = Self.observed(deployment)
        }
    }

    private static func observed(_ deployment: SandboxDeployment) -> RolloutProgress {
        let (name, status, wanted) = (deployment.metadata.name, deployment.status, deployment.spec.replicas)
        let waiting = "Waiting for deployment \"\(name)\" rollout to finish:"
        let condition = status.conditions[DeploymentCondition.progressing]
        if let condition, condition.reason == DeploymentCondition.progressDeadlineExceeded {
            return .failed("deployment \"\(name)\" exceeded its progress deadline\n\(condition.message)")
        }
        // What apps/v1 refuses at the API is only found out by the controller here.
        if let condition, condition.reason == DeploymentCondition.invalidSelector { return .failed(condition.message) }
        if status.updatedReplicas < wanted {
            return .waiting("\(waiting) \(status.updatedReplicas) out of \(wanted) new replicas have been updated...")
        }
        if status.replicas > status.updatedReplicas {
            let old = status.replicas - status.updatedReplicas
            return .waiting("\(waiting) \(old) old replicas are pending termination...")
        }
        if status.availableReplicas < status.updatedReplicas {
            return .waiting(
                "\(waiting) \(status.availableReplicas) of \(status.updatedReplicas) updated replicas are available...")
        }
        return .done("deployment \"\(name)\" successfully rolled out")
    }
}
