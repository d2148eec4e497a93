import Glibc

/// What was made of a package, and is as good as the package itself: kept beside it, counted with it, gone with it.
extension PackageCache {
    /// Bytes of what was made of one package.
    public static let derivedBytes: Int64 = 64 << 20

    /// A file that was made of a package, if there is one; it counts as used now.
    /// - Parameters:
    ///   - kind: for whom; part of a file's name.
    ///   - directory: of the unpacked package.
    /// - Returns: its path.
    public func derived(_ kind: String, of directory: String) -> String? {
        guard let tree = derivedTree(kind, directory), cache.use(tree) else { return nil }
        return path(in: tree)
    }

    /// Keeps a copy of a file for all who have the package, read-only; who is first wins.
    /// - Parameters:
    ///   - kind: for whom.
    ///   - directory: of the unpacked package.
    ///   - file: whose content was made of that package alone.
    /// - Returns: the path of the copy.
    /// - Throws: `PackageError` when the package is not here any more, the file is none or too large, or cannot be kept.
    public func addDerived(_ kind: String, of directory: String, from file: String) async throws(PackageError) -> String
    {
        guard let tree = derivedTree(kind, directory) else {
            throw PackageError(.storageFailed, "\(directory) is no package that is here")
        }
        try await unpacks.run { _ throws(PackageError) in try self.copy(file, as: tree) }
        return path(in: tree)
    }

    private func path(in tree: String) -> String { "\(cache.path)/\(tree)/content" }

    private func derivedTree(_ kind: String, _ directory: String) -> String? {
        let tree = String(directory.split(separator: "/").last ?? "")
        return cache.contains(tree) && directory == "\(cache.path)/\(tree)" ? "\(kind).\(tree)" : nil
    }

    private func copy(_ path: String, as tree: String) throws(PackageError) {
        guard let source = Descriptor(at: AT_FDCWD, path, O_RDONLY | O_NOFOLLOW) else {
            throw PackageError.storage("open \(path)", errno)
        }
        var status = stat()
        guard fstat(source.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (1...Self.derivedBytes).contains(Int64(status.st_size))
        else { throw PackageError(.storageFailed, "\(path) is no file of at most \(Self.derivedBytes >> 20) MiB") }
        let size = Int64(status.st_size)
        try cache.publish(tree) { root throws(PackageError) in
            let writer = TreeWriter(root: root, limits: limits, archiveBytes: size)
            try writer.makeFile(EntryPath(components: ["content"]), executable: false) { write throws(PackageError) in
                try Self.pass(source, size, to: write)
            }
            try writer.seal()
            return writer.meter.diskBytes
        }
    }

    private static func pass(
        _ source: Descriptor, _ size: Int64, to write: (UnsafeRawBufferPointer) throws(PackageError) -> Void
    ) throws(PackageError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var left = size
        while left > 0 {
            let count = read(source.number, buffer.baseAddress, min(buffer.count, Int(left)))
            guard count > 0 else { throw PackageError(.storageFailed, "what was made of a package is cut") }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= Int64(count)
        }
    }
}
