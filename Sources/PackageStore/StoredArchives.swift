import Crypto
import Glibc
import NIOCore
import Packages

/// The archives on disk, each under its digest.
///
///     DIRECTORY             0711
///     ├─ archives/SHA256    0444: whole, as its name says
///     └─ uploads/           what is on its way; emptied at the start
final class StoredArchives: Sendable {
    private let directory: String
    private let capacity: Int64
    private let uploads: Descriptor
    private let archives: Descriptor

    var path: String { directory + "/archives" }

    init(_ directory: String, capacity: Int64) throws(PackageError) {
        self.directory = directory
        self.capacity = capacity
        for path in [directory, directory + "/archives", directory + "/uploads"] {
            guard mkdir(path, 0o711) == 0 || errno == EEXIST else { throw PackageError.storage("mkdir \(path)", errno) }
        }
        guard let uploads = Descriptor(at: AT_FDCWD, directory + "/uploads", O_RDONLY | O_DIRECTORY),
            let archives = Descriptor(at: AT_FDCWD, directory + "/archives", O_RDONLY | O_DIRECTORY)
        else { throw PackageError.storage(directory, errno) }
        self.uploads = uploads
        self.archives = archives
        for name in names(in: uploads) { unlinkat(uploads.number, name, 0) }
    }

    /// Bytes of all that is stored, and of what is on its way.
    private var used: Int64 {
        [archives, uploads].reduce(0) { sum, folder in
            names(in: folder).reduce(sum) { sum, name in
                var status = stat()
                return fstatat(folder.number, name, &status, 0) == 0 ? sum + Int64(status.st_size) : sum
            }
        }
    }

    /// Takes a new archive, of which `announced` bytes shall come.
    func begin(announced: Int64) throws(PackageError) -> Upload {
        try check(more: announced)
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        guard let file = Descriptor(at: uploads.number, name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600) else {
            throw PackageError.storage("create an upload", errno)
        }
        return Upload(file, name, of: self)
    }

    private func check(more: Int64) throws(PackageError) {
        guard used + more <= capacity else {
            throw PackageError(
                .tooLarge,
                "the package store is full (\(capacity) bytes): remove archives that no spec names from \(path)")
        }
    }

    /// One archive on its way; nothing of it is left when it is not committed.
    ///
    /// Its request takes bytes, and then one thread commits: never two at once.
    final class Upload: @unchecked Sendable {
        private let file: Descriptor
        private let name: String
        private let store: StoredArchives
        private var hash = SHA256()
        private(set) var bytes: Int64 = 0

        init(_ file: Descriptor, _ name: String, of store: StoredArchives) {
            self.file = file
            self.name = name
            self.store = store
        }

        deinit { unlinkat(store.uploads.number, name, 0) }

        func take(_ piece: ByteBufferView) throws {
            try piece.withUnsafeBytes { try file.write($0) }
            hash.update(data: piece)
            bytes += Int64(piece.count)
        }

        /// - Returns: whether it was not there before.
        func commit(as digest: String) throws(PackageError) -> Bool {
            let found = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            guard found == digest else {
                throw PackageError(.digestMismatch, "what came has the SHA-256 \(found), the path says \(digest)")
            }
            if faccessat(store.archives.number, digest, F_OK, 0) == 0 { return false }
            try store.check(more: 0)
            guard fchmod(file.number, 0o444) == 0, fsync(file.number) == 0,
                renameat(store.uploads.number, name, store.archives.number, digest) == 0,
                fsync(store.archives.number) == 0
            else { throw PackageError.storage("store \(digest)", errno) }
            return true
        }
    }
}
