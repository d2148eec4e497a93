import KubeAPI
import NestAPI

/// A SandboxAutoscaler's spec, ready to decide by: every number inside its bounds, every schedule read.
struct ScalingPolicy: Sendable {
    /// One metric, and what one sandbox is to bear of it.
    struct Measure: Sendable, Equatable {
        let kind: ScalingMetric.Kind
        /// Requests at once, requests a second, or percent of what is requested.
        let perSandbox: Double

        /// Whether gateways tell of it; else the sandboxes' usage does.
        var isOfRequests: Bool { kind == .concurrency || kind == .qps }

        /// The sandboxes that a load asks for.
        func replicas(_ load: Double) -> Int {
            let count = (load / perSandbox - 1e-9).rounded(.up)
            return count > 0 ? Int(min(count, 1e9)) : 0
        }
    }

    let measures: [Measure]
    let minReplicas: Int
    let maxReplicas: Int
    /// Seconds.
    let stableWindow: Int
    let panicWindow: Int
    let scaleDownDelay: Int
    let scaleToZeroGrace: Int
    let schedules: [ScheduleClock]
    /// What is wrong with schedules that are left out, for people.
    let problems: [String]

    init(_ spec: SandboxAutoscalerSpec, zones: TimeZones, now: Timestamp) {
        let utilization = spec.utilization > 0 && spec.utilization <= 1 ? spec.utilization : 0.7
        measures = spec.metrics.prefix(4).compactMap { Measure($0, utilization: utilization) }
        maxReplicas = min(max(spec.maxReplicas, 1), 1_000_000_000)
        minReplicas = min(max(spec.minReplicas, 0), maxReplicas)
        stableWindow = min(max(spec.stableWindowSeconds, 6), 600)
        panicWindow = min(max(spec.panicWindowSeconds, 1), stableWindow)
        scaleDownDelay = min(max(spec.scaleDownDelaySeconds, 0), 3600)
        scaleToZeroGrace = min(max(spec.scaleToZeroGraceSeconds, 0), 86_400)
        var schedules: [ScheduleClock] = []
        var problems: [String] = []
        for schedule in spec.schedules {
            do {
                schedules.append(try ScheduleClock(schedule, zones: zones, now: now))
            } catch {
                problems.append("schedule '\(schedule.name)': cron '\(schedule.cron)': \(error.message)")
            }
        }
        self.schedules = schedules
        self.problems = problems
    }

    /// What one sandbox bears of requests at once, where that is measured.
    var concurrency: Double? { measures.first { $0.kind == .concurrency }?.perSandbox }

    /// The fewest sandboxes at a time, and the schedule that asks for them.
    func floor(at now: Timestamp) -> (replicas: Int, schedule: String?) {
        var floor: (replicas: Int, schedule: String?) = (minReplicas, nil)
        for schedule in schedules where schedule.minReplicas > floor.replicas && schedule.isOn(at: now) {
            floor = (min(schedule.minReplicas, maxReplicas), schedule.name)
        }
        return floor
    }
}

extension ScalingPolicy.Measure {
    /// nil for a metric that lacks its number, or whose number is none.
    init?(_ metric: ScalingMetric, utilization: Double) {
        kind = metric.type
        switch metric.type {
        case .concurrency, .qps: perSandbox = (metric.target ?? 0) * utilization
        case .cpu, .memory: perSandbox = Double(metric.targetPercent ?? 0)
        }
        guard perSandbox > 0, perSandbox.isFinite else { return nil }
    }
}
