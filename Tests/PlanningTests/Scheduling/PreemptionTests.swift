import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct PreemptionTests {
    /// A sandbox that is there: its name, node, priority, memory, and age in seconds.
    struct There: Sendable {
        var name: String
        var node: String
        var priority: Int
        var memory: Int64 = 100
        var age = 0.0
        var isTerminating = false
    }

    struct Row: Sendable {
        var there: [There]
        var asks: Int64 = 100
        var priority = 10
        var never = false
        var node: String?
        var victims: [String] = []
        var says: String?
    }

    private static let none = "No preemption victims found for incoming sandbox."

    /// Nodes a and b have room for 200 bytes each.
    @Test(arguments: [
        // Never equal or higher.
        Row(
            there: [
                There(name: "1", node: "a", priority: 10, memory: 200),
                There(name: "2", node: "b", priority: 11, memory: 200),
            ],
            says: "2 \(none)"),
        // The lowest highest victim.
        Row(
            there: [
                There(name: "1", node: "a", priority: 5, memory: 200),
                There(name: "2", node: "b", priority: 4, memory: 200),
            ],
            node: "b", victims: ["2"]),
        // The least sum, which also is the fewest when priorities are equal.
        Row(
            there: [
                There(name: "1", node: "a", priority: 5), There(name: "2", node: "a", priority: 5),
                There(name: "3", node: "b", priority: 5, memory: 200),
            ], asks: 200, node: "b", victims: ["3"]),
        Row(
            there: [
                There(name: "1", node: "a", priority: 5), There(name: "2", node: "a", priority: 1),
                There(name: "3", node: "b", priority: 5), There(name: "4", node: "b", priority: 0),
            ], asks: 200, node: "b", victims: ["3", "4"]),
        // The youngest.
        Row(
            there: [
                There(name: "1", node: "a", priority: 5, memory: 200, age: 90),
                There(name: "2", node: "b", priority: 5, memory: 200, age: 10),
            ], node: "b", victims: ["2"]),
        // The first by name.
        Row(
            there: [
                There(name: "1", node: "a", priority: 5, memory: 200),
                There(name: "2", node: "b", priority: 5, memory: 200),
            ],
            node: "a", victims: ["1"]),
        // Whoever can stay is given back, the most important first.
        Row(
            there: [
                There(name: "1", node: "a", priority: 7), There(name: "2", node: "a", priority: 3),
                There(name: "3", node: "b", priority: 10, memory: 200),
            ], node: "a", victims: ["2"]),
        // Of equals the older stays.
        Row(
            there: [
                There(name: "1", node: "a", priority: 3, age: 1), There(name: "2", node: "a", priority: 3, age: 9),
                There(name: "3", node: "b", priority: 10, memory: 200),
            ], node: "a", victims: ["1"]),
        // Room that is being given back needs no victim.
        Row(
            there: [
                There(name: "1", node: "a", priority: 3, memory: 200),
                There(name: "2", node: "b", priority: 3, memory: 200, isTerminating: true),
            ], node: "b", victims: []),
        Row(
            there: [
                There(name: "1", node: "a", priority: 3, memory: 200),
                There(name: "2", node: "b", priority: 3, memory: 200),
            ],
            never: true, says: "not eligible due to preemptionPolicy=Never."),
        // More than any node has.
        Row(
            there: [
                There(name: "1", node: "a", priority: 3, memory: 200),
                There(name: "2", node: "b", priority: 3, memory: 200),
            ],
            asks: 201, says: "2 Preemption is not helpful for scheduling."),
    ])
    func takesTheLeastHarm(_ row: Row) {
        var cache = cache(
            ["a", "b"].map { name in
                node(name) { $0.status.allocatable = .init(cpu: .milliCPU(1), memory: .bytes(200), sandboxes: 9) }
            })
        for there in row.there {
            var one = sandbox(there.name, of: there.name, memory: there.memory, priority: there.priority)
            one.metadata.creationTimestamp = noon.adding(seconds: -there.age)
            cache.observe(there.isTerminating ? one.bound(to: there.node).terminating() : one.bound(to: there.node))
        }
        let incoming = sandbox("in", memory: row.asks, priority: row.priority) {
            $0.preemptionPolicy = row.never ? .never : nil
        }
        let refusal = cache.schedule(incoming).refusal
        #expect(refusal?.preemption?.node == row.node)
        #expect(Set(refusal?.preemption?.victims.map(\.name) ?? []) == Set(row.victims))
        if let says = row.says {
            #expect(refusal?.message.hasSuffix(says) == true, "\(refusal?.message ?? "")")
        }
    }

    @Test func clearsWhatAntiAffinityAndSpreadForbid() {
        let away = Affinity(
            sandboxAntiAffinity: SandboxAffinity(required: [
                .init(LabelSelector(matchLabels: ["app": "web"]), topologyKey: "host")
            ]))
        var cache = cache([roomy("a")])
        cache.observe(sandbox("low", of: "low", labels: ["app": "web"]).bound(to: "a"))
        let picky = cache.schedule(sandbox("in", of: "in", priority: 1) { $0.affinity = away }).refusal
        #expect(picky?.preemption?.victims.map(\.name) == ["low"])
        cache.observe(sandbox("low2", of: "low", labels: ["app": "db"]) { $0.affinity = away }.bound(to: "a"))
        let unwelcome = cache.schedule(sandbox("in", of: "in", priority: 1, labels: ["app": "web"])).refusal
        #expect(unwelcome?.preemption?.victims.map(\.name) == ["low2"])

        var zones = twoZones()
        zones.observe(sandbox("l1", priority: 0).bound(to: "z1"))
        let strict = sandbox("s", priority: 1) {
            $0.topologySpreadConstraints = [
                TopologySpreadConstraint(topologyKey: "zone", whenUnsatisfiable: .doNotSchedule)
            ]
        }
        #expect(zones.schedule(strict).refusal?.preemption?.node == "z1")
    }

    /// Zone 1 has a node with room, zone 2 one that is full of what cannot be taken away.
    private func twoZones() -> SchedulerCache {
        var cache = cache([
            roomy("z1", 9, labels: ["zone": "1"]),
            node("z2", labels: ["zone": "2"]) { $0.status.allocatable?.sandboxes = 1 },
        ])
        cache.observe(sandbox("high", of: "high", priority: 9).bound(to: "z2"))
        return cache
    }

    @Test func roomThatWasMadeIsKeptFromLowerPriorities() {
        var cache = cache([node("a") { $0.status.allocatable?.sandboxes = 1 }])
        let victim = sandbox("low").bound(to: "a")
        cache.observe(victim)
        let high = sandbox("high", priority: 10)
        #expect(cache.schedule(high).refusal?.preemption?.node == "a")
        cache.nominate(high, on: "a")
        // While the victim ends, nothing more is taken.
        cache.observe(victim.terminating())
        let waiting = cache.schedule(high).refusal
        #expect(waiting?.preemption == nil && waiting?.keepsNomination == true)
        #expect(waiting?.message.contains("terminating sandbox on the nominated pod") == true)
        cache.remove(victim)
        #expect(cache.schedule(sandbox("lower", priority: 9)).node == nil)
        #expect(cache.schedule(sandbox("higher", priority: 11)).node == "a")
        #expect(cache.schedule(high).node == "a")
        cache.assume(high, on: "a")
        #expect(cache.nomination(of: high) == nil)
    }

    @Test func aHigherNomineeTakesTheRoomOfALowerOne() {
        var cache = cache([node("a") { $0.status.allocatable?.sandboxes = 1 }])
        cache.observe(sandbox("low").bound(to: "a"))
        let (middle, high) = (sandbox("middle", priority: 5), sandbox("high", priority: 10))
        cache.nominate(middle, on: "a")
        cache.nominate(high, on: "a")
        #expect(cache.nomination(of: middle) == nil)
        #expect(cache.nomination(of: high) == "a")
    }
}
