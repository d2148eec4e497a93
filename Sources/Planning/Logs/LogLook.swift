/// How `nest logs` writes a line.
public struct LogLook: Sendable, Equatable {
    /// `[SANDBOX] ` in front.
    public var showsSandbox: Bool
    /// The time after it.
    public var showsTimes: Bool
    /// Then level and request: `warn:ID`.
    public var showsTags: Bool

    public init(showsSandbox: Bool = false, showsTimes: Bool = false, showsTags: Bool = false) {
        self.showsSandbox = showsSandbox
        self.showsTimes = showsTimes
        self.showsTags = showsTags
    }

    /// The line with its end.
    public func text(_ line: SandboxLogLine) -> String {
        var words = showsSandbox ? ["[\(line.sandbox)]"] : []
        if showsTimes { words.append(line.time.description) }
        if showsTags { words.append(line.tags) }
        return (words + [line.text]).joined(separator: " ") + "\n"
    }
}
