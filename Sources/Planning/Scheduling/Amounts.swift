import KubeAPI
import NestAPI

/// What sandboxes ask for, or a node has.
public struct Amounts: Sendable, Hashable {
    /// Thousandths of a core.
    public var milliCPU: Int64
    /// Bytes.
    public var memory: Int64
    public var sandboxes: Int

    public init(milliCPU: Int64 = 0, memory: Int64 = 0, sandboxes: Int = 0) {
        self.milliCPU = milliCPU
        self.memory = memory
        self.sandboxes = sandboxes
    }

    static func + (left: Amounts, right: Amounts) -> Amounts {
        Amounts(
            milliCPU: left.milliCPU &+ right.milliCPU, memory: left.memory &+ right.memory,
            sandboxes: left.sandboxes + right.sandboxes)
    }

    static func - (left: Amounts, right: Amounts) -> Amounts {
        Amounts(
            milliCPU: left.milliCPU &- right.milliCPU, memory: left.memory &- right.memory,
            sandboxes: left.sandboxes - right.sandboxes)
    }
}

extension Sandbox {
    /// The room that the sandbox takes on a node; what no node could have is as good as more of it.
    var amounts: Amounts {
        let requests = spec.resources.requests
        return Amounts(
            milliCPU: min(max(0, requests.cpu?.milli ?? 0), 1 << 40),
            memory: min(max(0, requests.memory?.value ?? 0), 1 << 50), sandboxes: 1)
    }
}

extension SandboxNode {
    /// What requests may add up to here: as the sidecar says, else the capacity times the pool's overcommit; never more
    /// sandboxes than the pool allows.
    func allocatable(_ pool: ResourcePoolSpec?) -> Amounts {
        guard let found = status.allocatable ?? status.capacity else { return Amounts() }
        let isScaled = status.allocatable != nil
        let cpu = isScaled ? 1 : pool?.overcommit.cpu ?? 1
        let memory = isScaled ? 1 : pool?.overcommit.memory ?? 1
        return Amounts(
            milliCPU: scaled(found.cpu.milli, by: cpu), memory: scaled(found.memory.value, by: memory),
            sandboxes: min(found.sandboxes, pool?.maxSandboxesPerPod ?? found.sandboxes))
    }

    private func scaled(_ amount: Int64, by factor: Double) -> Int64 {
        factor == 1 ? amount : Int64(min(Double(amount) * max(0, factor), 9e18))
    }
}
