import FoundationEssentials
import Glibc

/// A process as nothing else ever was or will be named: its id and when it started.
public struct ProcessIdentity: Codable, Sendable, Hashable {
    public var pid: Int32
    /// Clock ticks since boot, field 22 of /proc/PID/stat.
    public var startTime: UInt64

    init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The living process (or zombie) of that id; nil when there is none.
    public init?(pid: Int32) {
        guard let fields = Self.fields(of: pid), fields.count > 19, let start = UInt64(fields[19]) else { return nil }
        self.pid = pid
        startTime = start
    }

    /// Whether it still runs: a zombie does not.
    public var isAlive: Bool {
        guard let fields = Self.fields(of: pid), fields.count > 19 else { return false }
        return fields[19] == "\(startTime)" && fields[0] != "Z" && fields[0] != "X"
    }

    /// Sends `signal` to its process group when the process is still the same one.
    func signalGroup(_ signal: Int32) {
        if ProcessIdentity(pid: pid) == self { kill(-pid, signal) }
    }

    /// The fields after the command's name, which may itself hold spaces and parentheses (proc(5)).
    private static func fields(of pid: Int32) -> [String]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
            let text = String(data: data, encoding: .utf8), let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ").map(String.init)
    }
}
