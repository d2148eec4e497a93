import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Random histories of rollouts: whatever happens in whatever order, the bounds hold and the end is reached.
@Suite struct RolloutHistoryTests {
    struct History: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: SimulatedCluster.Kind

        init(_ name: String, _ kind: SimulatedCluster.Kind) {
            testDescription = name
            self.kind = kind
        }
    }

    static let histories = [
        History("rolling updates", .init(strategy: .rollingUpdate)),
        History("recreations", .init(strategy: .recreate)),
        History("changes of size", .init(strategy: .rollingUpdate, changesSize: true)),
        History("pauses and rollbacks", .init(strategy: .rollingUpdate, changesSize: true, pauses: true)),
        History(
            "recreations with all else",
            .init(
                strategy: .recreate, changesSize: true, pauses: true, kills: true, breaks: true, orphans: true)),
        History("deaths", .init(strategy: .rollingUpdate, kills: true, breaks: true)),
        History("lost owners", .init(strategy: .rollingUpdate, orphans: true)),
        History("everything", .init(changesSize: true, pauses: true, kills: true, breaks: true, orphans: true)),
    ]

    /// The seeds of the histories; a failure names its seed, which is all that is needed to see it again.
    static let seeds = UInt64(1)...25

    @Test(arguments: histories) func boundsHoldAtEveryStepAndTheEndIsReached(_ history: History) throws {
        for seed in Self.seeds {
            var cluster = SimulatedCluster(seed: seed, history.kind)
            for _ in 0..<2 {
                for _ in 0..<100 where cluster.bounds.broken.isEmpty { try cluster.step() }
                guard cluster.bounds.broken.isEmpty else { break }
                try cluster.settle()
            }
            let wrong = cluster.bounds.broken + cluster.incomplete
            #expect(wrong.isEmpty, "seed \(seed): \(wrong)\n\(cluster.story.suffix(60).joined(separator: "\n"))")
            guard wrong.isEmpty else { return }
        }
    }
}
