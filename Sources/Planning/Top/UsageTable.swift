import KubeAPI
import NestAPI

/// What objects use, as `kubectl top` shows it.
public struct UsageTable: Sendable, Equatable {
    public enum Order: String, Sendable, CaseIterable {
        case cpu, memory
    }

    /// One object.
    struct Row: Sendable, Equatable {
        var namespace: String
        var name: String
        var usage: ResourceUsage?
        /// Of a node.
        var capacity: SandboxNodeStatus.Resources?
    }

    private var rows: [Row]
    private let ofNodes: Bool

    /// Those that say what they use.
    public init(_ sandboxes: [Sandbox]) {
        ofNodes = false
        rows = sandboxes.filter { $0.status.usage != nil }.map {
            Row(namespace: $0.metadata.namespace, name: $0.metadata.name, usage: $0.status.usage)
        }
    }

    /// All; what is not known of one is shown as such.
    public init(_ nodes: [SandboxNode]) {
        ofNodes = true
        rows = nodes.map {
            Row(
                namespace: $0.metadata.namespace, name: $0.metadata.name, usage: $0.status.usage,
                capacity: $0.status.capacity)
        }
    }

    public var isEmpty: Bool { rows.isEmpty }

    /// - Parameters:
    ///   - order: those that use most first; nil: by name.
    ///   - showsNamespace: with a column of the namespace.
    ///   - hasHeader: with a line that names the columns.
    /// - Returns: lines, each with its end.
    public func text(order: Order?, showsNamespace: Bool, hasHeader: Bool) -> String {
        var lines = sorted(order).map { cells(of: $0, showsNamespace) }
        if hasHeader { lines.insert(header(showsNamespace), at: 0) }
        let widths = (0..<(lines.first?.count ?? 0)).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 3) }
            var line = Substring(padded.joined())
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private func sorted(_ order: Order?) -> [Row] {
        rows.sorted { left, right in
            let (first, second) = (Self.amount(left, order), Self.amount(right, order))
            return first != second ? first > second : (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    private static func amount(_ row: Row, _ order: Order?) -> Int64 {
        switch order {
        case nil: 0
        case .cpu: row.usage?.cpu.milli ?? -1
        case .memory: row.usage?.memory.value ?? -1
        }
    }

    private func header(_ showsNamespace: Bool) -> [String] {
        let columns =
            ofNodes ? ["CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"] : ["CPU(cores)", "MEMORY(bytes)"]
        return (showsNamespace ? ["NAMESPACE"] : []) + ["NAME"] + columns
    }

    private func cells(of row: Row, _ showsNamespace: Bool) -> [String] {
        let cpu = row.usage.map { "\($0.cpu.milli)m" } ?? Self.unknown
        let memory = row.usage.map { "\($0.memory.value >> 20)Mi" } ?? Self.unknown
        let names = (showsNamespace ? [row.namespace] : []) + [row.name]
        guard ofNodes else { return names + [cpu, memory] }
        return names + [
            cpu, Self.percent(row.usage?.cpu.milli, row.capacity?.cpu.milli), memory,
            Self.percent(row.usage?.memory.value, row.capacity?.memory.value),
        ]
    }

    private static let unknown = "<unknown>"

    private static func percent(_ part: Int64?, _ whole: Int64?) -> String {
        guard let part, let whole, whole > 0 else { return unknown }
        return "\(Int64(min(Double(part) / Double(whole) * 100, 1e15)))%"
    }
}
