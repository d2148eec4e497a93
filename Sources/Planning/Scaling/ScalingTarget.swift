import KubeAPI
import NestAPI

/// What the scaler knows of a SandboxDeployment.
public struct ScalingTarget: Sendable, Equatable {
    public var key: ObjectKey
    /// How many sandboxes it asks for.
    public var replicas: Int
    /// How many there are.
    public var current: Int
    /// How many serve.
    public var ready: Int
    /// Of its spec.
    public var generation: Int64

    /// nil for one that is on its way out.
    public init?(_ deployment: SandboxDeployment) {
        guard deployment.metadata.deletionTimestamp == nil else { return nil }
        key = deployment.key
        replicas = deployment.spec.replicas
        current = deployment.status.replicas
        ready = deployment.status.readyReplicas
        generation = deployment.metadata.generation
    }
}

extension SandboxAutoscaler {
    /// The key of what it scales.
    public var targetKey: ObjectKey {
        ObjectKey(namespace: metadata.namespace, name: spec.scaleTargetRef.name)
    }

    /// Whether this one scales their common target, of two.
    ///
    /// The older does; of two that are as old, the first by name.
    func goesBefore(_ other: SandboxAutoscaler) -> Bool {
        let (mine, others) = (metadata.creationTimestamp, other.metadata.creationTimestamp)
        let age = mine?.microseconds ?? .max
        let otherAge = others?.microseconds ?? .max
        return (age, metadata.name) < (otherAge, other.metadata.name)
    }
}
