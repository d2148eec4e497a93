import KubeAPI

/// How far the logs of a pod's sandboxes have been shown, so that a stream which is opened anew shows nothing twice.
///
/// The lines of one sandbox come in the order of time; of those of one instant the number is counted.
public struct LogCursor: Sendable {
    /// Between the clocks of the server and of a pod's machine.
    static let skew = 60.0

    private var seen: [String: (time: Timestamp, count: Int)] = [:]
    /// Lines of the last instant that the stream under way has brought.
    private var met: [String: Int] = [:]

    public init() {}

    /// A stream begins, with lines that may have been shown.
    public mutating func restart() { met = [:] }

    /// Takes the next line of the stream.
    /// - Returns: whether it has not been shown.
    public mutating func isNew(_ line: SandboxLogLine) -> Bool {
        guard let last = seen[line.sandbox], line.time <= last.time else {
            seen[line.sandbox] = (line.time, 1)
            met[line.sandbox] = 1
            return true
        }
        guard line.time == last.time else { return false }
        let count = met[line.sandbox, default: 0] + 1
        met[line.sandbox] = count
        guard count > last.count else { return false }
        seen[line.sandbox]?.count = count
        return true
    }

    /// From when on a stream must be read.
    ///
    /// - Parameters:
    ///   - sandboxes: the wanted ones, and when each was made.
    ///   - since: nothing from before is wanted.
    /// - Returns: nil: from the beginning.
    public func start(_ sandboxes: [String: Timestamp?], since: Timestamp?) -> Timestamp? {
        var earliest: Timestamp?
        for (name, made) in sandboxes {
            let shown = String(name.prefix(SandboxLogLine.nameLimit))
            guard let time = seen[shown]?.time ?? made?.adding(seconds: -Self.skew) else { return since }
            earliest = min(earliest ?? time, time)
        }
        guard let earliest, let since else { return earliest ?? since }
        return max(earliest, since)
    }
}
