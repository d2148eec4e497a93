import Crypto
import Glibc

/// Archive bytes on their way to disk: counted as they come, and hashed as far as they come in order.
final class Download {
    private let file: Descriptor
    private let limits: PackageLimits
    private let flag: CancellationFlag
    /// Hears how far the archive is there without a gap.
    private let stream: ArchiveStream?
    private var hash = SHA256()
    /// The bytes from the beginning that `hash` knows.
    private var hashed: Int64 = 0
    /// What came out of order.
    private var extents = Extents()
    /// How long the archive is so far; there may be gaps before that.
    private(set) var end: Int64 = 0
    /// All that came, what came twice included.
    private(set) var received: Int64 = 0
    /// Why bytes were refused; C callbacks cannot throw.
    private(set) var failure: PackageError?

    init(to file: Descriptor, limits: PackageLimits, flag: CancellationFlag, stream: ArchiveStream? = nil) {
        self.file = file
        self.limits = limits
        self.flag = flag
        self.stream = stream
        stream?.begin(file)
    }

    /// Takes the next bytes; false ends the transfer, and `failure` says why.
    func take(_ piece: UnsafeRawBufferPointer) -> Bool { take(piece, at: end) }

    /// Takes bytes of any place.
    func take(_ piece: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        do throws(PackageError) {
            try flag.check()
            guard offset + Int64(piece.count) <= limits.archiveBytes else { throw Self.tooLarge(limits) }
            try file.write(piece, at: offset)
            received += Int64(piece.count)
            end = max(end, offset + Int64(piece.count))
            if offset == hashed {
                hash.update(bufferPointer: piece)
                hashed += Int64(piece.count)
                try hash(to: extents.take(from: hashed))
                stream?.advance(to: hashed)
            } else {
                extents.insert(offset..<offset + Int64(piece.count))
            }
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Forgets all that has come.
    func restart() throws(PackageError) {
        guard ftruncate(file.number, 0) == 0 else { throw PackageError.storage("truncate", errno) }
        hash = SHA256()
        (hashed, end) = (0, 0)
        extents = Extents()
        // What has been unpacked may be of bytes that come differently now.
        stream?.decide(isGood: false)
    }

    /// Throws unless all that came has this digest.
    func verify(_ digest: String) throws(PackageError) {
        try hash(to: end)
        stream?.advance(to: end)
        stream?.end()
        let found = hash.finalize().hexadecimal
        guard found == digest else {
            throw PackageError(.digestMismatch, "sha256 mismatch: the archive has \(found), the spec says \(digest)")
        }
    }

    /// What came out of order is read from the file.
    private func hash(to end: Int64) throws(PackageError) {
        guard hashed < end else { return }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while hashed < end {
            try flag.check()
            let count = pread(file.number, &buffer, Int(min(Int64(buffer.count), end - hashed)), off_t(hashed))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw PackageError.storage("read", errno) }
            hash.update(data: buffer[..<count])
            hashed += Int64(count)
        }
    }

    static func tooLarge(_ limits: PackageLimits) -> PackageError {
        PackageError(.tooLarge, "the archive is larger than \(limits.archiveBytes) bytes")
    }
}
