import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// What a sandbox costs must not depend on how many wait beside it.
@Suite struct SchedulingCostTests {
    /// Schedules `count` sandboxes of as many functions over 20 nodes.
    private static func spread(_ count: Int) -> (bound: Int, evaluations: Int, time: Duration) {
        var simulation = SchedulingSimulation(seed: 1)
        for index in 0..<20 { simulation.set(roomy("n\(index)", 100_000)) }
        for index in 0..<count { simulation.add(sandbox("s\(index)", of: "f\(index)")) }
        let time = ContinuousClock().measure { simulation.settle() }
        let bound = simulation.sandboxes.values.count { $0.spec.nodeName != nil }
        return (bound, simulation.state.cache.evaluations, time)
    }

    @Test func tenThousandPendingCostNoMoreEach() {
        let (few, many) = (Self.spread(100), Self.spread(10_000))
        #expect(few.bound == 100 && many.bound == 10_000)
        #expect(few.evaluations == 100 * 20)
        #expect(many.evaluations == 10_000 * 20)
    }

    /// Full nodes: each event is one try, however many wait for it.
    @Test(arguments: [100, 10_000])
    func anEventCostsOneTry(_ waiting: Int) {
        var simulation = SchedulingSimulation(seed: 1)
        simulation.set(roomy("n", 10))
        for index in 0..<10 { simulation.add(sandbox("b\(index)", of: "b")) }
        simulation.settle()
        for index in 0..<waiting { simulation.add(sandbox("s\(index)", of: "f\(index)")) }
        simulation.settle()
        #expect(simulation.refused.count == waiting)
        // One was compared with the node for all that are like it.
        let before = simulation.state.cache.evaluations
        #expect(before == 10 + 1)
        for index in 0..<10 {
            simulation.delete(ObjectKey(namespace: "default", name: "b\(index)"))
            simulation.settle()
        }
        #expect(simulation.state.pending == waiting - 10)
        // Each freed place is taken by one, and refused to one more.
        #expect(simulation.state.cache.evaluations - before == 20)
    }
}
