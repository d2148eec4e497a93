import FoundationEssentials
import Glibc
import KubeAPI
import NIOCore

/// What sandboxes print, and where it goes.
extension Shim {
    func logPath(_ record: SandboxRecord) -> String {
        let name = record.order.name.map { $0.isLetter || $0.isNumber || "-._".contains($0) ? $0 : "_" }
        return "\(configuration.directory)/logs/\(String(name.prefix(240)))-\(record.order.uid.prefix(8)).log"
    }

    /// A host's output goes to its sandbox's log from now on, which may be that of an earlier run.
    func openLog(of record: SandboxRecord, _ host: Host) throws(SystemError) {
        let path = logPath(record)
        goneLogs.revive(path)
        host.log = try BoundedLog(path: path)
    }

    func printed(_ bytes: [UInt8], by id: Int) {
        guard let host = hosts[id] else { return }
        log(bytes.withUnsafeBytes { host.intake.take($0, at: moment) }, of: host)
        settleLater(host)
    }

    /// Nothing more comes.
    func endLog(of host: Host) { log(host.intake.end(at: moment), of: host) }

    private var moment: LogIntake.Moment { LogIntake.Moment(time: .now(), clock: clock) }

    private func log(_ lines: [UInt8], of host: Host) {
        guard !lines.isEmpty else { return }
        host.log.append(lines)
        if let standardOutput, case .sandbox(let uid) = host.state, let record = records[uid] {
            let name = record.order.name.split(separator: "/").last ?? ""
            standardOutput.write(lines, of: String(name.prefix(PodLogLine.nameLimit)))
        }
    }

    /// A flood that has ended is told of, though nothing more comes.
    private func settleLater(_ host: Host) {
        guard host.intake.owesNotice, !host.isSettling else { return }
        host.isSettling = true
        _ = after(1) { [id = host.id] shim in
            guard let host = shim.hosts[id] else { return }
            host.isSettling = false
            shim.log(host.intake.settle(at: shim.moment), of: host)
            shim.settleLater(host)
        }
    }

    /// The logs that an earlier shim left are those of gone sandboxes until they are plugged again.
    func adoptLogs() {
        let logs = configuration.directory + "/logs"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []
        for name in names.sorted() where name.hasSuffix(".log") && PodLogFiles.sandbox(ofFile: name) != nil {
            keepLog("\(logs)/\(name)")
        }
    }

    /// The log of a sandbox of which nothing else is left.
    func keepLog(_ path: String) {
        goneLogs.add(path, at: clock)
        deleteOldLogs()
    }

    private func deleteOldLogs() {
        for path in goneLogs.due(at: clock) { for suffix in ["", ".1"] { unlink(path + suffix) } }
        guard let next = goneLogs.next, !isDeletingLogs else { return }
        isDeletingLogs = true
        _ = after(next - clock) { shim in
            shim.isDeletingLogs = false
            shim.deleteOldLogs()
        }
    }
}
