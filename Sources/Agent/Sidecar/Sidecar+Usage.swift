import FoundationEssentials
import Glibc
import KubeAPI
import NestAPI
import Planning

/// What the sidecar knows of what its pod uses.
struct UsageState {
    var reports = UsageReports()
    /// What the shim said last, when, and what the sidecar itself had used.
    var latest: (report: UsageReport, own: ProcessUsage, at: Double)?
    /// What each sandbox uses, by uid.
    var samples: [String: UsageReports.Sample] = [:]
    /// What the SandboxNode's status says.
    var node: ResourceUsage?
}

extension Sidecar {
    /// The parts of a pod that are no sandbox: no uid has a slash.
    private enum Part {
        static let node = "part/node"
        static let own = "part/sidecar"
        static let shim = "part/shim"
        static let hosts = "part/hosts"
        static let all: Set<String> = [node, own, shim, hosts]
    }

    /// A report this young is good enough for whoever asks next.
    private static let reportHolds = 1.0

    /// Looks at what is used, until the task is cancelled.
    func keepUsage() async {
        while !Task.isCancelled {
            if (try? await Task.sleep(for: sampleEvery)) == nil { return }
            await sampleUsage()
        }
    }

    /// What the pod's processes have used so far; nil when the shim does not say.
    func usageReport() async -> (report: UsageReport, own: ProcessUsage)? {
        if let latest = usage.latest, clock - latest.at < Self.reportHolds { return (latest.report, latest.own) }
        guard let report = try? await shim?.usage() else { return nil }
        let own = await Task.detached { ProcessUsage.read(pid: getpid()) ?? ProcessUsage() }.value
        usage.latest = (report, own, clock)
        return (report, own)
    }

    /// One look: what each sandbox uses, and the writes that are worth it.
    private func sampleUsage() async {
        guard let (report, own) = await usageReport() else { return }
        let now = clock
        var total = UsageReports.Sample(milliCPU: 0, memoryBytes: 0)
        usage.samples = [:]
        let parts = [(Part.own, own), (Part.shim, report.shim), (Part.hosts, report.hosts)]
        for (uid, process) in parts + report.sandboxes.map({ ($0.uid, $0.process) }) {
            let rate = usage.reports.milliCPU(uid, cpuSeconds: process.cpuSeconds, now: now)
            total.milliCPU += rate ?? 0
            total.memoryBytes += process.memoryBytes
            guard let rate, !Part.all.contains(uid) else { continue }
            usage.samples[uid] = .init(milliCPU: rate, memoryBytes: process.memoryBytes)
        }
        usage.reports.keep(only: Part.all.union(report.sandboxes.map(\.uid)))
        await writeUsage(total, now)
    }

    private func writeUsage(_ total: UsageReports.Sample, _ now: Double) async {
        if let (_, next) = usage.reports.decide(
            [Part.node: total], shown: usage.node.map { [Part.node: $0] } ?? [:], now: now
        ).first {
            usage.node = next
            await reporter.update(usage: next)
        }
        // Only what is known to run is written about: another write may be on its way for the rest.
        let running = usage.samples.keys.flatMap { informer.lister.list(.uid, $0) }
            .filter { $0.isReady && !$0.isTerminating && $0.status.phase == .running }
        let objects = Dictionary(running.map { ($0.metadata.uid, $0) }) { $1 }
        let samples = usage.samples.filter { objects[$0.key] != nil }
        let decided = usage.reports.decide(samples, shown: objects.compactMapValues(\.status.usage), now: now)
        for (uid, next) in decided {
            guard let object = objects[uid] else { continue }
            await write(next, of: object)
        }
    }

    /// What is not written is written later, if it still is news.
    private func write(_ usage: ResourceUsage, of object: Sandbox) async {
        do {
            let merge: JSONValue = .object(["usage": try JSONValue(encoding: usage)])
            _ = try await client.patch(
                Sandbox.self, namespace: object.metadata.namespace, name: object.metadata.name, subresource: "status",
                merge: .object(["metadata": .object(["uid": .string(object.metadata.uid)]), "status": merge]))
        } catch {
            logger.debug("what a sandbox uses was not written: \(error)", metadata: ["sandbox": "\(object.key)"])
        }
    }
}
