import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Random histories of rollouts: whatever happens in whatever order, the bounds hold and the end is reached.
@Suite struct RolloutHistoryTests {
    /// The seeds of the histories; a failure names its seed, which is all that is needed to see it again.
    private static let seeds = Array(UInt64(1)...150)

    @Test(arguments: seeds)
    func rolloutsStayInsideBothBoundsAtEveryMoment(_ seed: UInt64) throws {
        var cluster = SimulatedCluster(seed: seed)
        try cluster.settle()
        for _ in 0..<120 {
            try cluster.step(changesSize: false)
            let (live, available) = (cluster.live, cluster.available)
            let spec = cluster.deployment.spec
            #expect(live <= spec.replicas + spec.maxSurge, "seed \(seed): \(live) live\n\(cluster.story)")
            #expect(available >= spec.minAvailable, "seed \(seed): \(available) available\n\(cluster.story)")
            guard live <= spec.replicas + spec.maxSurge, available >= spec.minAvailable else { return }
        }
        try cluster.settle()
        #expect(cluster.isComplete, "seed \(seed) does not converge\n\(cluster.story)")
    }

    @Test(arguments: seeds)
    func anyHistoryConverges(_ seed: UInt64) throws {
        var cluster = SimulatedCluster(seed: seed)
        for _ in 0..<150 { try cluster.step(changesSize: true) }
        try cluster.settle()
        #expect(cluster.isComplete, "seed \(seed) does not converge\n\(cluster.story)")
    }
}
