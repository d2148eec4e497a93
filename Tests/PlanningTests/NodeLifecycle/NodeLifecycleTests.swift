import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct NodeLifecycleTests {
    static func node(
        _ name: String, _ status: Condition.Status? = .yes, reason: String = "SidecarReady", zone: String? = nil,
        taints: [Taint] = []
    ) -> SandboxNode {
        var node = SandboxNode(
            metadata: ObjectMeta(
                name: name, namespace: "default", labels: zone.map { [NestGroup.zoneLabel: $0] } ?? [:]),
            spec: SandboxNodeSpec(pool: "default", taints: taints))
        if let status {
            node.status.conditions = [
                Condition(type: "Ready", status: status, reason: reason, lastTransitionTime: noon)
            ]
        }
        return node
    }

    static let unreachable = [
        Taint(key: NestGroup.unreachableTaint, effect: .noSchedule),
        Taint(key: NestGroup.unreachableTaint, effect: .noExecute),
    ]
    static let notReady = [
        Taint(key: NestGroup.notReadyTaint, effect: .noSchedule),
        Taint(key: NestGroup.notReadyTaint, effect: .noExecute),
    ]

    static func lease(_ node: SandboxNode, renewed: Double) -> (ObjectKey, Lease) {
        let spec = Lease.Spec(renewTime: noon.adding(seconds: renewed))
        return (node.key, Lease(metadata: node.metadata, spec: spec))
    }

    /// Judges nodes that were last heard of `silences` seconds ago.
    private static func judge(
        _ silences: [Double], _ nodes: [SandboxNode]? = nil, change: (inout NodesObserved) -> Void = { _ in }
    ) -> NodesPlan {
        let nodes = nodes ?? silences.indices.map { node("n\($0)") }
        var seen = NodesObserved(
            nodes: nodes, leases: Dictionary(uniqueKeysWithValues: nodes.map { lease($0, renewed: 0) }))
        for (node, silence) in zip(nodes, silences) {
            seen.memory.health[node.key] = NodeHealth(
                renewTime: noon, heardAt: .seconds(1000) - .milliseconds(Int(silence * 1000)))
        }
        change(&seen)
        return plan(seen, elapsed: .seconds(1000), now: noon)
    }

    struct Silence: Sendable {
        var silences: [Double]
        var unknown: [String] = []
        /// Tainted for eviction.
        var evicting: [String] = []
        var again: Double?
    }

    /// The last rows: kube-controller-manager's zone rules, "nothing is evicted while most are silent".
    @Test(arguments: [
        Silence(silences: [0, 0], again: 40),
        Silence(silences: [0, 39], again: 1),
        Silence(silences: [0, 40], unknown: ["n1"], evicting: ["n1"], again: 40),
        Silence(silences: [40], unknown: ["n0"], evicting: []),
        // One at a time, ten seconds apart.
        Silence(silences: [0, 0, 0, 40, 40], unknown: ["n3", "n4"], evicting: ["n3"], again: 10),
        Silence(silences: [40, 40, 0, 0], unknown: ["n0", "n1"], evicting: ["n0"], again: 10),
        Silence(silences: [40, 40, 40, 0, 0], unknown: ["n0", "n1", "n2"], evicting: [], again: 40),
    ])
    func silenceIsBorneForAWhile(_ row: Silence) {
        let plan = Self.judge(row.silences)
        #expect(plan.statuses.map(\.metadata.name) == row.unknown)
        #expect(plan.statuses.allSatisfy { $0.status.conditions["Ready"]?.reason == "NodeStatusUnknown" })
        #expect(
            plan.statuses.allSatisfy {
                $0.status.conditions["Ready"]?.message == "Sidecar stopped posting node status."
            })
        // The NoSchedule taint comes with the condition, whatever the rate.
        #expect(plan.taints.map(\.metadata.name) == row.unknown)
        #expect(plan.taints.filter { $0.spec.taints == Self.unreachable }.map(\.metadata.name) == row.evicting)
        #expect(plan.lookAgainAfter == row.again)
        #expect(plan.lost == [])
    }

    @Test func aNodeThatNeverSaidAnything() {
        let plan = Self.judge([0, 40], [Self.node("a"), Self.node("b", nil)])
        #expect(plan.statuses.first?.status.conditions["Ready"]?.reason == "NodeStatusNeverUpdated")
    }

    struct Tainting: Sendable {
        var status: Condition.Status
        var reason = "x"
        var had: [Taint] = []
        /// nil: they stay as they are.
        var has: [Taint]?
    }

    private static let own = Taint(key: "mine", effect: .noExecute)

    @Test(arguments: [
        Tainting(status: .yes),
        Tainting(status: .yes, had: [own]),
        Tainting(status: .yes, had: unreachable, has: []),
        Tainting(status: .yes, had: [own] + notReady, has: [own]),
        Tainting(status: .no, has: notReady),
        Tainting(status: .no, reason: "RuntimesBooting"),
        Tainting(status: .no, had: notReady),
        Tainting(status: .unknown, had: [own], has: [own] + unreachable),
        Tainting(status: .unknown, had: notReady, has: unreachable),
        Tainting(status: .unknown, had: unreachable),
    ])
    func taintsFollowTheCondition(_ row: Tainting) {
        let node = Self.node("a", row.status, reason: row.reason, taints: row.had)
        let plan = Self.judge([row.status == .unknown ? 40 : 0, 0], [node, Self.node("b")])
        #expect(plan.taints.map(\.spec.taints) == (row.has.map { [$0] } ?? []))
    }

    /// After an outage, and after a start of the controller, what a node says of its silence is not our own finding.
    @Test func aNodeThatWasJustHeardIsNotEvictedFrom() {
        let plan = Self.judge([0, 0], [Self.node("a", .unknown), Self.node("b")])
        #expect(plan.taints.map(\.spec.taints) == [[Taint(key: NestGroup.unreachableTaint, effect: .noSchedule)]])
        #expect(plan.lookAgainAfter == 40)
    }

    @Test func aNodeThatBootsForTooLongIsTainted() {
        let node = Self.node("a", .no, reason: "RuntimesBooting")
        let plan = Self.judge([0, 0], [node, Self.node("b")]) {
            $0.memory.health[node.key]?.notReadySince = .seconds(960)
        }
        #expect(plan.taints.map(\.spec.taints) == [Self.notReady])
    }

    struct ZoneRow: Sendable {
        var nodes: Int
        var silent: Int
        var lastEviction: Double?
        var evicts: Bool
    }

    /// One zone beside another that is whole and larger, so that the whole is never disrupted.
    @Test(arguments: [
        ZoneRow(nodes: 10, silent: 2, evicts: true),
        ZoneRow(nodes: 10, silent: 2, lastEviction: 9, evicts: false),
        ZoneRow(nodes: 10, silent: 2, lastEviction: 10, evicts: true),
        // Most of a small zone: hands off; of a large one: slowly.
        ZoneRow(nodes: 10, silent: 6, evicts: false),
        ZoneRow(nodes: 60, silent: 40, lastEviction: 99, evicts: false),
        ZoneRow(nodes: 60, silent: 40, lastEviction: 100, evicts: true),
        // All of it: it is the zone, not the observer.
        ZoneRow(nodes: 10, silent: 10, evicts: true),
        // Two are never most.
        ZoneRow(nodes: 2, silent: 2, evicts: true),
    ])
    func aZoneThatIsMostlySilentIsTreatedWithCare(_ row: ZoneRow) {
        let zone = (0..<row.nodes).map { Self.node("z\($0)", zone: "z") }
        let rest = (0..<100).map { Self.node("r\($0)", zone: "r") }
        let silences = (0..<row.nodes).map { $0 < row.silent ? 50.0 : 0 } + rest.map { _ in 0 }
        let plan = Self.judge(silences, zone + rest) {
            $0.memory.lastEviction = row.lastEviction.map { ["z": .seconds(1000 - $0)] } ?? [:]
        }
        #expect(plan.statuses.count == row.silent)
        let evicting = plan.taints.filter { $0.spec.taints.contains { $0.effect == .noExecute } }
        #expect(evicting.count == (row.evicts ? 1 : 0))
    }

    struct Unreadiness: Sendable, CustomTestStringConvertible {
        var what: String
        /// The Ready conditions of each zone's nodes; nil: none yet.
        var zones: [[Condition.Status?]]
        var isDisrupted = false
        /// How many are tainted for eviction in the first round.
        var evicting = 0
        var testDescription: String { what }
    }

    /// Kubernetes' `ComputeZoneState`: what counts is that Ready is not True, whether a node says so or is silent.
    @Test(arguments: [
        Unreadiness(what: "all of the only zone", zones: [[.no, .no, .no]], isDisrupted: true),
        Unreadiness(what: "the only node", zones: [[.no]], isDisrupted: true),
        Unreadiness(what: "all of all zones", zones: [[.no, .no], [.no, nil]], isDisrupted: true),
        Unreadiness(what: "some silent, the rest not ready", zones: [[.no, .no, .unknown]], isDisrupted: true),
        Unreadiness(what: "all of one zone", zones: [[.no, .no, .no], [.yes]], evicting: 1),
        Unreadiness(what: "two are never most", zones: [[.no, .no, .yes]], evicting: 1),
        Unreadiness(what: "most of a small zone", zones: [[.no, .no, .no, .yes, .yes]]),
        Unreadiness(what: "less than 55 %", zones: [[.no, .no, .no, .yes, .yes, .yes]], evicting: 1),
        Unreadiness(what: "silent ones count too", zones: [[.no, .no, .unknown, .yes, .yes]]),
        Unreadiness(what: "one of each", zones: [[.no, .yes], [.no, .yes]], evicting: 2),
        Unreadiness(
            what: "most of a large zone: slowly, but the first at once",
            zones: [Array(repeating: .no, count: 40) + Array(repeating: .yes, count: 11)], evicting: 1),
    ])
    func unreadinessOfManyIsTreatedWithCare(_ row: Unreadiness) {
        let nodes = row.zones.enumerated().flatMap { zone, conditions in
            conditions.enumerated().map { Self.node("z\(zone)-\($0)", $1, zone: "z\(zone)") }
        }
        let plan = Self.judge(nodes.map { $0.isSilent ? 50 : 0 }, nodes)
        #expect(plan.memory.isDisrupted == row.isDisrupted)
        #expect(plan.taints.count { $0.spec.taints.contains { $0.effect == .noExecute } } == row.evicting)
        let unready = nodes.count { !$0.isReady && $0.status.conditions["Ready"] != nil }
        #expect(plan.taints.count == unready, "NoSchedule comes at once")
    }

    @Test func disruptionByUnreadinessTakesEvictionBack() {
        let nodes = [Self.node("a", .no, taints: Self.notReady), Self.node("b", .no)]
        let during = Self.judge([0, 0], nodes)
        #expect(during.taints.map(\.metadata.name) == ["a", "b"])
        #expect(during.taints.allSatisfy { $0.spec.taints == [Self.notReady[0]] })
    }

    /// What a sidecar writes every few seconds is nothing to judge anew.
    @Test func onlyWhatTheLifecycleLooksAtMakesANodeStandOtherwise() {
        let node = Self.node("a", zone: "z")
        func changed(_ change: (inout SandboxNode) -> Void) -> Bool {
            var next = node
            change(&next)
            return next.standing != node.standing
        }
        #expect(
            !changed {
                $0.metadata.resourceVersion = "2"
                $0.metadata.labels["x"] = "y"
                $0.spec.unschedulable = true
                $0.status.allocatable = .init(cpu: .milliCPU(1), memory: .bytes(1), sandboxes: 1)
                $0.status.packages = ["p"]
            })
        #expect(changed { $0.metadata.uid = "another" })
        #expect(changed { $0.metadata.deletionTimestamp = noon })
        #expect(changed { $0.metadata.labels[NestGroup.zoneLabel] = "y" })
        #expect(changed { $0.spec.taints = Self.notReady })
        #expect(changed { $0.status.conditions = [] })
        #expect(changed { $0.status.conditions = Self.node("a", .no).status.conditions })
        #expect(changed { $0.status.conditions = Self.node("a", reason: "Other").status.conditions })
    }

    struct Loss: Sendable {
        var taintedFor: Double
        var occupied = false
        var disrupted = false
        var lost: Bool
    }

    @Test(arguments: [
        Loss(taintedFor: 299, lost: false), Loss(taintedFor: 300, lost: true),
        Loss(taintedFor: 900, occupied: true, lost: false), Loss(taintedFor: 900, disrupted: true, lost: false),
    ])
    func aSilentPodGoesOnceNothingIsWantedOnIt(_ row: Loss) {
        let silent = Self.node("a", .unknown, taints: Self.unreachable)
        let other = Self.node("b", row.disrupted ? .unknown : .yes)
        let plan = Self.judge([900, 0], [silent, other]) {
            $0.memory.health[silent.key]?.taintedAt = .seconds(1000 - row.taintedFor)
            if row.occupied { $0.occupied = [silent.key] }
        }
        #expect(plan.lost.map(\.metadata.name) == (row.lost ? ["a"] : []))
    }

    @Test func disruptionTakesEvictionBackAndEndsWithAFreshStart() {
        let nodes = [Self.node("a", .unknown, taints: Self.unreachable), Self.node("b", .unknown), Self.node("c")]
        let during = Self.judge([900, 900, 0], nodes)
        #expect(during.memory.isDisrupted)
        #expect(during.taints.map(\.metadata.name) == ["a", "b"])
        #expect(during.taints.allSatisfy { $0.spec.taints == [Self.unreachable[0]] })
        var after = nodes
        after[1] = Self.node("b")
        let ended = Self.judge([900, 900, 900], after) { $0.memory.isDisrupted = true }
        // c, too, was silent for long, and is judged so in the same round: that is most of them again.
        #expect(ended.memory.isDisrupted && ended.lost == [])
        let over = Self.judge([900, 0, 0], after) { $0.memory.isDisrupted = true }
        #expect(!over.memory.isDisrupted && over.lost == [])
        #expect(over.memory.health.values.allSatisfy { $0.heardAt == .seconds(1000) && $0.taintedAt == nil })
    }

    @Test func theObserversOwnStartIsNoSilence() {
        let node = Self.node("a")
        let seen = NodesObserved(nodes: [node], leases: [node.key: Self.lease(node, renewed: -86_400).1])
        let plan = plan(seen, elapsed: .zero, now: noon)
        #expect(plan.statuses.isEmpty && plan.taints.isEmpty)
        #expect(plan.memory.health[node.key]?.heardAt == .zero)
    }

    @Test func sandboxesOfAMissingNodeAreStranded() {
        let sandboxes = [Sandbox.sample("c", node: "gone"), .sample("b"), .sample("a", node: "there")]
        let there = ObjectKey(namespace: "default", name: "there")
        #expect(stranded(sandboxes, nodes: [there]).map(\.metadata.name) == ["c"])
    }
}
