/// The last lines of each of several sandboxes.
public struct LastLogLines: Sendable {
    private let limit: Int
    private var lines: [String: [SandboxLogLine]] = [:]

    /// - Parameter limit: how many lines of each are kept.
    public init(_ limit: Int) { self.limit = limit }

    public mutating func add(_ line: SandboxLogLine) {
        lines[line.sandbox, default: []].append(line)
        // Now and then, which is cheaper than each time.
        if let count = lines[line.sandbox]?.count, count > 2 * limit + 64 {
            lines[line.sandbox]?.removeFirst(count - limit)
        }
    }

    /// All of them in the order of time.
    public var inOrder: [SandboxLogLine] {
        lines.sorted { $0.key < $1.key }.flatMap { $0.value.suffix(limit) }.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }
}
