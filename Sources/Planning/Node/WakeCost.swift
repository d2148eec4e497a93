/// What a process of a runtime is expected to take of memory, learnt from those that were there.
public struct WakeCost: Sendable, Equatable {
    /// What is assumed of a runtime of which nothing is known: Node.js with a small function.
    public static let process = Int64(64) << 20
    /// The least, however little one has taken while it was idle: requests take more.
    static let least = Int64(32) << 20
    /// Of a host that holds many sandboxes: a JVM with an empty heap.
    public static let sharedHost = Int64(256) << 20
    /// Of one more sandbox in a host that is there.
    public static let share = Int64(8) << 20
    /// How much of the mean a new figure is.
    private static let weight = 8.0

    private var mean: Double?

    public init() {}

    /// A sandbox of the runtime took so many bytes.
    public mutating func observe(_ bytes: Int64) {
        guard bytes > 0 else { return }
        let bytes = Double(bytes)
        mean = mean.map { $0 + (bytes - $0) / Self.weight } ?? bytes
    }

    /// What a process of the runtime is expected to take.
    ///
    /// - Parameters:
    ///   - own: what the sandbox took when it had a process last; nil: it never had.
    ///   - request: `requests.memory`.
    ///   - taken: bytes that a process which it gets has taken already.
    /// - Returns: bytes, not counting these; a load takes some in any case.
    public func bytes(own: Int64? = nil, request: UInt64? = nil, taken: Int64 = 0) -> Int64 {
        let usual = own ?? mean.map { Int64($0) } ?? Self.process
        let all = max(Self.least, usual, Int64(clamping: request ?? 0))
        return taken > 0 ? max(Self.share, all - taken) : all
    }

    /// What one more sandbox takes where hosts hold many.
    ///
    /// - Parameter hasHost: whether there is one that takes it, or will be.
    /// - Returns: bytes.
    public static func shared(hasHost: Bool) -> Int64 { hasHost ? share : sharedHost }
}
