import Glibc
import KubeAPI

/// Reads a log file from the beginning of the older one beside it, `PATH.1`, and goes on as it grows, is emptied, or
/// becomes the older one.
struct LogTail {
    /// A line that has more bytes without an end is taken as it is.
    private static let lineLimit = 128 << 10

    private let path: String
    private var inode: ino_t = 0
    private var offset: off_t = 0
    /// The beginning of a line whose end is not there yet.
    private var partial: [UInt8] = []
    /// The next bytes are the end of a line that is not wanted.
    private var isInLine = false

    init(path: String) { self.path = path }

    /// When the file was written last; nil when it is gone.
    var modified: Timestamp? { (Self.status(path) ?? Self.status(path + ".1")).map(Self.modified) }

    /// Leaves out what nobody wants, before anything is read.
    ///
    /// - Parameters:
    ///   - since: no file is wanted that was written last before that.
    ///   - count: bytes at the end that are enough.
    mutating func skip(before since: Timestamp?, allBut count: Int?) {
        let current = Self.status(path)
        let older = Self.status(path + ".1")
        // The clock of files is a little behind.
        let limit = since?.adding(seconds: -1)
        for file in [older, current].compactMap({ $0 }) {
            let end = file.st_ino == older?.st_ino ? current?.st_size ?? 0 : 0
            let rest = count.map { max(0, file.st_size + end - off_t(clamping: $0)) } ?? 0
            let isOld = limit.map { Self.modified(file) < $0 } ?? false
            begin(file.st_ino)
            offset = isOld ? file.st_size : min(rest, file.st_size)
            isInLine = offset > 0 && offset < file.st_size
            if offset < file.st_size { return }
        }
    }

    /// Bytes that could be read now.
    var available: Int {
        let (current, older) = (Self.status(path), Self.status(path + ".1"))
        let sizes = (current?.st_size ?? 0, older?.st_size ?? 0)
        switch inode {
        case current?.st_ino: return Int(sizes.0 >= offset ? sizes.0 - offset : sizes.0)
        case older?.st_ino: return Int(max(0, sizes.1 - offset) + sizes.0)
        default: return Int(sizes.0 + sizes.1)
        }
    }

    /// The next bytes, as whole lines.
    ///
    /// - Parameter limit: the most bytes that are read.
    /// - Returns: the lines, which may be none, and how many bytes were read; 0: there is nothing new.
    mutating func read(limit: Int) -> (lines: [UInt8], count: Int) {
        let older = Self.status(path + ".1")
        let current = Self.status(path)
        if inode == 0 || (inode != current?.st_ino && inode != older?.st_ino) {
            guard let first = older ?? current else { return ([], 0) }
            begin(first.st_ino)
        }
        if inode == current?.st_ino, let size = current?.st_size, size < offset { begin(inode) }
        var count = take(limit)
        if count == 0, inode != current?.st_ino, let next = current?.st_ino {
            // Nothing is added to an older file.
            begin(next)
            count = take(limit)
        }
        if isInLine, let end = partial.firstIndex(of: 10) {
            partial.removeFirst(end + 1)
            isInLine = false
        }
        guard !isInLine,
            let end = partial.lastIndex(of: 10) ?? (partial.count > Self.lineLimit ? partial.count - 1 : nil)
        else {
            return ([], count)
        }
        defer { partial = Array(partial[(end + 1)...]) }
        return (Array(partial[...end]), count)
    }

    private mutating func begin(_ file: ino_t) {
        inode = file
        offset = 0
        partial = []
        isInLine = false
    }

    private mutating func take(_ limit: Int) -> Int {
        for name in [path, path + ".1"] {
            let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_ino == inode else { continue }
            let wanted = min(limit, Int(status.st_size - offset))
            guard wanted > 0 else { return 0 }
            let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, wanted, offset))
            }
            offset += off_t(bytes.count)
            partial += bytes
            return bytes.count
        }
        return 0
    }

    private static func modified(_ file: stat) -> Timestamp {
        Timestamp(microseconds: Int64(file.st_mtim.tv_sec) * 1_000_000 + Int64(file.st_mtim.tv_nsec) / 1000)
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
