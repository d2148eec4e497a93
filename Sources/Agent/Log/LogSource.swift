import KubeAPI

/// The lines of one log, read ahead by a small piece.
struct LogSource {
    private static let piece = 16 << 10

    /// The file's.
    let name: String
    private let sandbox: String?
    private var tail: LogTail
    private var lines: ArraySlice<PodLogLine> = []
    /// Of what came last: a line without a time has that of the line before it.
    private var last: Timestamp?
    /// Bytes that may still be read: one that is written all the time is not read for ever.
    private var left = 0

    /// - Parameters:
    ///   - directory: where the file is.
    ///   - name: its name.
    ///   - sandbox: whose it is; nil: the pod's own.
    init(directory: String, name: String, sandbox: String?) {
        self.name = name
        self.sandbox = sandbox
        tail = LogTail(path: "\(directory)/\(name)")
    }

    var isThere: Bool { tail.modified != nil }
    /// Of lines of the same time those of the smaller rank come first: the pod's own before those of its sandboxes.
    var rank: String { (sandbox == nil ? "0" : "1") + name }

    /// The time of the next line; nil when there is none.
    var next: Timestamp? { lines.first?.time }

    /// Leaves out what is not in the range, as far as that can be told without reading it.
    mutating func skip(_ range: PodLogFiles.Range) {
        // Only of what has come through an intake is the length of a line known.
        let isBounded = sandbox != nil && (range.tailLines ?? .max) < 1000
        let bytes = isBounded ? range.tailLines.map { ($0 + 1) * (LogIntake.lineLimit + 256) } : nil
        tail.skip(before: range.since, allBut: bytes)
    }

    /// Looks what is there now.
    mutating func begin() {
        left = tail.available
        fill()
    }

    /// The lines up to that time which are at hand; at least the next.
    mutating func take(upTo limit: Timestamp?) -> ArraySlice<PodLogLine> {
        let taken = lines.prefix { line in limit.map { line.time <= $0 } ?? true }
        let count = max(1, taken.count)
        defer {
            lines = lines.dropFirst(count)
            fill()
        }
        return lines.prefix(count)
    }

    private mutating func fill() {
        while lines.isEmpty, left > 0 {
            let (bytes, count) = tail.read(limit: min(Self.piece, left))
            guard count > 0 else { return left = 0 }
            left -= count
            let unknown = last ?? tail.modified ?? Timestamp(seconds: 0)
            lines = bytes.split(separator: 10, omittingEmptySubsequences: true).reduce(into: []) { lines, text in
                lines.append(PodLogLine(text, of: sandbox, at: lines.last?.time ?? unknown))
            }
            last = lines.last?.time
        }
    }
}
