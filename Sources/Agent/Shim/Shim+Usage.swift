import Glibc

extension Shim {
    /// A host that has said so little time ago how many requests it had is not asked again.
    private static let countsHold = 1.0

    /// What the pod's processes have used.
    ///
    /// The kernel is asked away from the event loop, once for all who ask at the same time: plugs do not wait for it. The
    /// requests are what each host has last said; one that is not busy says it anew meanwhile.
    public func usage() async -> UsageReport {
        for record in records.values { askForCounts(record, olderThan: Self.countsHold) }
        let pids = hosts.values.filter { $0.exit == nil }.map { (id: $0.id, pid: $0.pid) }
        let reading = measuring ?? Task.detached(priority: .utility) { await Self.read(pids) }
        measuring = reading
        let (processes, own) = await reading.value
        measuring = nil
        return report(processes, own)
    }

    private func report(_ processes: [Int: ProcessUsage], _ own: ProcessUsage) -> UsageReport {
        var sandboxes: [SandboxUsage] = []
        var rest = ProcessUsage()
        // One that has ended meanwhile may have left its number to another process.
        for host in hosts.values where host.exit == nil {
            guard let process = processes[host.id] else { continue }
            if case .sandbox(let uid) = host.state, let record = records[uid], record.host === host {
                noteMemory(process.memoryBytes, of: record)
                sandboxes.append(SandboxUsage(uid: uid, process: process, counts: record.counts))
            } else if host.isShared, host.isInUse {
                sandboxes += shares(of: host, process)
            } else {
                rest = rest + process
            }
        }
        var report = UsageReport(sandboxes: sandboxes.sorted { $0.uid < $1.uid }, hosts: rest, shim: own)
        report.wakes = wakes
        report.wakes.waiting = admission.waiting
        report.wakes.parked = records.values.count { $0.standby.isParked && $0.report.state == .running }
        return report
    }

    /// What the sandboxes of a shared host use: of memory nobody can tell, so each has the same part of it.
    private func shares(of host: Host, _ process: ProcessUsage) -> [SandboxUsage] {
        let own = host.sandboxes.compactMap { records[$0] }.filter { $0.host === host }
        return own.map { record in
            var part = ProcessUsage()
            part.cpuSeconds = record.share?.cpuSeconds ?? 0
            part.threads = Int(record.share?.threads ?? 0)
            part.memoryBytes = process.memoryBytes / Int64(own.count)
            part.residentBytes = process.residentBytes / Int64(own.count)
            part.startTicks = process.startTicks
            return SandboxUsage(uid: record.order.uid, process: part, counts: record.counts)
        }
    }

    /// Asks a host how its sandbox is, unless it has said so less than so many seconds ago.
    func askForCounts(_ record: SandboxRecord, olderThan seconds: Double) {
        guard record.report.state == .running, let host = record.host, !host.isAsked,
            clock - host.answeredAt >= seconds
        else { return }
        if host.isShared { ping(host) } else { ping(record) }
    }

    private static func read(_ pids: [(id: Int, pid: pid_t)]) async -> ([Int: ProcessUsage], ProcessUsage) {
        var found: [Int: ProcessUsage] = [:]
        for (id, pid) in pids {
            found[id] = ProcessUsage.read(pid: pid)
            // Whoever waits for this thread goes first.
            await Task.yield()
        }
        return (found, ProcessUsage.read(pid: getpid()) ?? ProcessUsage())
    }
}
