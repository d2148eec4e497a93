import Foundation
import KubeAPI
import NestAPI

@testable import Planning

/// One function with its autoscaler, second by second: what comes in, what is decided, and what follows from it.
struct ScalingBench {
    var history: ScalingHistory
    var replicas: Int
    /// Sandboxes serve this many seconds after they were asked for.
    var startSeconds = 0
    /// What was decided, by the second.
    private(set) var trail: [Int] = []
    private(set) var decision: ScalingDecision?
    private(set) var second = 0
    private var asked: [(at: Int, replicas: Int)] = []

    init(
        replicas: Int = 0, min: Int = 0, max: Int = 100, target: Double = 10,
        _ change: (inout SandboxAutoscalerSpec) -> Void = { _ in }
    ) {
        var spec = SandboxAutoscalerSpec(target: "hello", minReplicas: min, maxReplicas: max)
        spec.metrics = [ScalingMetric(.concurrency, target: target)]
        spec.utilization = 1
        change(&spec)
        history = ScalingHistory(ScalingPolicy(spec, zones: .utc, now: noon), now: .zero)
        self.replicas = replicas
    }

    var now: Duration { .seconds(second) }
    /// Sandboxes that serve.
    var ready: Int {
        let started = asked.last { $0.at + startSeconds <= second }?.replicas ?? (asked.isEmpty ? replicas : 0)
        return Swift.min(started, replicas)
    }

    /// Goes on for so many seconds with the same load.
    mutating func run(_ seconds: Int, _ sample: ScalingSample) {
        for _ in 0..<seconds { step(sample) }
    }

    mutating func run(_ seconds: Int, concurrency: Double, known: Bool = true) {
        let load = RequestLoad(concurrency: concurrency, requests: concurrency)
        run(seconds, ScalingSample(requests: load, hasAllRequests: known))
    }

    /// One second, and the decision after it.
    @discardableResult
    mutating func step(_ sample: ScalingSample, floor: Int? = nil, schedule: String? = nil) -> ScalingDecision {
        second += 1
        history.record(sample, at: now)
        let decided = history.decide(
            .init(
                replicas: replicas, ready: ready, waiting: sample.requests.waiting,
                floor: floor ?? history.policy.minReplicas, schedule: schedule), at: now)
        if decided.desired != replicas { asked.append((second, decided.desired)) }
        replicas = decided.desired
        trail.append(replicas)
        decision = decided
        return decided
    }

    /// How often the number was changed.
    var changes: Int { zip(trail, trail.dropFirst()).count { $0 != $1 } }
}

/// The time that `body` takes of a processor, which other work on the machine does not change.
func processorSeconds(_ body: () -> Void) -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let began = now()
    body()
    return now() - began
}
