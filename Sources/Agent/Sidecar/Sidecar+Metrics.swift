import FoundationEssentials
import Glibc
import KubeAPI
import NestAPI
import Packages
import Planning

extension Sidecar {
    /// Serves the metrics where the configuration names a token, until the task is cancelled.
    func serveMetrics() async {
        guard let token = configuration.metricsToken else { return }
        let server = MetricsServer(
            address: configuration.address, port: configuration.metricsPort ?? SidecarConfiguration.metricsPort,
            token: token, group: group, logger: logger
        ) { [weak self] in await self?.metricsText() ?? "" }
        await server.run()
    }

    /// All metrics as they are now (docs/metrics.md).
    func metricsText() async -> String {
        let measured = await usageReport()
        var text = PrometheusText()
        addSandboxes(measured?.report, to: &text)
        Self.addCounted(metrics.values, to: &text)
        if let measured { Self.addWakes(measured.report.wakes, to: &text) }
        Self.addPackages(packages.metrics, to: &text)
        if let measured { Self.addProcesses(measured.own, measured.report, to: &text) }
        text.add(
            "nest_build_info", .gauge, "Which Nest this is; always 1.",
            [.init(1, [("version", NestGroup.release), ("pool", configuration.pool)])])
        let runtimes = await reporter.runtimeVersions
        text.add(
            "nest_runtime_info", .gauge, "The runtimes that the pod offers; always 1.",
            runtimes.map { .init(1, [("runtime", $0.name), ("version", $0.version)]) })
        return text.text
    }

    // MARK: Sandboxes

    private typealias Labels = [(name: String, value: String)]

    private static func labels(_ object: Sandbox) -> Labels {
        [
            ("namespace", object.metadata.namespace), ("sandbox", object.metadata.name),
            ("deployment", object.metadata.labels[NestGroup.deploymentLabel] ?? ""),
        ]
    }

    private func addSandboxes(_ report: UsageReport?, to text: inout PrometheusText) {
        let objects = informer.lister.list().sorted { $0.key < $1.key }
        let used = Dictionary((report?.sandboxes ?? []).map { ($0.uid, $0) }) { $1 }
        func each(_ value: (SandboxUsage) -> Double) -> [PrometheusText.Sample] {
            objects.compactMap { object in
                used[object.metadata.uid].map { .init(value($0), Self.labels(object)) }
            }
        }
        text.add(
            "nest_sandbox_cpu_seconds_total", .counter, "CPU time that the sandbox's process has used.",
            each { $0.process.cpuSeconds })
        text.add(
            "nest_sandbox_memory_bytes", .gauge, "The process's share of memory (PSS; RSS where that cannot be read).",
            each { Double($0.process.memoryBytes) })
        text.add(
            "nest_sandbox_requests_total", .counter, "Requests that have ended, as the sandbox itself says.",
            each { Double($0.counts.requests) })
        text.add(
            "nest_sandbox_errors_total", .counter,
            "Requests that were answered with 500 or more or broke, as the sandbox itself says.",
            each { Double($0.counts.errors) })
        text.add(
            "nest_sandbox_requests_in_flight", .gauge, "Requests that have not ended, as the sandbox itself says.",
            each { Double($0.counts.active) })
        text.add(
            "nest_sandbox_restarts_total", .counter, "How often the sandbox's process was started again.",
            objects.map { .init(Double($0.status.restartCount), Self.labels($0)) })
        text.add(
            "nest_sandbox_state", .gauge, "1 for the phase that the sandbox is in, 0 for the others.",
            objects.flatMap { object in
                SandboxPhase.allCases.map { phase in
                    .init(object.status.phase == phase ? 1 : 0, Self.labels(object) + [("state", phase.rawValue)])
                }
            })
    }

    // MARK: The pod

    private static func addCounted(_ counted: SidecarMetrics.Counted, to text: inout PrometheusText) {
        text.add(
            "nest_plug_seconds", "Time from the order to run a sandbox until it serves.", [([], counted.plugs)])
        let probes = counted.probes.sorted {
            ($0.key.kind, $0.key.succeeded ? 1 : 0) < ($1.key.kind, $1.key.succeeded ? 1 : 0)
        }
        text.add(
            "nest_probe_seconds", "Time that a probe took.",
            probes.map { probe, histogram in
                ([("kind", probe.kind), ("result", probe.succeeded ? "success" : "failure")], histogram)
            })
        text.add(
            "nest_evictions_total", .counter, "Sandboxes that were evicted because the pod was short of something.",
            counted.evictions.sorted { $0.key < $1.key }.map { .init(Double($0.value), [("signal", $0.key)]) })
    }

    private static func addWakes(_ wakes: WakeCounts, to text: inout PrometheusText) {
        text.add(
            "nest_parked_sandboxes", .gauge, "Sandboxes that are parked: nothing but their socket is there.",
            [.init(Double(wakes.parked))])
        text.add(
            "nest_starts_waiting", .gauge, "Sandboxes that wait for memory, or for their turn, to be started or woken.",
            [.init(Double(wakes.waiting))])
        text.add(
            "nest_start_wait_seconds",
            "How long sandboxes waited for memory, or for their turn, to be started or woken.",
            [([], wakes.waits)])
        text.add(
            "nest_starts_turned_away_total", .counter,
            "Starts whose time was over before there was memory, or their turn.",
            [.init(Double(wakes.turnedAway))])
    }

    private static func addPackages(_ cache: PackageMetrics, to text: inout PrometheusText) {
        let counters: [(String, String, Double)] = [
            ("cache_hits", "Packages that were there already.", Double(cache.hits)),
            ("cache_misses", "Packages that had to be made.", Double(cache.misses)),
            ("cache_failures", "Packages that had to be made and could not.", Double(cache.failures)),
            ("fetched_bytes", "Bytes of archives that were fetched.", Double(cache.fetchedBytes)),
            ("fetch_seconds", "Time in which archives were fetched.", cache.fetchSeconds),
            ("unpacked_bytes", "Bytes of files that were unpacked.", Double(cache.unpackedBytes)),
            ("unpack_seconds", "Time in which archives were unpacked.", cache.unpackSeconds),
            ("cache_evictions", "Packages that were removed to make room.", Double(cache.evictions)),
            ("cache_evicted_bytes", "Bytes of packages that were removed.", Double(cache.evictedBytes)),
        ]
        for (name, help, value) in counters {
            text.add("nest_package_\(name)_total", .counter, help, [.init(value)])
        }
        text.add(
            "nest_package_cache_bytes", .gauge,
            "Bytes that all packages of the machine took when this pod last made one.",
            [.init(Double(cache.cachedBytes))])
    }

    private static func addProcesses(_ own: ProcessUsage, _ report: UsageReport, to text: inout PrometheusText) {
        let processes = [("sidecar", own), ("shim", report.shim)]
        func each(_ value: (ProcessUsage) -> Double) -> [PrometheusText.Sample] {
            processes.map { .init(value($0.1), [("process", $0.0)]) }
        }
        text.add(
            "process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.",
            each(\.cpuSeconds))
        text.add(
            "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", each { Double($0.residentBytes) }
        )
        let boot = bootTime
        text.add(
            "process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.",
            each { (boot + Double($0.startTicks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))).rounded() })
        text.add(
            "nest_pod_memory_bytes", .gauge, "Shares of memory (PSS) of what belongs to no sandbox.",
            (processes + [("hosts", report.hosts)]).map { .init(Double($0.1.memoryBytes), [("part", $0.0)]) })
    }

    /// When the machine started, in seconds since 1970.
    private static var bootTime: Double {
        let uptime = ProcFile.read("/proc/uptime")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
        return Double(Timestamp.now().microseconds) / 1e6 - uptime
    }
}
