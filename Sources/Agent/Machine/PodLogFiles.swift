import FoundationEssentials
import Glibc
import KubeAPI

/// Reads what the processes of a machine's pods have logged.
///
/// A pod's `sidecar` and `app` containers are its sidecar and its shim. Of each there is a log of bounded size, and what
/// it wrote to standard error since it was last started; of `app` also what its sandboxes print, with their names.
public struct PodLogFiles: Sendable {
    /// What of a log is wanted.
    public struct Range: Sendable {
        /// The last lines only; nil: all.
        public var tailLines: Int?
        /// The first bytes only; nil: all.
        public var limitBytes: Int?
        /// Lines from before are left out; nil: none are.
        public var since: Timestamp?
        /// Each line gets its time, and where it has none that of the line before it.
        public var showsTimes: Bool

        public init(tailLines: Int?, limitBytes: Int?, since: Timestamp?, showsTimes: Bool) {
            self.tailLines = tailLines
            self.limitBytes = limitBytes
            self.since = since
            self.showsTimes = showsTimes
        }
    }

    /// Of a file, and of the lines that are held back to find the last ones; standard error is no bounded log.
    private static let limit = BoundedLog.limit
    private static let piece = 32 << 10
    private static let interval = Duration.milliseconds(200)

    private let directory: String
    private let role: String

    /// nil when the machine runs no such pod or container, so that there is no log.
    ///
    /// - Parameters:
    ///   - dataDirectory: the machine's.
    ///   - uid: of the pod.
    ///   - container: `sidecar` or `app`.
    public init?(dataDirectory: String, uid: String, container: String) {
        let roles = ["sidecar": PodRunner.Role.sidecar, "app": .shim]
        let isName = !uid.isEmpty && uid.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }
        guard let role = roles[container], isName else { return nil }
        let files = PodFiles(directory: dataDirectory + "/pods/" + uid)
        guard access(files.logs, F_OK) == 0 else { return nil }
        directory = files.logs
        self.role = role.rawValue
    }

    /// Sends the log piece by piece.
    ///
    /// - Parameters:
    ///   - range: what of it.
    ///   - follows: goes on with what is written next, until the pod is gone.
    ///   - isWanted: asked between the pieces; false ends it.
    ///   - send: takes a piece; the next is read only then.
    /// - Throws: what `send` throws, and `CancellationError`.
    public func read(
        _ range: Range, follows: Bool, isWanted: @Sendable () -> Bool,
        send: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        var format = LogFormat(range: range)
        var tails: [String: LogTail] = [:]
        var last: [LogLine] = []
        for name in names() {
            var tail = LogTail(path: "\(directory)/\(name)")
            var lines = LogLine.split(tail.readAll(limit: Self.limit), of: sandbox(name))
            tails[name] = tail
            lines.removeAll { line in range.since.map { (line.time ?? $0) < $0 } ?? false }
            guard let count = range.tailLines else {
                try await Self.send(format.text(lines), send)
                continue
            }
            last = LogLine.last(count, of: last + lines, bytes: 4 * Self.limit)
        }
        try await Self.send(format.text(last), send)
        while follows, !format.isFull, isWanted(), access(directory, F_OK) == 0 {
            for name in names() where !name.hasSuffix(".1") {
                var tail = tails[name] ?? LogTail(path: "\(directory)/\(name)")
                let bytes = tail.readNew(limit: Self.limit)
                tails[name] = tail
                try await Self.send(format.text(LogLine.split(bytes, of: sandbox(name))), send)
            }
            tails = tails.filter { access("\(directory)/\($0.key)", F_OK) == 0 }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The files of the container: its own first, then those of its sandboxes, what was written last at the end.
    private func names() -> [String] {
        let own = [".err", ".log.1", ".log"].map { role + $0 }
        guard role == PodRunner.Role.shim.rawValue else { return own }
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let sandboxes = all.filter { sandbox($0) != nil }.map { name in
            var status = stat()
            stat("\(directory)/\(name)", &status)
            return (time: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, name: name)
        }
        return own + sandboxes.sorted { $0 < $1 }.map(\.name)
    }

    /// The sandbox that a file is of, by its name: `NAME-UID.log`.
    private func sandbox(_ name: String) -> String? {
        guard !["shim.", "sidecar.", "host-"].contains(where: name.hasPrefix),
            let match = name.wholeMatch(of: /(.+)-[^-]{1,8}\.log(?:\.1)?/)
        else { return nil }
        return String(match.1)
    }

    private static func send(_ bytes: [UInt8], _ send: ([UInt8]) async throws -> Void) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await send(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
    }
}

/// One line, with its line break.
struct LogLine: Equatable {
    /// nil: the container's own.
    var sandbox: String?
    var text: ArraySlice<UInt8>
    /// What the line, or one before it, begins with.
    var time: Timestamp?

    /// The last lines that have no more than so many bytes.
    static func last(_ count: Int, of lines: [LogLine], bytes: Int) -> [LogLine] {
        var left = bytes
        let kept = lines.suffix(count).reversed().prefix { line in
            left -= line.text.count + 1
            return left >= 0
        }
        return kept.reversed()
    }

    static func split(_ bytes: [UInt8], of sandbox: String?) -> [LogLine] {
        var time: Timestamp?
        return bytes.split(separator: 10, omittingEmptySubsequences: true).map { line in
            let word = line.prefix(40).prefix { $0 != UInt8(ascii: " ") }
            time = Timestamp(String(decoding: word, as: UTF8.self)) ?? time
            return LogLine(sandbox: sandbox, text: line, time: time)
        }
    }
}

/// Writes lines as they are asked for.
struct LogFormat {
    private let showsTimes: Bool
    private var left: Int?

    init(range: PodLogFiles.Range) {
        showsTimes = range.showsTimes
        left = range.limitBytes
    }

    /// The limit of bytes is reached.
    var isFull: Bool { left == 0 }

    mutating func text(_ lines: [LogLine]) -> [UInt8] {
        var text: [UInt8] = []
        for line in lines {
            if showsTimes { text += Array("\(line.time ?? Timestamp(seconds: 0)) ".utf8) }
            if let sandbox = line.sandbox { text += Array("[\(sandbox)] ".utf8) }
            text += line.text
            text.append(10)
        }
        guard let limit = left else { return text }
        left = max(0, limit - text.count)
        return Array(text.prefix(limit))
    }
}

/// Reads a file that grows, is emptied, or makes way for another one.
struct LogTail {
    private let path: String
    private var inode: ino_t = 0
    private var offset: off_t = 0
    /// The beginning of a line whose end is not there yet.
    private var partial: [UInt8] = []

    init(path: String) { self.path = path }

    /// What there is, at most the last `limit` bytes.
    mutating func readAll(limit: Int) -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        inode = status.st_ino
        offset = max(0, status.st_size - off_t(limit))
        let isCut = offset > 0
        let bytes = readNew(limit: limit)
        guard isCut, let end = bytes.firstIndex(of: 10) else { return bytes }
        return Array(bytes[(end + 1)...])
    }

    /// The whole lines that have come since, at most `limit` bytes of each file at once.
    ///
    /// Of a file that has made way for another one the rest comes first.
    mutating func readNew(limit: Int) -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        if status.st_ino != inode || status.st_size < offset {
            var old = stat()
            if stat(path + ".1", &old) == 0, old.st_ino == inode { take(path + ".1", limit) }
            inode = status.st_ino
            offset = 0
        }
        take(path, limit)
        guard let end = partial.lastIndex(of: 10) else {
            if partial.count > limit { partial = [] }
            return []
        }
        defer { partial = Array(partial[(end + 1)...]) }
        return Array(partial[...end])
    }

    private mutating func take(_ path: String, _ limit: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_ino == inode else { return }
        let wanted = min(limit, Int(status.st_size - offset))
        guard wanted > 0 else { return }
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, wanted, offset))
        }
        offset += off_t(bytes.count)
        partial += bytes
    }
}
