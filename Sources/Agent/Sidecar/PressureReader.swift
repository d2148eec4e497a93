import Glibc
import Planning

/// Reads what is left of memory, disk and process numbers: a few small files of the kernel's.
enum PressureReader {
    private static let groups = "/sys/fs/cgroup"

    /// - Parameter directory: on the file system that counts.
    /// - Returns: nil when the kernel does not say.
    static func read(directory: String) -> PressureSignals? {
        guard let memory = memory(), let disk = disk(directory) else { return nil }
        return PressureSignals(memory: memory, disk: disk, pids: pids())
    }

    /// - Returns: the bytes of the machine, or of the control group where that leaves less; nil when the kernel does not say.
    static func memory() -> PressureSignals.Amount? {
        guard let info = ProcFile.read("/proc/meminfo"), let total = Machine.total(info),
            let available = Machine.bytes("MemAvailable", of: info)
        else { return nil }
        let machine = PressureSignals.Amount(available: available, total: total)
        return group().map { least(machine, $0) } ?? machine
    }

    private static func least(
        _ left: PressureSignals.Amount, _ right: PressureSignals.Amount
    ) -> PressureSignals.Amount { left.available <= right.available ? left : right }

    // MARK: Memory of the control group

    /// The limit less the working set, which is what is used but for file pages that can be dropped at once.
    private static func group() -> PressureSignals.Amount? {
        // Version 2, then version 1.
        amount(limit: "memory.max", used: "memory.current", statistics: "memory.stat", inactive: "inactive_file ")
            ?? amount(
                limit: "memory/memory.limit_in_bytes", used: "memory/memory.usage_in_bytes",
                statistics: "memory/memory.stat", inactive: "total_inactive_file ")
    }

    private static func amount(
        limit: String, used: String, statistics: String, inactive: String
    ) -> PressureSignals.Amount? {
        guard let total = number(limit), let used = number(used) else { return nil }
        let line = ProcFile.read("\(groups)/\(statistics)")?.split(separator: "\n").first { $0.hasPrefix(inactive) }
        let droppable = line.flatMap { Int64($0.dropFirst(inactive.count)) } ?? 0
        return available(limit: total, used: used, inactive: droppable)
    }

    static func available(limit: Int64, used: Int64, inactive: Int64) -> PressureSignals.Amount {
        .init(available: max(0, limit - max(0, used - inactive)), total: limit)
    }

    /// Nil for `max`, which is no limit.
    private static func number(_ name: String) -> Int64? {
        ProcFile.read("\(groups)/\(name)").flatMap { Int64($0.prefix { $0.isNumber }) }
    }

    // MARK: Disk and processes

    private static func disk(_ directory: String) -> PressureSignals.Amount? {
        var about = statvfs()
        guard statvfs(directory, &about) == 0 else { return nil }
        let unit = Int64(about.f_frsize)
        return .init(available: Int64(about.f_bavail) * unit, total: Int64(about.f_blocks) * unit)
    }

    private static func pids() -> PressureSignals.Amount {
        func limit(_ name: String) -> Int64 {
            ProcFile.read("/proc/sys/kernel/\(name)").flatMap { Int64($0.prefix { $0.isNumber }) } ?? .max
        }
        let total = min(limit("pid_max"), limit("threads-max"))
        let machine = PressureSignals.Amount(available: total - running, total: total)
        for prefix in ["", "pids/"] {
            guard let most = number(prefix + "pids.max"), let now = number(prefix + "pids.current") else { continue }
            return least(machine, .init(available: most - now, total: most))
        }
        return machine
    }

    /// Threads of the machine: the fourth word of /proc/loadavg is RUNNING/ALL.
    private static var running: Int64 {
        let words = ProcFile.read("/proc/loadavg")?.split(separator: " ") ?? []
        guard words.count > 3 else { return 0 }
        return words[3].split(separator: "/").last.flatMap { Int64($0) } ?? 0
    }
}
