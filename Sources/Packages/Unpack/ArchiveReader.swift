import CLibArchive
import Glibc

/// Reads tar and zip archives through libarchive; what may be written where is the TreeWriter's business.
final class ArchiveReader {
    private let archive: OpaquePointer
    /// What the bytes come from; lives as long as libarchive reads.
    private let source: AnyObject
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    /// Opens the archive in `file` from its beginning.
    convenience init(_ file: Descriptor) throws(PackageError) {
        try self.init(source: file)
        guard lseek(file.number, 0, SEEK_SET) == 0, archive_read_open_fd(archive, file.number, 64 << 10) == ARCHIVE_OK
        else { throw failure("not a tar or zip archive") }
    }

    /// Opens an archive that is still coming.
    convenience init(_ stream: ArchiveStreamSource) throws(PackageError) {
        try self.init(source: stream)
        let read:
            @convention(c) (
                OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
            ) -> la_ssize_t = { _, context, bytes in
                guard let context, let bytes,
                    let next = Unmanaged<ArchiveStreamSource>.fromOpaque(context).takeUnretainedValue().next()
                else { return la_ssize_t(ARCHIVE_FATAL) }
                bytes.pointee = next.baseAddress
                return la_ssize_t(next.count)
            }
        let context = Unmanaged.passUnretained(stream).toOpaque()
        guard archive_read_open(archive, context, nil, read, nil) == ARCHIVE_OK else {
            throw failure("not a tar or zip archive")
        }
    }

    private init(source: AnyObject) throws(PackageError) {
        guard let archive = archive_read_new() else { throw PackageError(.storageFailed, "out of memory") }
        self.archive = archive
        self.source = source
        // Anything but OK would mean that libarchive runs an external program for it, which we never want.
        let support = [
            archive_read_support_filter_gzip, archive_read_support_filter_zstd, archive_read_support_filter_lz4,
            archive_read_support_filter_xz, archive_read_support_format_tar, archive_read_support_format_zip,
        ]
        for enable in support where enable(archive) != ARCHIVE_OK { throw failure("libarchive lacks a format") }
    }

    deinit { archive_read_free(archive) }

    /// Writes every entry.
    func unpack(into tree: TreeWriter, limits: PackageLimits, flag: CancellationFlag) throws(PackageError) {
        var previous: locale_t?
        let utf8 = nest_use_utf8(&previous)
        defer { nest_restore_locale(utf8, previous) }
        while let entry = try nextEntry() {
            try flag.check()
            try tree.meter.check(archive_filter_bytes(archive, 0))
            try write(entry, into: tree, limits: limits, flag: flag)
        }
        guard tree.meter.entries > 0 else { throw PackageError(.notAnArchive, "the archive holds no files") }
    }

    /// Reads the first entry's name and nothing more.
    func expectEntry() throws(PackageError) {
        guard try nextEntry() != nil else { throw PackageError(.notAnArchive, "the archive holds no files") }
    }

    private func nextEntry() throws(PackageError) -> OpaquePointer? {
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_EOF: return nil
        // A warning is about names and attributes, which are checked on their own.
        case ARCHIVE_OK, ARCHIVE_WARN: break
        default: throw failure("not a tar or zip archive, or a damaged one")
        }
        // One compression and the file itself: archives in archives in archives only serve to burn time.
        guard archive_filter_count(archive) <= 2 else {
            throw PackageError(.notAnArchive, "the archive is compressed more than once")
        }
        return entry
    }

    private func write(
        _ entry: OpaquePointer, into tree: TreeWriter, limits: PackageLimits, flag: CancellationFlag
    ) throws(PackageError) {
        let name = try self.name(archive_entry_pathname(entry))
        guard let path = try checked(name, limits: limits) else { return }
        if let target = archive_entry_hardlink(entry) {
            let target = try self.name(target)
            guard let source = try checked(target, limits: limits) else {
                throw PackageError.unsafe(name, "is a hard link to the package itself")
            }
            return try tree.makeHardLink(path, to: source)
        }
        switch archive_entry_filetype(entry) {
        case S_IFDIR: try tree.makeDirectory(path)
        case S_IFLNK: try tree.makeSymbolicLink(path, to: try self.name(archive_entry_symlink(entry)))
        case S_IFREG: try writeFile(entry, path, into: tree, flag: flag)
        case let type: throw PackageError.unsafe(name, "is a \(Self.kind(type)); only files, directories and links are")
        }
    }

    private func writeFile(
        _ entry: OpaquePointer, _ path: EntryPath, into tree: TreeWriter, flag: CancellationFlag
    ) throws(PackageError) {
        guard archive_entry_is_data_encrypted(entry) == 0 else {
            throw PackageError(.notAnArchive, "entry \"\(path.description)\" is encrypted; packages cannot be")
        }
        // Refused before the first byte is written when it says itself that it is too large.
        try tree.meter.check(tree.meter.bytes &+ max(0, archive_entry_size(entry)))
        let executable = archive_entry_perm(entry) & 0o111 != 0
        try tree.makeFile(path, executable: executable) { write throws(PackageError) in
            while true {
                try flag.check()
                let count = archive_read_data(archive, &buffer, buffer.count)
                guard count >= 0 else { throw failure("entry \"\(path.description)\" is damaged") }
                if count == 0 { return }
                try Self.give(buffer, count, to: write)
            }
        }
    }

    /// `withUnsafeBytes` knows no typed errors.
    private static func give(
        _ buffer: [UInt8], _ count: Int, to write: (UnsafeRawBufferPointer) throws(PackageError) -> Void
    ) throws(PackageError) {
        let result: Result<Void, PackageError> = buffer.withUnsafeBytes { bytes in
            do throws(PackageError) {
                return .success(try write(UnsafeRawBufferPointer(rebasing: bytes[..<count])))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func checked(_ name: String, limits: PackageLimits) throws(PackageError) -> EntryPath? {
        do throws(EntryPath.Refusal) { return try EntryPath.parse(name, limits: limits) } catch {
            throw PackageError.unsafe(name, error.reason)
        }
    }

    /// A name of the archive; broken UTF-8 shows as U+FFFD, which is refused with the other bad characters.
    private func name(_ bytes: UnsafePointer<CChar>?) throws(PackageError) -> String {
        guard let bytes else { throw PackageError(.unsafePath, "an entry has a name that is not UTF-8") }
        return String(cString: bytes)
    }

    private static func kind(_ type: mode_t) -> String {
        switch type {
        case S_IFCHR, S_IFBLK: "device"
        case S_IFIFO: "named pipe"
        case S_IFSOCK: "socket"
        default: "special file"
        }
    }

    private func failure(_ what: String) -> PackageError {
        let detail = archive_error_string(archive).map { " (\(String(cString: $0)))" } ?? ""
        return PackageError(.notAnArchive, what + detail)
    }
}
