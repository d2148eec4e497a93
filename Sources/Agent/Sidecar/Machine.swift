import Confinement
import FoundationEssentials
import Glibc
import NestAPI

/// What the machine, or the container around us, has.
enum Machine {
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The memory of the machine, or of our control group where that is less.
    static var memoryBytes: Int64 {
        let group = contents("/sys/fs/cgroup/memory.max").flatMap { Int64($0.prefix { $0.isNumber }) }
        return min(total(contents("/proc/meminfo") ?? "") ?? 1 << 30, group ?? .max)
    }

    /// `MemTotal` of /proc/meminfo, in bytes.
    static func total(_ meminfo: String) -> Int64? {
        bytes("MemTotal", of: meminfo)
    }

    static func bytes(_ name: String, of meminfo: String) -> Int64? {
        let line = meminfo.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int64($0.filter(\.isNumber)) }.map { $0 * 1024 }
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// What `nest-jail --probe` says; that nothing is in force when it does not answer.
    static func confinement(jail: String) async -> SandboxNodeStatus.Confinement {
        do {
            let output = try await Task.detached { try Self.output([jail, "--probe"]) }.value
            let report = try JSONDecoder().decode(ConfinementReport.self, from: output)
            return .init(
                level: report.level.rawValue, mechanisms: report.mechanisms.map(\.rawValue), missing: report.missing)
        } catch {
            return .init(level: "Reduced", mechanisms: [], missing: ["nest-jail --probe: \(error)"])
        }
    }

    /// Runs a short command to its end.
    private static func output(_ arguments: [String]) throws(SystemError) -> Data {
        let pipe = try LinuxCalls.pipe()
        defer { close(pipe.read) }
        let pid: pid_t
        do throws(SystemError) {
            let null = try SystemError.check("cannot open /dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) }
            defer { close(null) }
            let spec = ProcessSpec(arguments: arguments, environment: [:], descriptors: [null, pipe.write, null])
            pid = try spec.spawn()
            close(pipe.write)
        } catch {
            close(pipe.write)
            throw error
        }
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(pipe.read, &buffer, buffer.count)
            guard count > 0, bytes.count < 1 << 16 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return bytes
    }
}
