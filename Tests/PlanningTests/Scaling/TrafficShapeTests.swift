import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Whole courses of traffic, second by second, with sandboxes that take a second to start.
@Suite struct TrafficShapeTests {
    /// A sequence that looks random and is the same each time (splitmix64).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    private static func bench(replicas: Int = 0) -> ScalingBench {
        var bench = ScalingBench(replicas: replicas, max: 50)
        bench.startSeconds = 1
        return bench
    }

    private static func load(_ concurrency: Double, waiting: Bool) -> ScalingSample {
        ScalingSample(
            requests: RequestLoad(
                concurrency: concurrency, requests: concurrency * 5,
                waiting: waiting ? Int(concurrency.rounded(.up)) : 0))
    }

    /// - Returns: the seconds in which there was less room than was asked for.
    private static func play(_ bench: inout ScalingBench, _ seconds: Int, _ shape: (Int) -> Double) -> Int {
        var short = 0
        for second in 0..<seconds {
            let concurrency = shape(second)
            if Double(bench.ready) * 10 < concurrency - 0.001 { short += 1 }
            bench.step(load(concurrency, waiting: bench.ready == 0 && concurrency > 0))
        }
        return short
    }

    @Test func aSpikeIsServedWithinAPanicWindow() {
        var bench = Self.bench(replicas: 1)
        _ = Self.play(&bench, 300) { _ in 8 }
        #expect(bench.replicas == 1)
        let short = Self.play(&bench, 60) { _ in 200 }
        #expect(short <= 8)
        #expect(bench.replicas == 20)
        _ = Self.play(&bench, 300) { _ in 8 }
        #expect(bench.replicas == 1)
        #expect(bench.trail.max() == 20, "not more than it takes")
    }

    @Test func aSpikeAtNoneIsServedAtOnce() {
        var bench = Self.bench()
        _ = Self.play(&bench, 300) { _ in 0 }
        let short = Self.play(&bench, 30) { _ in 200 }
        #expect(short <= 3)
        #expect(bench.trail.suffix(30).first == 20)
    }

    @Test func aRampIsFollowed() {
        var bench = Self.bench(replicas: 1)
        _ = Self.play(&bench, 120) { _ in 10 }
        _ = Self.play(&bench, 600) { 10 + Double($0) / 600 * 300 }
        // The mean over a minute lags a slow ramp by half of that minute.
        #expect((29...31).contains(bench.replicas))
        #expect(zip(bench.trail, bench.trail.dropFirst()).allSatisfy { $0 <= $1 }, "never down on the way up")
        _ = Self.play(&bench, 600) { 310 - Double($0) / 600 * 300 }
        _ = Self.play(&bench, 180) { _ in 10 }
        #expect(bench.replicas == 1)
    }

    @Test func aSawtoothIsNotFollowedUpAndDown() {
        var bench = Self.bench(replicas: 4)
        _ = Self.play(&bench, 1800) { 15 + Double($0 % 30) / 30 * 50 }
        // Teeth of half a minute have a mean of 40, that is 4; they are shorter than the window.
        let settled = bench.trail.suffix(1500)
        #expect((settled.max() ?? 0) - (settled.min() ?? 0) <= 1)
        #expect(bench.changes < 10)
    }

    /// Teeth that reach twice the mean are bursts, each of which holds for a window and a delay.
    @Test func highTeethAreBurstsThatHold() {
        var bench = Self.bench(replicas: 4)
        _ = Self.play(&bench, 1800) { Double($0 % 30) / 30 * 80 }
        #expect(bench.trail.suffix(1500).allSatisfy { (4...8).contains($0) })
        #expect(bench.changes < 1800 / 60)
    }

    @Test func callsThatComeSeldomHaveOneSandboxEach() {
        var random = Seeded(state: 7)
        var bench = Self.bench()
        var calls = 0
        var up = 0
        for _ in 0..<14_400 {
            // A call in five minutes, as chance has it; it takes a tenth of a second.
            let isCall = Double.random(in: 0..<1, using: &random) < 1.0 / 300
            calls += isCall ? 1 : 0
            bench.step(Self.load(isCall ? 0.1 : 0, waiting: isCall && bench.ready == 0))
            up += bench.replicas
        }
        #expect(bench.trail.max() == 1)
        #expect(calls > 30)
        // Each call keeps it for the grace of 30 s at most.
        #expect(up <= calls * 31)
        #expect(up >= calls * 15)
    }

    /// 86,400 decisions.
    @Test func aDayIsFollowedInLittleTime() {
        var bench = Self.bench()
        var random = Seeded(state: 1)
        var short = 0
        let took = processorSeconds {
            short = Self.play(&bench, 86_400) { second in
                // Nothing at night, most at noon, with some noise.
                let hour = Double(second) / 3600
                guard hour >= 6, hour < 22 else { return 0 }
                let share = 1 - (hour - 14) * (hour - 14) / 64
                return max(0, 200 * share + Double.random(in: -5...5, using: &random))
            }
        }
        // Below one in a release build.
        #expect(took < 8)
        #expect(bench.trail.max().map { (20...22).contains($0) } == true)
        #expect(bench.replicas == 0)
        #expect(bench.trail[0..<21_600].allSatisfy { $0 == 0 })
        // Short by a sandbox in the moments in which the noise goes over the mean.
        #expect(short < 86_400 / 10)
        #expect(bench.changes < 600)
    }

    @Test func whatIsKeptIsBounded() {
        var wishes = WishHistory(seconds: 100)
        for second in 0..<10_000 { wishes.add(10_000 - second, at: second) }
        #expect(wishes.count <= 101)
        #expect(wishes.largest == 101)
        for second in 10_000..<10_200 { wishes.add(5, at: second) }
        #expect(wishes.count == 1)
    }
}
