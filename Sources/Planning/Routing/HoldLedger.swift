/// Counts the requests that wait for a sandbox, and says which may.
///
/// It knows functions by the `id` of their route.
public struct HoldLedger: Sendable, Equatable {
    /// What keeps waiting bounded.
    public struct Limits: Sendable, Equatable {
        /// The most requests of one function that wait.
        public var requestsOfFunction = 1000
        /// The most requests that wait.
        public var requests = 10_000
        /// The most bytes of waiting requests that are kept: heads, and what has been read of bodies.
        public var bytes = 64 * 1024 * 1024

        public init() {}
    }

    private let limits: Limits
    private var ofFunction: [Int: Int] = [:]
    /// How many wait.
    public private(set) var requests = 0
    /// How many bytes of them are kept.
    public private(set) var bytes = 0

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Counts a request in, if it may wait.
    ///
    /// - Parameters:
    ///   - id: of its function.
    ///   - bytes: how many of its bytes are kept.
    ///   - waited: whether it has waited before, was given to a sandbox that was not there, and waits on: it is let in
    ///     whoever has come meanwhile, as it was first.
    /// - Returns: why it may not; nil if it may.
    public mutating func admit(function id: Int, bytes: Int, waited: Bool = false) -> HoldRefusal? {
        let before = ofFunction[id] ?? 0
        if !waited {
            if before >= limits.requestsOfFunction { return .requestsOfFunction(limit: limits.requestsOfFunction) }
            if requests >= limits.requests { return .requests(limit: limits.requests) }
            if self.bytes + bytes > limits.bytes { return .bytes(limit: limits.bytes) }
        }
        ofFunction[id] = before + 1
        requests += 1
        self.bytes += bytes
        return nil
    }

    /// Counts bytes in that came while their request waited, or out.
    public mutating func grow(by count: Int) { bytes += count }

    /// Counts a request out that was counted in.
    ///
    /// - Parameters:
    ///   - id: of its function.
    ///   - bytes: how many of its bytes have been counted in.
    public mutating func release(function id: Int, bytes: Int) {
        let left = (ofFunction[id] ?? 0) - 1
        ofFunction[id] = left > 0 ? left : nil
        requests -= 1
        self.bytes -= bytes
    }
}
