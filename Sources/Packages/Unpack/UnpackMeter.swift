/// Counts what an archive makes of itself, and says when it is too much.
struct UnpackMeter {
    private let limits: PackageLimits
    /// How long the archive is, as far as is known by now.
    private let archiveBytes: () -> Int64
    private(set) var entries = 0
    private(set) var bytes: Int64 = 0

    init(limits: PackageLimits, archiveBytes: @escaping () -> Int64) {
        self.limits = limits
        self.archiveBytes = archiveBytes
    }

    /// What it takes on disk: a block more for each entry.
    var diskBytes: Int64 { bytes + Int64(entries) * 4096 }

    /// One more file, directory or link.
    mutating func countEntry() throws(PackageError) {
        entries += 1
        guard entries <= limits.entries else {
            throw PackageError(.tooLarge, "the archive has more than \(limits.entries) files and directories")
        }
    }

    /// More bytes of files.
    mutating func count(bytes more: Int) throws(PackageError) {
        bytes += Int64(more)
        try check(bytes)
    }

    /// Whether `total` bytes may come out of the archive.
    func check(_ total: Int64) throws(PackageError) {
        guard total <= limits.unpackedBytes else {
            throw PackageError(.tooLarge, "the archive unpacks to more than \(limits.unpackedBytes) bytes")
        }
        guard total <= max(limits.ratioFloorBytes, archiveBytes() * limits.ratio) else {
            throw PackageError(
                .tooLarge, "the archive unpacks to more than \(limits.ratio) times its size: a decompression bomb")
        }
    }
}
