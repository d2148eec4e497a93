import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// No decision on what is not known.
@Suite struct ScalingIgnoranceTests {
    @Test func whoBeginsToWatchTakesNothingAwayForAWholeWindow() {
        var bench = ScalingBench(replicas: 7)
        bench.run(59, concurrency: 0)
        #expect(bench.replicas == 7)
        #expect(bench.decision?.hold != nil)
        bench.run(20, concurrency: 0)
        #expect(bench.replicas == 0)
    }

    @Test func whoBeginsToWatchAddsAtOnce() {
        var bench = ScalingBench(replicas: 1)
        bench.run(1, concurrency: 30)
        #expect(bench.replicas == 3)
    }

    @Test func aLongDelayIsKeptByWhoBeginsToWatch() {
        var bench = ScalingBench(replicas: 7) { $0.scaleDownDelaySeconds = 300 }
        bench.run(300, concurrency: 0)
        #expect(bench.replicas == 7)
        bench.run(2, concurrency: 0)
        #expect(bench.replicas == 0)
    }

    @Test func aSilentGatewayKeepsAll() {
        var bench = ScalingBench(replicas: 5)
        bench.run(180, concurrency: 50)
        bench.run(600, concurrency: 0, known: false)
        #expect(bench.replicas == 5)
        #expect(bench.decision?.hold == .unknown)
        #expect(bench.decision?.knowsEnough == false)
        bench.run(59, concurrency: 0)
        #expect(bench.replicas == 5, "what came meanwhile is not known")
        bench.run(5, concurrency: 0)
        #expect(bench.replicas == 0)
    }

    @Test func whatTheOthersSayMayAdd() {
        var bench = ScalingBench(replicas: 2)
        bench.run(120, concurrency: 20)
        bench.run(60, concurrency: 80, known: false)
        #expect(bench.replicas == 8)
    }

    @Test func usageThatIsMissingKeepsAll() {
        var bench = ScalingBench(replicas: 4) { $0.metrics = [.init(.cpu, targetPercent: 100)] }
        var sample = ScalingSample(requests: RequestLoad(concurrency: 1))
        sample.usage.cpu = .init(percent: 400, isComplete: true)
        bench.run(120, sample)
        sample.usage.cpu = .init(percent: 0, isComplete: false)
        bench.run(300, sample)
        #expect(bench.replicas == 4)
        sample.usage.cpu = .init(percent: 600, isComplete: false)
        bench.run(60, sample)
        #expect(bench.replicas == 6)
    }

    @Test func roundsThatCameLateCountAsNotKnown() {
        var bench = ScalingBench(replicas: 2)
        bench.run(120, concurrency: 20)
        bench.step(ScalingSample(seconds: 30))
        #expect(bench.decision?.knowsEnough == false)
    }

    @Test func noMetricThatCanBeReadTakesNothingAway() {
        var bench = ScalingBench(replicas: 4) { $0.metrics = [.init(.concurrency), .init(.qps, target: -3)] }
        bench.run(600, concurrency: 0)
        #expect(bench.replicas == 4)
        bench.step(ScalingSample(requests: RequestLoad(waiting: 3)))
        #expect(bench.replicas == 4)
    }

    @Test func aNewPolicyGoesOnWithWhatWasSeen() {
        var bench = ScalingBench(replicas: 4)
        bench.run(120, concurrency: 40)
        var spec = SandboxAutoscalerSpec(target: "hello", maxReplicas: 100)
        spec.metrics = [.init(.concurrency, target: 5), .init(.qps, target: 10)]
        spec.utilization = 1
        let policy = ScalingPolicy(spec, zones: .utc, now: noon)
        bench.history = ScalingHistory(policy, after: bench.history, now: bench.now)
        bench.run(1, concurrency: 40)
        #expect(bench.replicas == 8)
        #expect(bench.decision?.knowsEnough == false, "of the other metric nothing is known yet")
    }

    struct Hostile: Sendable {
        var concurrency = 0.0
        var requests = 0.0
        var waiting = 0
        var seconds = 1.0
        var percent = 0.0
    }

    @Test(arguments: [
        Hostile(concurrency: .nan, requests: .nan, percent: .nan), Hostile(concurrency: .infinity, requests: 1e308),
        Hostile(concurrency: -1, requests: -1e308, waiting: .min, percent: -.infinity), Hostile(waiting: .max),
        Hostile(seconds: .nan), Hostile(seconds: .infinity), Hostile(seconds: -5), Hostile(seconds: 0),
        Hostile(concurrency: 1e300, seconds: 1e300, percent: 1e300),
    ]) func numbersThatAreNoneBreakNothing(_ hostile: Hostile) {
        var bench = ScalingBench(replicas: 3, min: 1, max: 50) {
            $0.metrics = [
                .init(.concurrency, target: 1e-300), .init(.qps, target: 1e300), .init(.cpu, targetPercent: .max),
                .init(.memory, targetPercent: 1),
            ]
            $0.utilization = .nan
        }
        let share = ScalingUsage.Share(percent: hostile.percent, isComplete: true)
        let load = RequestLoad(
            concurrency: hostile.concurrency, requests: hostile.requests, waiting: hostile.waiting)
        for _ in 0..<700 {
            let decision = bench.step(
                ScalingSample(
                    seconds: hostile.seconds, requests: load, usage: ScalingUsage(cpu: share, memory: share)))
            #expect((1...50).contains(decision.desired))
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max]) func specsThatNobodyCheckedBreakNothing(_ number: Int) {
        var bench = ScalingBench(replicas: 3) { spec in
            (spec.minReplicas, spec.maxReplicas, spec.stableWindowSeconds) = (number, number, number)
            (spec.panicWindowSeconds, spec.scaleDownDelaySeconds) = (number, number)
            spec.scaleToZeroGraceSeconds = number
            spec.schedules = [
                .init(name: "a", cron: "* * * * *", durationSeconds: number, minReplicas: number)
            ]
        }
        bench.run(700, concurrency: 3)
        #expect(bench.replicas >= 0)
        #expect(bench.history.policy.floor(at: noon).replicas <= bench.history.policy.maxReplicas)
    }
}
