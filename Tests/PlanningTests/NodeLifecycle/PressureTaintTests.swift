import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct PressureTaintTests {
    private static func node(_ pressures: [String], taints: [Taint] = []) -> SandboxNode {
        var node = NodeLifecycleTests.node("a", taints: taints)
        for type in ["MemoryPressure", "DiskPressure", "PIDPressure"] {
            node.status.conditions.append(
                Condition(
                    type: type, status: pressures.contains(type) ? .yes : .no, reason: "x", lastTransitionTime: noon))
        }
        return node
    }

    private static func taints(_ node: SandboxNode) -> [Taint]? {
        let seen = NodesObserved(
            nodes: [node], leases: Dictionary(uniqueKeysWithValues: [NodeLifecycleTests.lease(node, renewed: 0)]))
        return plan(seen, elapsed: .seconds(1), now: noon).taints.first?.spec.taints
    }

    private static let memory = Taint(key: NestGroup.memoryPressureTaint, effect: .noSchedule)
    private static let own = Taint(key: "repair", effect: .noExecute)

    @Test func conditionsBecomeTaintsAndNobodyHasToLeaveForThem() {
        #expect(Self.taints(Self.node([])) == nil)
        #expect(Self.taints(Self.node(["MemoryPressure"], taints: [Self.own])) == [Self.own, Self.memory])
        #expect(Self.taints(Self.node(["MemoryPressure"], taints: [Self.memory])) == nil)
        #expect(Self.taints(Self.node([], taints: [Self.own, Self.memory])) == [Self.own])
        #expect(
            Self.taints(Self.node(["PIDPressure", "DiskPressure"]))?.map(\.key) == [
                "nest.dev/disk-pressure", "nest.dev/pid-pressure",
            ])
    }

    @Test func aNodeUnderPressureStandsOtherwiseButIsNotClosed() {
        #expect(Self.node(["DiskPressure"]).standing != Self.node([]).standing)
        #expect(!Self.node(["MemoryPressure"], taints: [Self.memory]).isClosed)
        #expect(Self.node([], taints: [Self.own]).isClosed)
    }
}
