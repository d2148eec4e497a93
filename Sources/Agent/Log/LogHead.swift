import FoundationEssentials
import KubeAPI

/// What stands before the text of a line of a sandbox's log: `TIME STREAM TAGS TEXT`.
///
/// TAGS are `F`, or `P` for a piece of a longer line, then the level and the request's id where there is one, separated
/// by colons. What the runtime itself or native code prints has no head, and gets one from the shim.
struct LogHead: Equatable {
    static let levels = ["debug", "info", "warn", "error"]
    /// What has no head is as a rule a runtime's last words.
    static let unknown = LogHead(stream: "stderr", level: "error")

    var time: Timestamp?
    /// `stdout` or `stderr`.
    var stream: String
    /// The rest of the line comes later.
    var isPiece = false
    var level: String
    var request: String?
    /// Where the text begins.
    var length = 0

    init(time: Timestamp? = nil, stream: String, level: String) {
        self.time = time
        self.stream = stream
        self.level = level
    }

    /// nil for a line that has no such head.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let first = Self.space(in: line, from: 0, within: 40),
            let second = Self.space(in: line, from: first + 1, within: 8), second == first + 7,
            let third = Self.space(in: line, from: second + 1, within: 200),
            let time = Timestamp(String(decoding: line[..<first], as: UTF8.self))
        else { return nil }
        stream = String(decoding: line[(first + 1)..<second], as: UTF8.self)
        let tags = String(decoding: line[(second + 1)..<third], as: UTF8.self)
            .split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard stream == "stdout" || stream == "stderr", tags.count > 1, tags[0] == "F" || tags[0] == "P",
            Self.levels.contains(tags[1]), tags.count == 2 || !tags[2].isEmpty
        else { return nil }
        self.time = time
        isPiece = tags[0] == "P"
        level = tags[1]
        request = tags.count > 2 ? tags[2] : nil
        length = third + 1
    }

    /// A cheap look: what has a head passes, and so may others.
    static func mayStart(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let space = space(in: line, from: 0, within: 40), line.count > space + 5 else { return false }
        return line[space + 1] == UInt8(ascii: "s") && line[space + 4] == UInt8(ascii: "o")
            || line[space + 1] == UInt8(ascii: "s") && line[space + 4] == UInt8(ascii: "e")
    }

    /// As in the file, with the space before the text.
    var text: String { "\(time ?? Timestamp(seconds: 0)) \(stream) \(isPiece ? "P" : "F"):\(tags) " }

    /// Level and request.
    var tags: String { request.map { "\(level):\($0)" } ?? level }

    /// What the function printed, without the head.
    static func text(of line: Substring) -> String {
        var line = String(line)
        let length = line.withUTF8 { LogHead(UnsafeRawBufferPointer($0))?.length ?? 0 }
        return String(line.utf8.dropFirst(length)) ?? line
    }

    private static func space(in line: UnsafeRawBufferPointer, from start: Int, within count: Int) -> Int? {
        var at = start
        let end = min(line.count, start + count)
        while at < end {
            if line[at] == UInt8(ascii: " ") { return at }
            at += 1
        }
        return nil
    }
}
