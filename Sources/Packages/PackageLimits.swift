/// How much one package may ask of the machine.
public struct PackageLimits: Sendable, Equatable {
    /// Bytes of the archive.
    public var archiveBytes: Int64 = 512 << 20
    /// Bytes of all files together, unpacked.
    public var unpackedBytes: Int64 = 2 << 30
    /// Files, directories and links, the directories that a path implies included.
    public var entries: Int = 100_000
    /// Unpacked bytes for one byte of the archive.
    public var ratio: Int64 = 200
    /// Unpacked bytes below which the ratio is not looked at: a small archive may well be a large text.
    public var ratioFloorBytes: Int64 = 8 << 20
    /// Bytes of one path inside the package.
    public var pathBytes: Int = 1024
    /// Directories above a file inside the package, and itself.
    public var pathDepth: Int = 64
    /// Bytes of inline files, names included.
    public var inlineBytes: Int = 256 << 10

    /// HTTP redirects that are followed.
    public var redirects: Int = 5
    /// How long a connection may take to open.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a transfer may stay below `lowSpeedBytesPerSecond`.
    public var lowSpeedTime: Duration = .seconds(30)
    public var lowSpeedBytesPerSecond: Int = 1024
    /// How long a transfer may take in all.
    public var transferTimeout: Duration = .seconds(600)
    /// Tries of one request, or of one part of a large archive, that bring nothing new.
    public var attempts: Int = 4
    /// How long after the first failure the second try comes; each time twice as long.
    public var retryDelay: Duration = .milliseconds(250)
    /// Bytes above which an archive is fetched in parts of this size, side by side.
    public var partBytes: Int64 = 16 << 20
    /// Connections for one archive.
    public var connections: Int = 4
    /// Transfers at once.
    public var concurrentFetches: Int = 32
    /// Archives unpacked at once.
    public var concurrentUnpacks: Int = 4

    /// Bytes that all unpacked packages of a cache may take on disk; what is in use is never removed for it.
    public var cacheBytes: Int64 = 10 << 30
    /// How long after its last use a package still counts as used.
    public var useDuration: Duration = .seconds(600)

    public init() {}
}
