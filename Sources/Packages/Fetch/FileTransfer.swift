import Glibc

/// Reads an archive of this machine.
enum FileTransfer {
    static func run(_ path: String, into download: Download, limits: PackageLimits) throws(PackageError) {
        // O_NONBLOCK: a named pipe must not hold this thread until somebody writes to it.
        guard let file = Descriptor(at: AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else {
            throw failure(errno)
        }
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw PackageError(.notAnArchive, "is not a regular file") }
        // Root can open what the author of the spec may not see; an error message would tell its digest.
        guard geteuid() != 0 || status.st_mode & S_IROTH != 0 else {
            throw PackageError(.fetchFailed, "is not readable by everyone; chmod o+r it")
        }
        guard status.st_size <= limits.archiveBytes else { throw Download.tooLarge(limits) }
        try copy(file, into: download)
    }

    private static func copy(_ file: Descriptor, into download: Download) throws(PackageError) {
        let size = 256 << 10
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(file.number, buffer.baseAddress, size)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { return }
            guard download.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
                throw download.failure ?? PackageError(.fetchFailed, "interrupted")
            }
        }
    }

    private static func failure(_ error: Int32) -> PackageError {
        let missing = error == ENOENT || error == ENOTDIR
        return PackageError(missing ? .notFound : .fetchFailed, String(cString: strerror(error)))
    }
}
