import KubeAPI
import NestAPI

/// What a pod has, and what requests on it may add up to.
public struct NodeCapacity: Sendable, Equatable {
    public var capacity: SandboxNodeStatus.Resources
    public var allocatable: SandboxNodeStatus.Resources

    /// - Parameters:
    ///   - cores: processors that the pod may use.
    ///   - memoryBytes: memory that the pod may use.
    ///   - maxSandboxes: the pool's limit by count.
    ///   - overcommit: the pool's; below 1 counts as 1, because a pod cannot have less than it has.
    public init(cores: Int, memoryBytes: Int64, maxSandboxes: Int, overcommit: ResourcePoolSpec.Overcommit) {
        func scaled(_ amount: Int64, _ factor: Double) -> Int64 {
            Int64(min(Double(amount) * max(1, factor), 9e15))
        }
        let milliCPU = Int64(cores) * 1000
        capacity = .init(cpu: .milliCPU(milliCPU), memory: .bytes(memoryBytes), sandboxes: maxSandboxes)
        allocatable = .init(
            cpu: .milliCPU(scaled(milliCPU, overcommit.cpu)), memory: .bytes(scaled(memoryBytes, overcommit.memory)),
            sandboxes: maxSandboxes)
    }
}
