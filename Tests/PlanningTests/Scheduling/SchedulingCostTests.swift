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

    /// Wishes about domains: what a node costs must not depend on how many domains there are.
    @Test(arguments: [10, 100])
    func aNodeCostsNoMoreBecauseThereAreManyDomains(_ nodes: Int) {
        let others = LabelSelector(matchLabels: ["app": "web"])
        var simulation = SchedulingSimulation(seed: 1)
        for index in 0..<nodes { simulation.set(roomy("n\(index)", 100_000)) }
        for index in 0..<nodes {
            simulation.add(
                sandbox("s\(index)", labels: ["app": "web"]) {
                    $0.affinity = Affinity(
                        sandboxAntiAffinity: SandboxAffinity(required: [.init(others, topologyKey: "host")]))
                    $0.affinity?.sandboxAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution =
                        [.init(weight: 1, .init(others, topologyKey: "host"))]
                    $0.topologySpreadConstraints = [
                        TopologySpreadConstraint(topologyKey: "host", whenUnsatisfiable: .doNotSchedule)
                    ]
                })
        }
        simulation.settle()
        #expect(simulation.sandboxes.values.allSatisfy { $0.spec.nodeName != nil })
        let cache = simulation.state.cache
        #expect(cache.evaluations == nodes * nodes)
        // By each node: its own wish, the others', the spread; and once more for the scores.
        #expect(cache.lookups <= 4 * cache.evaluations)
        #expect(cache.lookups > 2 * cache.evaluations)
    }

    /// Each function keeps its own replicas apart: a sandbox of one has nothing to do with those of the others.
    @Test func whatOthersWishAboutOthersIsNotLookedAt() {
        var groups = SandboxGroups()
        for index in 0..<1000 {
            let own = LabelSelector(matchLabels: ["app": "f\(index)"])
            _ = groups.add(
                sandbox("s\(index)", of: "f\(index)", labels: ["app": "f\(index)"]) {
                    $0.affinity = Affinity(
                        sandboxAffinity: SandboxAffinity(preferred: [.init(weight: 1, .init(own, topologyKey: "zone"))]
                        ),
                        sandboxAntiAffinity: SandboxAffinity(required: [.init(own, topologyKey: "host")]))
                }, on: index % 20)
        }
        #expect(groups.repellent(of: ["app": "f7", "other": "x"]).count == 1)
        #expect(Array(groups.wishful(for: ["app": "f7"])).count == 1)
        #expect(groups.repellent(of: ["app": "nobody"]).isEmpty)
    }

    struct Asking: Sendable {
        var selector: LabelSelector
        /// Of the groups a1, a2 and b1, which are labelled app and v.
        var matches: Set<String>
    }

    private static func ask(
        _ labels: [String: String] = [:], _ requirements: LabelSelector.Requirement...
    ) -> LabelSelector { LabelSelector(matchLabels: labels, matchExpressions: requirements) }

    /// The index finds what a look at every group would.
    @Test(arguments: [
        Asking(selector: ask(), matches: ["a1", "a2", "b1"]),
        Asking(selector: ask(["app": "a"]), matches: ["a1", "a2"]),
        Asking(selector: ask(["app": "a", "v": "1"]), matches: ["a1"]),
        Asking(selector: ask(["app": "c"]), matches: []),
        Asking(selector: ask([:], .init(key: "v", operator: .in, values: ["1", "3"])), matches: ["a1", "b1"]),
        Asking(
            selector: ask([:], .init(key: "v", operator: .in, values: ["1", "1", "2"])), matches: ["a1", "a2", "b1"]),
        Asking(selector: ask(["app": "a"], .init(key: "v", operator: .in, values: ["2"])), matches: ["a2"]),
        Asking(selector: ask([:], .init(key: "v", operator: .notIn, values: ["2"])), matches: ["a1", "b1"]),
        Asking(selector: ask([:], .init(key: "app", operator: .exists)), matches: ["a1", "a2", "b1"]),
    ])
    func groupsAreFoundByWhatIsAskedFor(_ row: Asking) {
        var groups = SandboxGroups()
        var ids: [Int: String] = [:]
        for name in ["a1", "a2", "b1"] {
            let labels = ["app": String(name.prefix(1)), "v": String(name.suffix(1))]
            var all: [Sandbox] = [sandbox(name, of: name, labels: labels)]
            all[0].metadata.labels = labels
            ids[groups.add(all[0], on: 0)] = name
        }
        let found = groups.matching(row.selector)
        #expect(Set(found.compactMap { ids[$0] }) == row.matches)
        #expect(found.count == row.matches.count)
        // The other way round: who wishes that is found by the labels that it wishes for.
        let wisher = sandbox("w") {
            $0.affinity = Affinity(
                sandboxAntiAffinity: SandboxAffinity(required: [.init(row.selector, topologyKey: "host")]))
        }
        let id = groups.add(wisher, on: 1)
        for (group, name) in ids {
            let labels = groups[group]?.identity.labels ?? [:]
            if row.matches.contains(name) { #expect(groups.repellent(of: labels) == [id]) }
        }
        groups.remove(id, isTerminating: false, from: 1)
        #expect(groups.repellent(of: ["app": "a", "v": "1"]).isEmpty)
    }

    /// Room that is kept costs the same however many it is kept for.
    @Test func whatIsKeptIsKnownBySums() throws {
        var cache = cache([node("n") { $0.status.allocatable?.sandboxes = 10 }])
        for index in 0..<6 { cache.nominate(sandbox("k\(index)", priority: 2 - index / 2), on: "n") }
        let info = try #require(cache.node(ObjectKey(namespace: "default", name: "n")))
        #expect(info.kept.count == 3)
        #expect([0, 1, 2, 3].map { info.free(for: "x", priority: $0).sandboxes } == [4, 6, 8, 10])
        let own = sandbox("k0", priority: 2)
        #expect(info.free(for: own.metadata.uid, priority: 2).sandboxes == 9)
        cache.withdraw(own)
        #expect(cache.node(ObjectKey(namespace: "default", name: "n"))?.free(for: "x", priority: 2).sandboxes == 9)
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
