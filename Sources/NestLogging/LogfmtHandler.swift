import Logging

/// Writes each entry as one line of `key=value` pairs (logfmt) to standard error.
///
/// `time=2026-01-02T03:04:05.678Z level=info component=scheduler msg="bound" sandbox=default/hello-1`
public struct LogfmtHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    private let component: String
    private let clock: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - component: the logger's label.
    ///   - clock: the time as the line shows it.
    ///   - write: takes one whole line, its line break included; called from any thread.
    public init(
        component: String, clock: @escaping @Sendable () -> String = StandardError.now,
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.component = component
        self.clock = clock
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = "time=\(clock()) level=\(event.level) component=\(Self.quoted(component))"
        line += " msg=\(Self.quoted(event.message.description))"
        let all = event.metadata.map { metadata.merging($0) { _, own in own } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted("\(value)"))" }
        write(line + "\n")
    }

    /// The text, in quotes where a reader could not tell where it ends.
    static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 61 && $0 != 92 && $0 != 127 }
        guard !isPlain else { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where character.value < 32 || character.value == 127:
                quoted += "\\u{\(String(character.value, radix: 16))}"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }
}
