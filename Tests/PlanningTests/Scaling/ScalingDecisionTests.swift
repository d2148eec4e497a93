import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Each rule by itself.
@Suite struct ScalingDecisionTests {
    struct Steady: Sendable {
        var metric: ScalingMetric
        var utilization = 1.0
        var sample: ScalingSample
        var replicas: Int
    }

    private static func requests(_ concurrency: Double = 0, _ requests: Double = 0) -> ScalingSample {
        ScalingSample(requests: RequestLoad(concurrency: concurrency, requests: requests))
    }

    private static func usage(cpu: Double = 0, memory: Double = 0) -> ScalingSample {
        ScalingSample(
            requests: RequestLoad(concurrency: 1),
            usage: ScalingUsage(
                cpu: .init(percent: cpu, isComplete: true), memory: .init(percent: memory, isComplete: true)))
    }

    /// desired = load ÷ (target × utilization), rounded up.
    @Test(arguments: [
        Steady(metric: .init(.concurrency, target: 10), sample: requests(100), replicas: 10),
        Steady(metric: .init(.concurrency, target: 10), sample: requests(100.5), replicas: 11),
        Steady(metric: .init(.concurrency, target: 100), utilization: 0.7, sample: requests(140), replicas: 2),
        Steady(metric: .init(.concurrency, target: 100), utilization: 0.7, sample: requests(140.1), replicas: 3),
        Steady(metric: .init(.concurrency, target: 0.5), sample: requests(3), replicas: 6),
        Steady(metric: .init(.concurrency, target: 100), sample: requests(0.01), replicas: 1),
        Steady(metric: .init(.qps, target: 200), utilization: 0.5, sample: requests(0, 450), replicas: 5),
        Steady(metric: .init(.cpu, targetPercent: 80), utilization: 0.1, sample: usage(cpu: 400), replicas: 5),
        Steady(metric: .init(.memory, targetPercent: 50), sample: usage(memory: 125), replicas: 3),
    ]) func followsALoad(_ example: Steady) {
        var bench = ScalingBench {
            $0.metrics = [example.metric]
            $0.utilization = example.utilization
        }
        bench.run(120, example.sample)
        #expect(bench.replicas == example.replicas)
        #expect(bench.decision?.knowsEnough == true)
    }

    @Test func theLargestMetricWins() throws {
        var bench = ScalingBench {
            $0.metrics = [.init(.concurrency, target: 10), .init(.qps, target: 5), .init(.cpu, targetPercent: 50)]
        }
        var sample = Self.usage(cpu: 100)
        sample.requests = RequestLoad(concurrency: 30, requests: 35)
        bench.run(90, sample)
        #expect(bench.replicas == 7)
        #expect(bench.decision?.needs.map(\.replicas) == [3, 7, 2])
        sample.usage.cpu.percent = 500
        bench.run(90, sample)
        #expect(bench.replicas == 10)
    }

    @Test func theBoundsHoldWhateverIsAsked() throws {
        var bench = ScalingBench(replicas: 5, min: 2, max: 4)
        #expect(bench.step(Self.requests(0)).desired == 4)
        bench.run(30, concurrency: 1000)
        #expect(bench.replicas == 4)
        #expect(bench.decision?.limit == .maximum)
        bench.run(600, concurrency: 0)
        #expect(bench.replicas == 2)
        #expect(bench.decision?.limit == .minimum)
    }

    @Test func moreComesAtOnceAndFewerAfterTheDelay() {
        var bench = ScalingBench(replicas: 3) { $0.scaleDownDelaySeconds = 120 }
        bench.run(180, concurrency: 30)
        #expect(bench.replicas == 3)
        bench.run(1, concurrency: 36)
        #expect(bench.replicas == 4, "the mean is over 30 already")
        bench.run(60, concurrency: 10)
        #expect(bench.decision?.hold == .delay)
        #expect(bench.replicas == 4)
        // The mean over the window falls by and by; each wish is let go of the delay after it.
        bench.run(180, concurrency: 10)
        #expect(bench.replicas == 1)
        let falls = zip(bench.trail, bench.trail.dropFirst()).filter { $1 < $0 }
        #expect(falls.allSatisfy { $0.0 - $0.1 == 1 })
    }

    @Test func aBurstIsSeenInThePanicWindowAndHoldsForAStableWindow() throws {
        var bench = ScalingBench(replicas: 1)
        bench.run(120, concurrency: 5)
        bench.run(3, concurrency: 100)
        #expect(bench.replicas >= 5, "half of the panic window shows half of the burst")
        bench.run(3, concurrency: 100)
        #expect(bench.replicas == 10)
        bench.run(1, concurrency: 0)
        #expect(bench.decision?.hold == .burst)
        bench.run(55, concurrency: 0)
        #expect(bench.replicas == 10)
        bench.run(120, concurrency: 0)
        #expect(bench.replicas == 0)
    }

    @Test func whatIsNotTwiceAsMuchIsNoBurst() {
        var bench = ScalingBench(replicas: 10)
        bench.run(120, concurrency: 100)
        bench.run(6, concurrency: 190)
        #expect(bench.history.burst.until == nil)
        #expect(bench.replicas == 11)
    }

    @Test func whatProcessesUseIsNoBurst() {
        var bench = ScalingBench(replicas: 1) { $0.metrics = [.init(.cpu, targetPercent: 100)] }
        bench.run(120, Self.usage(cpu: 50))
        bench.run(5, Self.usage(cpu: 1000))
        #expect(bench.replicas == 2)
    }

    @Test(arguments: [0, 5, 30, 300]) func theLastOneGoesAfterTheGrace(_ grace: Int) {
        var bench = ScalingBench(replicas: 1) { $0.scaleToZeroGraceSeconds = grace }
        bench.run(120, concurrency: 1)
        bench.run(max(0, grace - 1), concurrency: 0)
        #expect(bench.replicas == 1)
        bench.run(1, concurrency: 0)
        #expect(bench.replicas == 0)
        #expect(bench.decision?.cause == .idle(seconds: grace))
        bench.run(300, concurrency: 0)
        #expect(bench.trail.suffix(300).allSatisfy { $0 == 0 }, "what is left in the mean wakes nothing")
    }

    @Test func manyDoNotGoToNoneAtOnce() {
        var bench = ScalingBench(replicas: 8) { $0.scaleToZeroGraceSeconds = 5 }
        bench.run(120, concurrency: 80)
        bench.run(60, concurrency: 0)
        #expect(bench.replicas == 8, "the delay counts for all but the last")
        bench.run(60, concurrency: 0)
        #expect(bench.replicas == 0)
    }

    @Test func minReplicasKeepsTheLast() {
        var bench = ScalingBench(replicas: 3, min: 1)
        bench.run(600, concurrency: 0)
        #expect(bench.replicas == 1)
    }

    @Test func usageAloneDoesNotKeepAFunctionThatNobodyAsks() {
        var bench = ScalingBench(replicas: 2) { $0.metrics = [.init(.memory, targetPercent: 50)] }
        var sample = Self.usage(memory: 100)
        bench.run(120, sample)
        #expect(bench.replicas == 2)
        sample.requests = RequestLoad()
        bench.run(120, sample)
        #expect(bench.replicas == 0)
    }

    @Test func aRequestThatWaitsAtNoneBringsOneAtOnce() throws {
        var bench = ScalingBench()
        bench.run(3600, concurrency: 0)
        #expect(bench.replicas == 0)
        let situation = ScalingHistory.Situation(replicas: 0, ready: 0, waiting: 1, floor: 0)
        let decision = bench.history.decide(situation, at: bench.now)
        #expect(decision.desired == 1)
        #expect(decision.cause == .waiting(1))
    }

    @Test(arguments: [(1, 1), (10, 1), (11, 2), (95, 10), (100_000, 100)])
    func whoWaitsIsCounted(_ waiting: Int, replicas: Int) {
        var bench = ScalingBench()
        bench.run(10, concurrency: 0)
        let situation = ScalingHistory.Situation(replicas: 0, ready: 0, waiting: waiting, floor: 0)
        #expect(bench.history.decide(situation, at: bench.now).desired == replicas)
    }

    @Test func whatSomeoneScaledByHandIsOverridden() {
        var bench = ScalingBench(replicas: 3)
        bench.run(180, concurrency: 30)
        bench.replicas = 2
        bench.run(1, concurrency: 30)
        #expect(bench.replicas == 3)
        bench.replicas = 40
        bench.run(1, concurrency: 30)
        #expect(bench.replicas == 3)
    }
}
