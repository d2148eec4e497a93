import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct TaintEvictionTests {
    private static let unreachable = Taint(key: NestGroup.unreachableTaint, effect: .noExecute)
    private static let notReady = Taint(key: NestGroup.notReadyTaint, effect: .noExecute)
    private static let mine = Taint(key: "mine", value: "x", effect: .noExecute)
    private static let mineToo = Taint(key: "mine-too", effect: .noExecute)

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var taints: [Taint]
        var tolerations: [Toleration] = []
        /// When it has to go, in seconds after it met the taints; nil: never.
        var after: Double?
        var testDescription: String { what }
    }

    @Test(arguments: [
        Row(what: "no taint", taints: [], after: nil),
        Row(what: "NoSchedule evicts nobody", taints: [Taint(key: "x", effect: .noSchedule)], after: nil),
        Row(what: "a user's taint evicts at once", taints: [mine], after: 0),
        Row(what: "the default is 300 s", taints: [unreachable], after: 300),
        Row(what: "for both", taints: [notReady], after: 300),
        Row(
            what: "NoExecute without tolerationSeconds stays forever", taints: [unreachable],
            tolerations: [Toleration(key: unreachable.key, operator: .exists, effect: .noExecute)], after: nil),
        Row(
            what: "its own time instead of the default", taints: [unreachable],
            tolerations: [
                Toleration(key: unreachable.key, operator: .exists, effect: .noExecute, tolerationSeconds: 6)
            ], after: 6),
        Row(
            what: "tolerating one says nothing about the other", taints: [notReady],
            tolerations: [Toleration(key: unreachable.key, operator: .exists, tolerationSeconds: 6)], after: 300),
        Row(what: "zero is at once", taints: [mine], tolerations: [tolerate(mine, 0)], after: 0),
        Row(what: "so is less", taints: [mine], tolerations: [tolerate(mine, -5)], after: 0),
        Row(what: "everything is tolerated", taints: [mine, unreachable], tolerations: [.init(operator: .exists)]),
        Row(
            what: "the shortest counts", taints: [mine, mineToo],
            tolerations: [tolerate(mine, 60), tolerate(mineToo, 30)], after: 30),
        Row(
            what: "the first that matches counts", taints: [mine],
            tolerations: [tolerate(mine, 60), tolerate(mine, 30)], after: 60),
        Row(
            what: "one that is not tolerated is enough", taints: [mine, mineToo], tolerations: [tolerate(mine, 60)],
            after: 0),
    ])
    func leavesInTime(_ row: Row) {
        let node = NodeLifecycleTests.node("a", taints: row.taints)
        var sandbox = Sandbox.sample("s", node: "a")
        sandbox.spec.template.tolerations = row.tolerations
        var since: [String: [Taint: Duration]] = [:]
        func evicted(at second: Double) -> Bool {
            let plan = plan(
                EvictionObserved(node: node, sandboxes: [sandbox], since: since), elapsed: .seconds(1000 + second))
            since = plan.since
            return !plan.evict.isEmpty
        }
        #expect(evicted(at: 0) == (row.after == 0))
        if let after = row.after, after > 0 {
            #expect(!evicted(at: after - 1))
            #expect(evicted(at: after))
        } else if row.after == nil {
            #expect(!evicted(at: 1e6))
        }
    }

    private static func tolerate(_ taint: Taint, _ seconds: Int64) -> Toleration {
        Toleration(key: taint.key, operator: .exists, effect: .noExecute, tolerationSeconds: seconds)
    }

    @Test func aTaintThatGoesCancels() {
        let sandbox = Sandbox.sample("s", node: "a")
        let tainted = NodeLifecycleTests.node("a", taints: [Self.unreachable])
        let first = plan(EvictionObserved(node: tainted, sandboxes: [sandbox]), elapsed: .seconds(0))
        #expect(first.lookAgainAfter == 300)
        let healed = plan(
            EvictionObserved(node: NodeLifecycleTests.node("a"), sandboxes: [sandbox], since: first.since),
            elapsed: .seconds(299))
        #expect(healed.cancelled == [sandbox] && healed.since.isEmpty && healed.evict.isEmpty)
        // Tainted again: the time begins anew.
        let again = plan(
            EvictionObserved(node: tainted, sandboxes: [sandbox], since: healed.since), elapsed: .seconds(301))
        #expect(again.evict.isEmpty && again.lookAgainAfter == 300)
    }

    @Test func whoComesLaterHasItsFullTime() {
        let tainted = NodeLifecycleTests.node("a", taints: [Self.unreachable])
        let (early, late) = (Sandbox.sample("e", node: "a"), Sandbox.sample("l", node: "a"))
        let first = plan(EvictionObserved(node: tainted, sandboxes: [early]), elapsed: .seconds(0))
        let second = plan(
            EvictionObserved(node: tainted, sandboxes: [early, late], since: first.since), elapsed: .seconds(200))
        let third = plan(
            EvictionObserved(node: tainted, sandboxes: [early, late], since: second.since), elapsed: .seconds(300))
        #expect(third.evict == [early])
        #expect(third.lookAgainAfter == 200)
    }

    @Test func leavesThoseAloneThatGoAnyway() {
        let tainted = NodeLifecycleTests.node("a", .unknown, taints: [Self.mine])
        let sandboxes = [Sandbox.sample("t", node: "a").terminating(), Sandbox.sample("f", node: "a").failed()]
        let plan = plan(EvictionObserved(node: tainted, sandboxes: sandboxes), elapsed: .zero)
        #expect(plan.evict.isEmpty && plan.isLost)
    }

    @Test func oneThatIsLostIsNotCountedOn() {
        let lost = Sandbox.sample("s", node: "a", ready: noon).status.lost(on: "a", now: noon)
        #expect(lost.phase == .unknown && lost.reason == "NodeLost")
        #expect(lost.conditions["Ready"]?.status == .unknown)
        var sandbox = Sandbox.sample("s", node: "a", ready: noon).terminating()
        sandbox.status = lost
        (sandbox.status.podIP, sandbox.status.port) = ("127.1.0.2", 1)
        let deployment = SandboxDeployment.sample(replicas: 1)
        guard case .create(let endpoints)? = plan(EndpointsObserved(deployment: deployment, sandboxes: [sandbox])).first
        else {
            Issue.record("no endpoints")
            return
        }
        #expect(endpoints.endpoints.allSatisfy { !$0.conditions.ready && !$0.conditions.serving })
    }
}
