import FoundationEssentials
import Glibc

/// The processes of runtime hosts, written down so that a shim finds what an earlier one has left.
///
/// Hosts die with the shim that started them (PR_SET_PDEATHSIG); this is for those that, for whatever reason, did not. Each
/// is an empty file that is named by what no other process is: its id and its start.
struct HostJournal: Sendable {
    private static let patience = 100

    let directory: String

    func add(_ process: ProcessIdentity) {
        let descriptor = open(path(process), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    func remove(_ process: ProcessIdentity) { unlink(path(process)) }

    /// Ends every process that is written down, waits until it is gone, and begins an empty journal.
    /// - Returns: how many still ran.
    @discardableResult
    func endLeftovers() throws(SystemError) -> Int {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw SystemError("cannot make \(directory)") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let running = names.compactMap(Self.process).filter(\.isAlive)
        for process in running { process.signalGroup(SIGKILL) }
        // They have been killed: what is awaited is only the kernel.
        for _ in 0..<Self.patience where running.contains(where: \.isAlive) { usleep(10_000) }
        for name in names { unlink("\(directory)/\(name)") }
        return running.count
    }

    private func path(_ process: ProcessIdentity) -> String { "\(directory)/\(process.pid)-\(process.startTime)" }

    static func process(_ name: String) -> ProcessIdentity? {
        let parts = name.split(separator: "-")
        guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]) else { return nil }
        return ProcessIdentity(pid: pid, startTime: start)
    }
}
