import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct AffinityTests {
    private static let web = LabelSelector(matchLabels: ["app": "web"])

    private static func near(_ key: String, _ selector: LabelSelector? = web) -> Affinity {
        Affinity(sandboxAffinity: SandboxAffinity(required: [.init(selector, topologyKey: key)]))
    }

    private static func away(_ key: String, _ selector: LabelSelector? = web) -> Affinity {
        Affinity(sandboxAntiAffinity: SandboxAffinity(required: [.init(selector, topologyKey: key)]))
    }

    private static func nodes() -> SchedulerCache {
        cache([
            roomy("a1", labels: ["zone": "a"]), roomy("a2", labels: ["zone": "a"]), roomy("b1", labels: ["zone": "b"]),
            roomy("x"),
        ])
    }

    private static func placed(_ name: String, _ app: String, _ affinity: Affinity? = nil) -> Sandbox {
        sandbox(name, of: name, labels: ["app": app]) { $0.affinity = affinity }
    }

    @Test(arguments: [("host", ["b1"]), ("zone", ["b1"])])
    func goesWhereTheOthersAre(_ key: String, _ nodes: [String]) {
        var cache = Self.nodes()
        cache.assume(Self.placed("w", "web"), on: "b1")
        let decision = cache.schedule(Self.placed("s", "db", Self.near(key)))
        #expect(nodes.contains(decision.node ?? ""))
    }

    @Test func staysAway() {
        var cache = Self.nodes()
        cache.assume(Self.placed("w", "web"), on: "a1")
        let inZone = cache.schedule(Self.placed("s", "db", Self.away("zone"))).node
        #expect(inZone == "b1" || inZone == "x")
        #expect(cache.schedule(Self.placed("s", "db", Self.away("host"))).node != "a1")
    }

    @Test func isKeptAwayByThoseThatAreThere() {
        var cache = cache([roomy("a", labels: ["zone": "a"])])
        cache.assume(Self.placed("d", "db", Self.away("zone")), on: "a")
        #expect(
            cache.schedule(Self.placed("s", "web")).reasons
                == "0/1 pods are available: 1 pod(s) didn't satisfy existing sandboxes anti-affinity rules.")
        #expect(cache.schedule(Self.placed("s", "other")).node == "a")
    }

    @Test func theFirstOfAGroupMayGoAnywhere() {
        var cache = Self.nodes()
        let first = Self.placed("1", "web", Self.near("zone"))
        let chosen = cache.schedule(first).node
        #expect(chosen != nil && chosen != "x")
        cache.assume(first, on: "b1")
        #expect(cache.schedule(Self.placed("2", "web", Self.near("zone"))).node == "b1")
        // One that is not of the group waits for it.
        var empty = Self.nodes()
        #expect(
            empty.schedule(Self.placed("s", "db", Self.near("zone"))).reasons
                == "0/4 pods are available: 4 pod(s) didn't match sandbox affinity rules.")
    }

    @Test func oneReplicaANode() {
        var cache = Self.nodes()
        var used: Set<String> = []
        for index in 0..<4 {
            let replica = sandbox("r\(index)", labels: ["app": "web"]) { $0.affinity = Self.away("host") }
            guard let node = cache.schedule(replica).node else { break }
            cache.assume(replica, on: node)
            used.insert(node)
        }
        #expect(used.count == 4)
        let fifth = sandbox("r5", labels: ["app": "web"]) { $0.affinity = Self.away("host") }
        #expect(
            cache.schedule(fifth).reasons
                == "0/4 pods are available: 4 pod(s) didn't match sandbox anti-affinity rules.")
    }

    @Test func aSelectorThatIsAbsentMatchesNothing() {
        var cache = Self.nodes()
        cache.assume(Self.placed("w", "web"), on: "a1")
        #expect(cache.schedule(Self.placed("s", "db", Self.near("zone", nil))).node == nil)
        #expect(cache.schedule(Self.placed("s", "db", Self.away("zone", nil))).node != nil)
    }

    @Test func countsAcrossThePoolsOfANamespace() {
        var cache = Self.nodes()
        cache.set(ResourcePool(metadata: ObjectMeta(name: "other", namespace: "default")))
        cache.set(node("o", pool: "other", labels: ["zone": "b"]))
        cache.assume(Self.placed("w", "web"), on: "o")
        #expect(cache.schedule(Self.placed("s", "db", Self.near("zone"))).node == "b1")
    }
}
