import Crypto
import Glibc

/// An archive on disk that is, or may become, a package.
public struct PackageFile: Sendable, Equatable {
    /// Lower-case hexadecimal.
    public let sha256: String
    public let bytes: Int64

    /// Packs a directory into a `.tar.zst`: the same content gives the same bytes.
    ///
    /// Sorted by name, without times and owners, files with mode 0644 or 0755, directories with 0755; hard links become
    /// files. The output, where it lies in the directory, is left out. Nothing is there until all of it is.
    /// - Parameters:
    ///   - directory: what becomes the package's top.
    ///   - output: the archive, which is replaced.
    ///   - limits: a package beyond them could not be run.
    /// - Throws: for what cannot be read or written, and for what a package may not hold.
    public init(
        packing directory: String, to output: String, limits: PackageLimits = .init()
    ) throws(PackageError) {
        var old = stat()
        let skipped = stat(output, &old) == 0 ? SourceTree.Identity(old) : nil
        let tree = try SourceTree(directory, skipping: skipped, limits: limits)
        let temporary = "\(output).new"
        unlink(temporary)
        guard let file = Descriptor(at: AT_FDCWD, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644) else {
            throw Self.unwritable(temporary, errno)
        }
        do throws(PackageError) {
            // Whatever the umask: a package is read by other users.
            guard fchmod(file.number, 0o644) == 0 else { throw Self.unwritable(temporary, errno) }
            try ArchiveWriter(file).write(tree)
            try self.init(file, limits: limits)
            try UnpackMeter(limits: limits, archiveBytes: { [bytes] in bytes }).check(tree.bytes)
            guard fsync(file.number) == 0, rename(temporary, output) == 0 else { throw Self.unwritable(output, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Reads the digest of an archive that is there, and looks whether it is one.
    public init(_ path: String, limits: PackageLimits = .init()) throws(PackageError) {
        guard let file = Descriptor(at: AT_FDCWD, path, O_RDONLY | O_NONBLOCK) else {
            throw SourceTree.unreadable(path, errno)
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PackageError(.notAnArchive, "\(path) is not a regular file")
        }
        try self.init(file, limits: limits)
        do throws(PackageError) { try ArchiveReader(file).expectEntry() } catch {
            throw PackageError(error.code, "\(path): \(error.message)")
        }
    }

    private init(_ file: Descriptor, limits: PackageLimits) throws(PackageError) {
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw PackageError.storage("seek", errno) }
        var hash = SHA256()
        var total: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(file.number, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw PackageError.storage("read", errno) }
            if count == 0 { break }
            total += Int64(count)
            guard total <= limits.archiveBytes else { throw Download.tooLarge(limits) }
            hash.update(data: buffer[..<count])
        }
        sha256 = hash.finalize().hexadecimal
        bytes = total
    }

    private static func unwritable(_ path: String, _ error: Int32) -> PackageError {
        PackageError(.storageFailed, "\(path) cannot be written: \(String(cString: strerror(error)))")
    }
}
