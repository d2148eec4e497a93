import KubeAPI
import NestAPI

/// One node with all that the scheduler knows of it.
///
/// Source: kubernetes `pkg/scheduler/framework`, `NodeInfo`.
public struct NodeUse: Sendable, Equatable {
    public var node: SandboxNode
    public var allocatable: Amounts
    /// The sum of what is bound here, and of what is about to be.
    public var used: Amounts
    /// Sandboxes of each deployment here.
    public var replicas: [String: Int]

    public init(node: SandboxNode, allocatable: Amounts, used: Amounts = Amounts(), replicas: [String: Int] = [:]) {
        self.node = node
        self.allocatable = allocatable
        self.used = used
        self.replicas = replicas
    }
}
