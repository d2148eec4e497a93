import CLibArchive
import Glibc

/// Builds archives, good and bad, through libarchive: no test depends on a tool.
struct ArchiveBuilder {
    enum Format: String, CaseIterable {
        case tar, tarGzip, tarZstd, tarLz4, tarXz, zip
    }

    struct Entry {
        var path: String
        var type: mode_t = S_IFREG
        var mode: mode_t = 0o644
        var content: [UInt8] = []
        var symlink: String?
        var hardlink: String?

        static func file(_ path: String, _ content: String = "x", mode: mode_t = 0o644) -> Entry {
            Entry(path: path, mode: mode, content: Array(content.utf8))
        }
        static func zeros(_ path: String, count: Int) -> Entry {
            Entry(path: path, content: [UInt8](repeating: 0, count: count))
        }
        static func directory(_ path: String) -> Entry { Entry(path: path, type: S_IFDIR, mode: 0o755) }
        static func symlink(_ path: String, to target: String) -> Entry {
            Entry(path: path, type: S_IFLNK, symlink: target)
        }
        static func hardlink(_ path: String, to target: String) -> Entry { Entry(path: path, hardlink: target) }
        static func special(_ path: String, _ type: mode_t) -> Entry { Entry(path: path, type: type) }
    }

    struct Failure: Error { var message: String }

    static func build(_ format: Format, _ entries: [Entry]) throws -> [UInt8] {
        guard let archive = archive_write_new() else { throw Failure(message: "out of memory") }
        defer { archive_write_free(archive) }
        var previous: locale_t?
        let utf8 = nest_use_utf8(&previous)
        defer { nest_restore_locale(utf8, previous) }
        try select(format, archive)
        let capacity = 1 << 20 + entries.reduce(0) { $0 + $1.content.count + 4096 }
        var buffer = [UInt8](repeating: 0, count: capacity)
        var used = 0
        try buffer.withUnsafeMutableBytes { bytes in
            try check(archive, archive_write_open_memory(archive, bytes.baseAddress, bytes.count, &used))
            for entry in entries { try write(entry, archive) }
            try check(archive, archive_write_close(archive))
        }
        return Array(buffer[..<used])
    }

    private static func select(_ format: Format, _ archive: OpaquePointer) throws {
        switch format {
        case .zip: try check(archive, archive_write_set_format_zip(archive))
        default: try check(archive, archive_write_set_format_pax_restricted(archive))
        }
        switch format {
        case .tarGzip: try check(archive, archive_write_add_filter_gzip(archive))
        case .tarZstd: try check(archive, archive_write_add_filter_zstd(archive))
        case .tarLz4: try check(archive, archive_write_add_filter_lz4(archive))
        case .tarXz: try check(archive, archive_write_add_filter_xz(archive))
        case .tar, .zip: break
        }
    }

    private static func write(_ entry: Entry, _ archive: OpaquePointer) throws {
        guard let header = archive_entry_new() else { throw Failure(message: "out of memory") }
        defer { archive_entry_free(header) }
        archive_entry_update_pathname_utf8(header, entry.path)
        archive_entry_set_filetype(header, UInt32(entry.type))
        archive_entry_set_perm(header, entry.mode)
        archive_entry_set_size(header, Int64(entry.content.count))
        if let target = entry.symlink { archive_entry_set_symlink(header, target) }
        if let target = entry.hardlink { archive_entry_set_hardlink(header, target) }
        try check(archive, archive_write_header(archive, header))
        guard !entry.content.isEmpty else { return }
        guard archive_write_data(archive, entry.content, entry.content.count) == entry.content.count else {
            throw Failure(message: "short write")
        }
    }

    private static func check(_ archive: OpaquePointer, _ result: Int32) throws {
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else {
            throw Failure(message: archive_error_string(archive).map { String(cString: $0) } ?? "error \(result)")
        }
    }
}
