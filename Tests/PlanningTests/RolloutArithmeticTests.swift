import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct RolloutArithmeticTests {
    struct Bounds: Sendable {
        var replicas: Int, surge: IntOrPercent, unavailable: IntOrPercent, maxSurge: Int, maxUnavailable: Int
    }

    /// Rows 1–6 are `TestResolveFenceposts` and `TestMaxUnavailable` of kubernetes.
    @Test(arguments: [
        Bounds(replicas: 10, surge: .percent(25), unavailable: .percent(25), maxSurge: 3, maxUnavailable: 2),
        Bounds(replicas: 10, surge: .count(0), unavailable: .count(0), maxSurge: 0, maxUnavailable: 1),
        Bounds(replicas: 1, surge: .percent(25), unavailable: .percent(25), maxSurge: 1, maxUnavailable: 0),
        Bounds(replicas: 5, surge: .count(0), unavailable: .count(10), maxSurge: 0, maxUnavailable: 5),
        Bounds(replicas: 10, surge: .percent(0), unavailable: .percent(9), maxSurge: 0, maxUnavailable: 1),
        Bounds(replicas: 0, surge: .count(1), unavailable: .count(3), maxSurge: 1, maxUnavailable: 0),
        Bounds(replicas: 3, surge: .percent(200), unavailable: .percent(100), maxSurge: 6, maxUnavailable: 3),
    ])
    func surgeRoundsUpAndUnavailabilityDown(_ row: Bounds) {
        let spec = SandboxDeployment.sample(replicas: row.replicas, surge: row.surge, unavailable: row.unavailable).spec
        #expect(spec.maxSurge == row.maxSurge)
        #expect(spec.maxUnavailable == row.maxUnavailable)
    }

    @Test func recreateHasNoBounds() {
        var spec = SandboxDeployment.sample(replicas: 10).spec
        spec.strategy.type = .recreate
        #expect(spec.maxSurge == 0)
        #expect(spec.maxUnavailable == 0)
    }

    struct Growth: Sendable {
        var kind = RolloutStrategy.Kind.rollingUpdate
        var replicas: Int, surge: Int, old: Int, new: Int, expected: Int
    }

    /// `TestNewRSNewReplicas` and `TestDeploymentController_reconcileNewReplicaSet` of kubernetes.
    @Test(arguments: [
        Growth(replicas: 1, surge: 1, old: 0, new: 5, expected: 5),
        Growth(replicas: 6, surge: 10, old: 0, new: 2, expected: 6),
        Growth(kind: .recreate, replicas: 3, surge: 1, old: 0, new: 1, expected: 3),
        Growth(replicas: 10, surge: 0, old: 10, new: 0, expected: 0),
        Growth(replicas: 10, surge: 2, old: 10, new: 0, expected: 2),
        Growth(replicas: 10, surge: 2, old: 5, new: 0, expected: 7),
        Growth(replicas: 10, surge: 2, old: 10, new: 2, expected: 2),
    ])
    func theNewSetGrowsIntoTheRoomThatThereIs(_ row: Growth) throws {
        var deployment = SandboxDeployment.sample(
            replicas: row.replicas, surge: .count(row.surge), unavailable: .count(1))
        deployment.spec.strategy.type = row.kind
        let old = try deployment.set(1, replicas: row.old)
        let new = try deployment.set(2, replicas: row.new, isNew: true)
        #expect(newReplicas(deployment.spec, all: [old, new], new: new) == row.expected)
    }

    @Test func whatAnOldSetHasNotGivenUpYetCountsAgainstTheSurge() throws {
        let deployment = SandboxDeployment.sample(replicas: 10, surge: .count(2), unavailable: .count(2))
        var old = try deployment.set(1, replicas: 8)
        old.status.replicas = 10
        let new = try deployment.set(2, replicas: 2, isNew: true)
        #expect(newReplicas(deployment.spec, all: [old, new], new: new) == 2)
        old.status.replicas = 8
        #expect(newReplicas(deployment.spec, all: [old, new], new: new) == 4)
    }

    struct Scaling: Sendable {
        var from: Int, to: Int
        /// Sizes from the oldest to the newest.
        var before: [Int], after: [Int]
    }

    /// `TestScale` of kubernetes' `sync_test.go`.
    @Test(arguments: [
        Scaling(from: 10, to: 12, before: [0, 10], after: [0, 12]),
        Scaling(from: 10, to: 5, before: [0, 10], after: [0, 5]),
        Scaling(from: 5, to: 10, before: [3, 2], after: [6, 4]),
        Scaling(from: 5, to: 3, before: [3, 2], after: [2, 1]),
        Scaling(from: 9, to: 4, before: [1, 8], after: [0, 4]),
        Scaling(from: 7, to: 10, before: [2, 3, 2], after: [3, 4, 3]),
        Scaling(from: 13, to: 8, before: [3, 8, 2], after: [2, 5, 1]),
        Scaling(from: 3, to: 4, before: [1, 1, 1], after: [1, 1, 2]),
        Scaling(from: 3, to: 2, before: [1, 1, 1], after: [0, 1, 1]),
        Scaling(from: 22, to: 23, before: [7, 10, 5], after: [7, 11, 5]),
        Scaling(from: 4, to: 0, before: [3, 1], after: [0, 0]),
    ])
    func scalesAllSetsOfARolloutInProportion(_ row: Scaling) throws {
        var deployment = SandboxDeployment.sample(replicas: row.from, surge: .count(0), unavailable: .count(1))
        deployment.status.replicas = row.from
        let newest = row.before.count - 1
        let sets = try row.before.enumerated().map { try deployment.set($0, replicas: $1, isNew: $0 == newest) }
        deployment.spec.replicas = row.to
        let plan = try deployment.plan(sets)
        let after = row.before.enumerated().map { plan.sizes["set\($0)"] ?? $1 }
        #expect(after == row.after)
        #expect(!plan.writes.isEmpty)
    }
}
