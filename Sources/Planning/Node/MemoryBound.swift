/// How much private memory a sandbox's process may take.
public enum MemoryBound {
    /// Node.js does not live with less.
    public static let least = UInt64(128) << 20
    /// What a pod keeps for itself of its memory, at least.
    public static let reserveBytes = UInt64(512) << 20

    /// - Parameter capacity: the pod's memory in bytes.
    /// - Returns: the bound of a sandbox without a limit: all of the capacity but a tenth, or but `reserveBytes` where that
    ///   is more.
    public static func unlimited(capacity: Int64) -> UInt64 {
        let capacity = UInt64(max(0, capacity))
        let reserve = max(capacity / 10, reserveBytes)
        return max(least, capacity > reserve ? capacity - reserve : 0)
    }

    /// - Parameters:
    ///   - limit: `limits.memory` in bytes.
    ///   - unlimited: the bound without one, which no limit goes beyond.
    /// - Returns: the bound in bytes.
    public static func bytes(limit: UInt64?, unlimited: UInt64) -> UInt64 {
        min(max(limit ?? unlimited, least), unlimited)
    }
}
