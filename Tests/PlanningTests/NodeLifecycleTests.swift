import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct NodeLifecycleTests {
    private static func node(_ name: String, _ status: Condition.Status = .yes, reason: String = "SidecarReady")
        -> SandboxNode
    {
        var node = SandboxNode(
            metadata: ObjectMeta(name: name, namespace: "default"), spec: SandboxNodeSpec(pool: "default"))
        node.status.conditions = [Condition(type: "Ready", status: status, reason: reason, lastTransitionTime: noon)]
        return node
    }

    private static func lease(_ node: SandboxNode, renewed: Double) -> (ObjectKey, Lease) {
        let spec = Lease.Spec(renewTime: noon.adding(seconds: renewed))
        return (node.key, Lease(metadata: node.metadata, spec: spec))
    }

    /// Judges nodes that were last heard of `silences` seconds ago.
    private static func judge(_ silences: [Double], _ nodes: [SandboxNode]? = nil) -> NodesPlan {
        let nodes = nodes ?? silences.indices.map { node("n\($0)") }
        let leases = Dictionary(uniqueKeysWithValues: nodes.map { lease($0, renewed: 0) })
        let heartbeats = zip(nodes, silences).map { node, silence in
            (node.key, Heartbeat(renewTime: noon, heardAt: .seconds(1000) - .seconds(silence)))
        }
        let seen = NodesObserved(
            nodes: nodes, leases: leases, heartbeats: Dictionary(uniqueKeysWithValues: heartbeats))
        return plan(seen, elapsed: .seconds(1000), now: noon)
    }

    struct Silence: Sendable {
        var silences: [Double]
        var unknown: [String] = []
        var lost: [String] = []
        var again: Double?
    }

    /// The last rows: kube-controller-manager's zone rules, "nothing is evicted while most are silent".
    @Test(arguments: [
        Silence(silences: [0, 0], again: 40),
        Silence(silences: [0, 39], again: 1),
        Silence(silences: [0, 40], unknown: ["n1"], again: 40),
        Silence(silences: [0, 0, 300], unknown: ["n2"], lost: ["n2"], again: 40),
        Silence(silences: [0, 300], unknown: ["n1"], lost: ["n1"], again: 40),
        Silence(silences: [300], unknown: ["n0"], lost: []),
        Silence(silences: [0, 0, 0, 0, 41, 300, 300, 300, 300], unknown: ["n4", "n5", "n6", "n7", "n8"], again: 40),
        Silence(silences: [300, 300, 300, 0, 0], unknown: ["n0", "n1", "n2"], lost: [], again: 40),
    ])
    func silenceIsBorneForAWhile(_ row: Silence) {
        let plan = Self.judge(row.silences)
        #expect(plan.statuses.map(\.metadata.name) == row.unknown)
        #expect(plan.statuses.allSatisfy { $0.status.conditions["Ready"]?.reason == "NodeStatusUnknown" })
        #expect(plan.lost.map(\.metadata.name) == row.lost)
        #expect(plan.lookAgainAfter == row.again)
    }

    @Test func theObserversOwnStartIsNoSilence() {
        let node = Self.node("a")
        let seen = NodesObserved(nodes: [node], leases: [node.key: Self.lease(node, renewed: -86_400).1])
        let plan = plan(seen, elapsed: .zero, now: noon)
        #expect(plan.statuses.isEmpty)
        #expect(plan.heartbeats[node.key]?.heardAt == .zero)
    }

    @Test(arguments: [-3600.0, 3600])
    func aClockThatJumpsSilencesNobody(_ jump: Double) {
        let node = Self.node("a")
        var heartbeats: [ObjectKey: Heartbeat] = [:]
        for tick in 0..<20 {
            let renewed = Double(tick * 10) + (tick > 10 ? jump : 0)
            let seen = NodesObserved(
                nodes: [node], leases: [node.key: Self.lease(node, renewed: renewed).1], heartbeats: heartbeats)
            let plan = plan(seen, elapsed: .seconds(tick * 10), now: noon.adding(seconds: renewed))
            #expect(plan.statuses.isEmpty)
            heartbeats = plan.heartbeats
        }
    }

    @Test func aNodeThatIsHeardAgainIsReady() {
        let node = Self.node("a", .unknown, reason: "NodeStatusUnknown")
        let known = [node.key: Heartbeat(renewTime: noon, heardAt: .zero)]
        let seen = NodesObserved(
            nodes: [node], leases: [node.key: Self.lease(node, renewed: 5).1], heartbeats: known)
        let plan = plan(seen, elapsed: .seconds(100), now: noon)
        #expect(plan.statuses.map { $0.status.conditions.isTrue("Ready") } == [true])
    }

    @Test func sandboxesOfAMissingNodeAreStranded() {
        let sandboxes = [Sandbox.sample("c", node: "gone"), .sample("b"), .sample("a", node: "there")]
        let there = ObjectKey(namespace: "default", name: "there")
        #expect(stranded(sandboxes, nodes: [there]).map(\.metadata.name) == ["c"])
    }
}
