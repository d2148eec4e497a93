import CLibArchive
import Glibc

/// Writes a `.tar.zst` that depends on names and contents alone: no times, no owners, two modes.
final class ArchiveWriter {
    private let archive: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    init(_ file: Descriptor) throws(PackageError) {
        guard let archive = archive_write_new() else { throw PackageError(.storageFailed, "out of memory") }
        self.archive = archive
        try check(archive_write_set_format_pax_restricted(archive))
        // Anything but OK would mean an external program, whose bytes nobody vouches for.
        try check(archive_write_add_filter_zstd(archive))
        try check(archive_write_set_options(archive, "zstd:compression-level=9"))
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        try check(archive_write_open_fd(archive, file.number))
    }

    deinit { archive_write_free(archive) }

    func write(_ tree: SourceTree) throws(PackageError) {
        var previous: locale_t?
        let utf8 = nest_use_utf8(&previous)
        defer { nest_restore_locale(utf8, previous) }
        for entry in tree.entries {
            try writeHeader(entry)
            if case .file(let bytes, _) = entry.kind { try copy(entry.path, bytes, from: tree.root) }
        }
        try check(archive_write_close(archive))
    }

    private func writeHeader(_ entry: SourceTree.Entry) throws(PackageError) {
        guard let header = archive_entry_new() else { throw PackageError(.storageFailed, "out of memory") }
        defer { archive_entry_free(header) }
        archive_entry_update_pathname_utf8(header, entry.path.description)
        // Set, not left out: a header without a time is another header.
        archive_entry_set_mtime(header, 0, 0)
        archive_entry_set_uid(header, 0)
        archive_entry_set_gid(header, 0)
        switch entry.kind {
        case .directory:
            archive_entry_set_filetype(header, S_IFDIR)
            archive_entry_set_perm(header, 0o755)
        case .file(let bytes, let executable):
            archive_entry_set_filetype(header, S_IFREG)
            archive_entry_set_perm(header, executable ? 0o755 : 0o644)
            archive_entry_set_size(header, bytes)
        case .link(let target):
            archive_entry_set_filetype(header, S_IFLNK)
            archive_entry_set_perm(header, 0o777)
            archive_entry_update_symlink_utf8(header, target)
        }
        try check(archive_write_header(archive, header))
    }

    private func copy(_ path: EntryPath, _ bytes: Int64, from root: Descriptor) throws(PackageError) {
        // O_NONBLOCK: it may have become a pipe since it was looked at.
        guard let file = Descriptor(at: root.number, path.description, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            throw SourceTree.unreadable(path.description, errno)
        }
        var copied: Int64 = 0
        while true {
            let count = read(file.number, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SourceTree.unreadable(path.description, errno) }
            guard count > 0 else { break }
            copied += Int64(count)
            guard copied <= bytes else { break }
            guard archive_write_data(archive, buffer, count) == count else { throw failure() }
        }
        guard copied == bytes else {
            throw PackageError(.fetchFailed, "\(path.description) changed while it was packed; try again")
        }
    }

    private func check(_ result: Int32) throws(PackageError) {
        guard result == ARCHIVE_OK else { throw failure() }
    }

    private func failure() -> PackageError {
        let detail = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
        return PackageError(.storageFailed, "the archive cannot be written: \(detail)")
    }
}
