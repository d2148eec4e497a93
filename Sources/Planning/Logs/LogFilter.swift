import KubeAPI

/// Which lines of a pod's log are wanted.
public struct LogFilter: Sendable, Equatable {
    /// Nothing from before; nil: all.
    public var since: Timestamp?
    /// Nothing below.
    public var level: SandboxLogLine.Level
    /// Of that request alone; nil: of all.
    public var request: String?

    public init(since: Timestamp? = nil, level: SandboxLogLine.Level = .debug, request: String? = nil) {
        self.since = since
        self.level = level
        self.request = request
    }

    /// - Parameters:
    ///   - line: of a pod's log.
    ///   - sandboxes: the names of those that are wanted.
    /// - Returns: whether it is wanted.
    public func admits(_ line: SandboxLogLine, of sandboxes: some Collection<String>) -> Bool {
        guard line.level >= level, request == nil || line.request == request else { return false }
        if let since, line.time < since { return false }
        return sandboxes.contains { $0 == line.sandbox || $0.prefix(SandboxLogLine.nameLimit) == line.sandbox }
    }
}
