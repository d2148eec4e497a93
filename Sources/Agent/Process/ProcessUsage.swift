import Glibc

/// What a process has used, or several together.
public struct ProcessUsage: Codable, Sendable, Equatable {
    /// User and system time since its start.
    public var cpuSeconds = 0.0
    /// Its share of memory (PSS), or the resident set where the kernel does not say.
    ///
    /// What several processes have in common counts once for all of them together.
    public var memoryBytes: Int64 = 0
    /// The resident set.
    public var residentBytes: Int64 = 0
    public var threads = 0
    /// When it started, in clock ticks since the machine did.
    public var startTicks: UInt64 = 0

    public init() {}

    /// Nil when `stat` is not what the kernel writes.
    ///
    /// - Parameters:
    ///   - stat: of /proc/PID/stat (proc(5)).
    ///   - rollup: of /proc/PID/smaps_rollup; empty where it may not be read.
    ///   - ticks: clock ticks of a second.
    ///   - pageSize: in bytes.
    init?(stat: String, rollup: String, ticks: Int, pageSize: Int) {
        // The command's name may itself hold spaces and parentheses.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let threads = Int(fields[17]), let start = UInt64(fields[19]), let pages = Int64(fields[21])
        else { return nil }
        cpuSeconds = (user + system) / Double(max(1, ticks))
        residentBytes = pages * Int64(pageSize)
        memoryBytes = Self.proportional(rollup) ?? residentBytes
        self.threads = threads
        startTicks = start
    }

    /// Reads what a process has used; nil when there is none.
    ///
    /// It takes as long as the kernel needs to walk the process's pages: not for an event loop.
    static func read(pid: pid_t) -> ProcessUsage? {
        guard let stat = ProcFile.read("/proc/\(pid)/stat") else { return nil }
        let rollup = ProcFile.read("/proc/\(pid)/smaps_rollup") ?? ""
        return ProcessUsage(
            stat: stat, rollup: rollup, ticks: sysconf(Int32(_SC_CLK_TCK)), pageSize: sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The bytes of memory that a process has for itself: resident, and of no file (/proc/PID/statm); 0 when there is none.
    ///
    /// The kernel has them counted: it takes microseconds.
    static func ownBytes(pid: pid_t) -> Int64 {
        let fields = (ProcFile.read("/proc/\(pid)/statm") ?? "").split(separator: " ").compactMap { Int64($0) }
        guard fields.count > 2 else { return 0 }
        return max(0, fields[1] - fields[2]) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func proportional(_ rollup: String) -> Int64? {
        let line = rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return line.flatMap { Int64($0.filter(\.isNumber)) }.map { $0 * 1024 }
    }

    /// The sum; it has no start.
    static func + (left: ProcessUsage, right: ProcessUsage) -> ProcessUsage {
        var sum = ProcessUsage()
        sum.cpuSeconds = left.cpuSeconds + right.cpuSeconds
        sum.memoryBytes = left.memoryBytes + right.memoryBytes
        sum.residentBytes = left.residentBytes + right.residentBytes
        sum.threads = left.threads + right.threads
        return sum
    }
}
