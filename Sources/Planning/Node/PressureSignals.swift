/// What a pod still has of what it may run out of.
public struct PressureSignals: Sendable, Equatable {
    /// An amount, and the whole that it is left of.
    public struct Amount: Sendable, Equatable {
        public var available: Int64
        public var total: Int64

        public init(available: Int64, total: Int64) {
            self.available = available
            self.total = total
        }
    }

    /// Bytes: of the machine, or of the control group where that leaves less.
    public var memory: Amount
    /// Bytes of the file system with the pod's files and the packages.
    public var disk: Amount
    /// Threads and processes.
    public var pids: Amount

    public init(memory: Amount, disk: Amount, pids: Amount) {
        self.memory = memory
        self.disk = disk
        self.pids = pids
    }
}

/// Below what a pod is short of something: the kubelet's hard eviction thresholds, where it has any.
public struct PressureLimits: Sendable, Equatable {
    /// `memory.available<100Mi`.
    public var memoryBytes = Int64(100) << 20
    /// `nodefs.available<10%`.
    public var diskShare = 0.1
    /// No more than this of the disk: a tenth of a large disk is room for very many packages.
    public var diskBytes = Int64(5) << 30
    /// `pid.available`, of which the kubelet has no default.
    public var pids = Int64(512)
    /// How long a condition stays after its threshold was last met (`--eviction-pressure-transition-period`).
    public var transitionSeconds = 300.0
    /// Between the end of an evicted sandbox and the next eviction: what it gave back shows in the signals by then.
    public var settleSeconds = 2.0
    /// An evicted sandbox that has not ended after this long holds up the next eviction no more.
    public var endSeconds = 10.0
    /// What an evicted sandbox has at most of its grace period: memory does not wait.
    public var graceSeconds = 3

    public init() {}
}

/// What a pod can be short of.
public enum PressureSignal: String, Sendable, CaseIterable {
    case memory = "memory.available"
    case disk = "nodefs.available"
    case pids = "pid.available"

    /// Of the SandboxNode.
    public var condition: String {
        switch self {
        case .memory: "MemoryPressure"
        case .disk: "DiskPressure"
        case .pids: "PIDPressure"
        }
    }

    func amount(_ signals: PressureSignals) -> PressureSignals.Amount {
        switch self {
        case .memory: signals.memory
        case .disk: signals.disk
        case .pids: signals.pids
        }
    }

    func threshold(_ amount: PressureSignals.Amount, _ limits: PressureLimits) -> Int64 {
        switch self {
        case .memory: limits.memoryBytes
        case .disk: min(limits.diskBytes, Int64(Double(max(0, min(amount.total, 1 << 60))) * limits.diskShare))
        case .pids: limits.pids
        }
    }
}
