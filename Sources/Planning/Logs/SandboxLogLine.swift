import KubeAPI

/// One line of a sandbox, as the log of its pod shows it with times: `TIME [SANDBOX] TAGS TEXT`.
///
/// TAGS are the level and the request's id where there is one, after `P:` when the line goes on in the next one.
public struct SandboxLogLine: Sendable, Equatable {
    /// The most characters of a name that a log shows.
    public static let nameLimit = 176

    public enum Level: String, Sendable, CaseIterable {
        case debug, info, warn, error
    }

    public var time: Timestamp
    public var sandbox: String
    public var isPiece: Bool
    public var level: Level
    public var request: String?
    public var text: String

    public init(
        time: Timestamp, sandbox: String, isPiece: Bool = false, level: Level = .info, request: String? = nil,
        text: String
    ) {
        self.time = time
        self.sandbox = sandbox
        self.isPiece = isPiece
        self.level = level
        self.request = request
        self.text = text
    }

    /// nil for a line that is not a sandbox's, such as those of the pod's own processes.
    public init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let time = Timestamp(String(words[0])), words[1].hasPrefix("["),
            words[1].hasSuffix("]"),
            words[1].count > 2
        else { return nil }
        var tags = words[2]
        let isPiece = tags.hasPrefix("P:")
        if isPiece { tags = tags.dropFirst(2) }
        let parts = tags.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let level = Level(rawValue: String(parts[0])) else { return nil }
        self.init(
            time: time, sandbox: String(words[1].dropFirst().dropLast()), isPiece: isPiece, level: level,
            request: parts.count > 1 ? String(parts[1]) : nil, text: String(words[3]))
    }

    /// Level and request as they stand in a log.
    public var tags: String { (isPiece ? "P:" : "") + level.rawValue + (request.map { ":" + $0 } ?? "") }
}

extension SandboxLogLine.Level: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
