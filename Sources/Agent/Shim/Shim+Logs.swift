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

    /// The log of a sandbox, which may be that of an earlier run, is written to from now on.
    func openLog(of record: SandboxRecord) throws(SystemError) -> BoundedLog {
        let path = logPath(record)
        goneLogs.revive(path)
        return try BoundedLog(path: path)
    }

    /// How a sandbox is called where several stand beside each other.
    func shortName(_ record: SandboxRecord) -> String {
        String((record.order.name.split(separator: "/").last ?? "").prefix(PodLogLine.nameLimit))
    }

    /// A new stream of lines.
    func openOutput(_ log: consuming BoundedLog, of sandbox: String? = nil) -> Output {
        nextOutput += 1
        let output = Output(id: nextOutput, log: log, sandbox: sandbox)
        outputs[output.id] = output
        return output
    }

    func printed(_ bytes: [UInt8], to id: Int) {
        guard let output = outputs[id] else { return }
        log(bytes.withUnsafeBytes { output.intake.take($0, at: moment) }, output)
        settleLater(output)
    }

    /// Nothing more comes.
    func close(_ output: Output) {
        guard outputs.removeValue(forKey: output.id) != nil else { return }
        log(output.intake.end(at: moment), output)
    }

    private var moment: LogIntake.Moment { LogIntake.Moment(time: .now(), clock: clock) }

    private func log(_ lines: [UInt8], _ output: Output) {
        guard !lines.isEmpty else { return }
        output.log.append(lines)
        if let standardOutput, let sandbox = output.sandbox { standardOutput.write(lines, of: sandbox) }
    }

    /// A flood that has ended is told of, though nothing more comes.
    private func settleLater(_ output: Output) {
        guard output.intake.owesNotice, !output.isSettling else { return }
        output.isSettling = true
        _ = after(1) { [id = output.id] shim in
            guard let output = shim.outputs[id] else { return }
            output.isSettling = false
            shim.log(output.intake.settle(at: shim.moment), output)
            shim.settleLater(output)
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
