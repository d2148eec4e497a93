/// What a cache has done since it was opened: counters, but for `cachedBytes`.
public struct PackageMetrics: Sendable, Equatable {
    /// Packages that were there already.
    public var hits = 0
    /// Packages that had to be made; who waited for the same one counts once.
    public var misses = 0
    /// Of the misses, archives that were unpacked while they came.
    public var streamed = 0
    /// Of the misses, those that came to nothing.
    public var failures = 0
    /// Bytes of archives that came over the network or from files.
    public var fetchedBytes: Int64 = 0
    public var fetchSeconds = 0.0
    /// Bytes of files that were written.
    public var unpackedBytes: Int64 = 0
    public var unpackSeconds = 0.0
    /// Packages that were removed to stay within `PackageLimits.cacheBytes`.
    public var evictions = 0
    public var evictedBytes: Int64 = 0
    /// Bytes that all packages take on disk, as of the last time that one was made.
    public var cachedBytes: Int64 = 0

    public init() {}
}
