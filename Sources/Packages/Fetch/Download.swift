import Crypto
import Glibc

/// Archive bytes on their way to disk: hashed and counted as they come.
final class Download {
    private let file: Descriptor
    private let limits: PackageLimits
    private let flag: CancellationFlag
    private var hash = SHA256()
    private(set) var bytes: Int64 = 0
    /// Why bytes were refused; C callbacks cannot throw.
    private(set) var failure: PackageError?

    init(to file: Descriptor, limits: PackageLimits, flag: CancellationFlag) {
        self.file = file
        self.limits = limits
        self.flag = flag
    }

    /// Whether the transfer goes on.
    var isWanted: Bool { failure == nil && !flag.isRaised }

    /// Takes the next bytes; false ends the transfer, and `failure` says why.
    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        do throws(PackageError) {
            try flag.check()
            bytes += Int64(piece.count)
            guard bytes <= limits.archiveBytes else { throw Self.tooLarge(limits) }
            hash.update(bufferPointer: piece)
            try file.write(piece)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Throws unless all that came has this digest.
    func verify(_ digest: String) throws(PackageError) {
        let found = hash.finalize().hexadecimal
        guard found == digest else {
            throw PackageError(.digestMismatch, "sha256 mismatch: the archive has \(found), the spec says \(digest)")
        }
    }

    static func tooLarge(_ limits: PackageLimits) -> PackageError {
        PackageError(.tooLarge, "the archive is larger than \(limits.archiveBytes) bytes")
    }
}
