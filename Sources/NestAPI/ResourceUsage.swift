import KubeAPI

/// What something uses, of what `requests` and `limits` speak of.
public struct ResourceUsage: Codable, Sendable, Equatable {
    /// Processors, over the last seconds.
    public var cpu: Quantity
    /// Its share of memory (PSS), in whole MiB.
    public var memory: Quantity

    public init(cpu: Quantity, memory: Quantity) {
        self.cpu = cpu
        self.memory = memory
    }
}
