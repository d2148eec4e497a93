import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct FilterTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var reason: String
        var node: @Sendable (inout SandboxNode) -> Void = { _ in }
        var asks: @Sendable (inout SandboxTemplateSpec) -> Void = { _ in }
        var testDescription: String { reason }
    }

    private static func taint(_ key: String, _ value: String? = nil, _ effect: Taint.Effect)
        -> @Sendable (
            inout SandboxNode
        ) -> Void
    {
        { $0.spec.taints = [Taint(key: key, value: value, effect: effect)] }
    }

    private static func wants(_ term: NodeSelectorTerm...) -> @Sendable (inout SandboxTemplateSpec) -> Void {
        { $0.affinity = Affinity(nodeAffinity: NodeAffinity(required: .init(term))) }
    }

    @Test(arguments: [
        Row(reason: "1 pod(s) were not ready") { $0.status.conditions = [] },
        Row(reason: "1 pod(s) were not ready") { $0.metadata.deletionTimestamp = noon },
        Row(reason: "1 pod(s) were unschedulable") { $0.spec.unschedulable = true },
        Row(reason: "1 pod(s) had untolerated taint {a: b}", node: taint("a", "b", .noSchedule)),
        Row(reason: "1 pod(s) had untolerated taint {a: }", node: taint("a", nil, .noExecute)),
        Row(reason: "1 pod(s) didn't offer runtime \"nodejs\"") { $0.status.runtimes = [] },
        Row(reason: "1 Too many sandboxes") { $0.status.allocatable?.sandboxes = 0 },
        Row(reason: "1 Insufficient cpu") { $0.status.allocatable?.cpu = .milliCPU(99) },
        Row(reason: "1 Insufficient memory") { $0.status.allocatable?.memory = .bytes(99) },
        Row(reason: "1 Insufficient cpu, 1 Insufficient memory, 1 Too many sandboxes") {
            $0.status.allocatable = .init(cpu: .milliCPU(0), memory: .bytes(0), sandboxes: 0)
        },
        Row(
            reason: "1 pod(s) didn't match Sandbox's node affinity/selector",
            asks: { $0.nodeSelector = ["disk": "ssd"] }),
        Row(
            reason: "1 pod(s) didn't match Sandbox's node affinity/selector",
            asks: wants(NodeSelectorTerm([.init("disk", .in, ["ssd"])]))),
    ])
    func saysWhyANodeDoesNotFit(_ row: Row) {
        var cache = cache([node("a", change: row.node)])
        let decision = cache.schedule(sandbox("s", cpu: 100, memory: 100, change: row.asks))
        #expect(decision.reasons == "0/1 pods are available: \(row.reason).")
    }

    struct Affine: Sendable {
        var term: NodeSelectorTerm.Requirement
        var labels: [String: String]
        var matches: Bool
    }

    /// core/v1 `NodeSelectorRequirement`, as its documentation says.
    @Test(arguments: [
        Affine(term: .init("k", .in, ["a", "b"]), labels: ["k": "b"], matches: true),
        Affine(term: .init("k", .in, ["a", "b"]), labels: [:], matches: false),
        Affine(term: .init("k", .notIn, ["a"]), labels: ["k": "b"], matches: true),
        Affine(term: .init("k", .notIn, ["a"]), labels: [:], matches: true),
        Affine(term: .init("k", .notIn, ["a"]), labels: ["k": "a"], matches: false),
        Affine(term: .init("k", .exists), labels: ["k": ""], matches: true),
        Affine(term: .init("k", .exists), labels: [:], matches: false),
        Affine(term: .init("k", .doesNotExist), labels: [:], matches: true),
        Affine(term: .init("k", .greater, ["9"]), labels: ["k": "10"], matches: true),
        Affine(term: .init("k", .greater, ["10"]), labels: ["k": "10"], matches: false),
        Affine(term: .init("k", .less, ["10"]), labels: ["k": "9"], matches: true),
        Affine(term: .init("k", .less, ["10"]), labels: ["k": "nine"], matches: false),
        Affine(term: .init("k", .less, ["10"]), labels: [:], matches: false),
    ])
    func nodeAffinityComparesLabels(_ row: Affine) {
        #expect(row.term.matches(row.labels) == row.matches)
    }

    @Test func nodeAffinityTermsAreOredAndTheirRequirementsAnded() {
        var cache = cache([node("a", labels: ["x": "1"]), node("b", labels: ["x": "1", "y": "1"])])
        let both = NodeSelectorTerm([.init("x", .exists), .init("y", .exists)])
        let never = NodeSelectorTerm([.init("z", .exists)])
        #expect(cache.schedule(sandbox("s", change: Self.wants(never, both))).node == "b")
        #expect(cache.schedule(sandbox("s", change: Self.wants(NodeSelectorTerm([])))).node == nil)
        let selected = sandbox("s") {
            $0.nodeSelector = ["x": "1"]
            Self.wants(never)(&$0)
        }
        #expect(cache.schedule(selected).node == nil)
    }

    struct Tolerance: Sendable {
        var toleration: Toleration
        var taint: Taint
        var tolerated: Bool
    }

    private static let gpu = Taint(key: "gpu", value: "a", effect: .noSchedule)

    /// core/v1 `Toleration`, as its documentation says.
    @Test(arguments: [
        Tolerance(toleration: .init(key: "gpu", value: "a", effect: .noSchedule), taint: gpu, tolerated: true),
        Tolerance(toleration: .init(key: "gpu", value: "a"), taint: gpu, tolerated: true),
        Tolerance(toleration: .init(key: "gpu", value: "b"), taint: gpu, tolerated: false),
        Tolerance(toleration: .init(key: "gpu"), taint: gpu, tolerated: false),
        Tolerance(toleration: .init(key: "gpu", operator: .exists), taint: gpu, tolerated: true),
        Tolerance(toleration: .init(key: "gpu", operator: .exists, effect: .noExecute), taint: gpu, tolerated: false),
        Tolerance(toleration: .init(operator: .exists), taint: gpu, tolerated: true),
        Tolerance(toleration: .init(key: "cpu", operator: .exists), taint: gpu, tolerated: false),
        Tolerance(
            toleration: .init(key: "gpu"), taint: Taint(key: "gpu", effect: .noSchedule), tolerated: true),
    ])
    func tolerationsMatchTaints(_ row: Tolerance) {
        #expect(row.toleration.tolerates(row.taint) == row.tolerated)
        var cache = cache([node("a") { $0.spec.taints = [row.taint] }])
        #expect((cache.schedule(sandbox("s") { $0.tolerations = [row.toleration] }).node == "a") == row.tolerated)
    }

    @Test func countsEachReasonInOrder() {
        var cache = cache([
            node("a") { $0.status.conditions = [] }, node("b") { $0.status.allocatable?.sandboxes = 0 },
            node("c") { $0.status.conditions = [] }, node("d", pool: "other"),
        ])
        #expect(
            cache.schedule(sandbox("s")).refusal?.message
                == "0/4 pods are available: 1 Too many sandboxes, 1 pod(s) were of another pool, "
                + "2 pod(s) were not ready. preemption: 0/4 pods are available: "
                + "4 Preemption is not helpful for scheduling.")
    }

    @Test func namesAMissingPool() {
        var nothing = SchedulerCache()
        let missing = nothing.schedule(sandbox("s")).refusal?.message
        #expect(missing?.hasPrefix("There is no ResourcePool \"default\" in namespace \"default\"") == true)
        var empty = cache([node("x", pool: "other")])
        #expect(
            empty.schedule(sandbox("s")).refusal?.message
                == "0/1 pods are available: pool \"default\" has none that is ready yet (kubectl describe rpool default)."
        )
    }

    @Test func capacityTimesOvercommitCountsWhereTheSidecarSaysNoMore() {
        var pool = ResourcePoolSpec()
        pool.overcommit = .init(cpu: 10, memory: 4)
        pool.maxSandboxesPerPod = 3
        let plain = node("a") {
            $0.status.capacity = $0.status.allocatable
            $0.status.allocatable = nil
        }
        #expect(plain.allocatable(pool) == Amounts(milliCPU: 10_000, memory: 4 << 30, sandboxes: 2))
        #expect(node("b").allocatable(pool) == Amounts(milliCPU: 1000, memory: 1 << 30, sandboxes: 2))
    }

    @Test func whoAsksForNothingFitsWhereRequestsExceedWhatThereIs() {
        var cache = cache([roomy("a")])
        cache.assume(sandbox("x", cpu: 2000), on: "a")
        #expect(cache.schedule(sandbox("s", memory: 1)).node == "a")
        #expect(cache.schedule(sandbox("s", cpu: 1)).node == nil)
    }

    @Test func anAssumedBindTakesRoomUntilItIsForgotten() {
        var cache = cache([node("a")])
        let first = sandbox("1")
        cache.assume(first, on: "a")
        cache.assume(sandbox("2"), on: "a")
        #expect(cache.schedule(sandbox("3")).node == nil)
        // Seen unbound: an old state, which takes nothing back.
        cache.observe(first)
        #expect(cache.schedule(sandbox("3")).node == nil)
        cache.forget(first)
        #expect(cache.schedule(sandbox("3")).node == "a")
    }

    @Test func whatWasSeenBoundIsNotForgottenByAFailedBind() {
        var cache = cache([node("a")])
        var one = sandbox("1", cpu: 7)
        func used() -> Amounts? { cache.node(ObjectKey(namespace: "default", name: "a"))?.used }
        cache.assume(one, on: "a")
        one.spec.nodeName = "a"
        cache.observe(one)
        cache.forget(one)
        #expect(used() == Amounts(milliCPU: 7, sandboxes: 1))
        one.status.phase = .failed
        cache.remove(one)
        #expect(used() == Amounts())
    }

    @Test func aSandboxThatIsSeenBeforeItsNodeCounts() {
        var cache = cache([])
        for name in ["1", "2"] { cache.observe(sandbox(name).bound(to: "a")) }
        cache.set(node("a"))
        #expect(cache.schedule(sandbox("3")).reasons == "0/1 pods are available: 1 Too many sandboxes.")
        cache.remove(node("a"))
        cache.set(node("a"))
        #expect(cache.schedule(sandbox("3")).node == nil)
    }

    @Test func bindingAsksForTheVersionThatWasSeen() {
        var one = sandbox("s")
        one.metadata.finalizers = ["other"]
        #expect(
            bindingPatch(one, to: "a") == [
                ["op": "test", "path": "/metadata/resourceVersion", "value": "7"],
                ["op": "add", "path": "/metadata/finalizers", "value": ["other", "nest.dev/sidecar"]],
                ["op": "add", "path": "/spec/nodeName", "value": "a"],
            ])
    }

    @Test func aLargePoolIsNotSearchedWhole() {
        var cache = cache((0..<400).map { roomy("n\($0)") })
        _ = cache.schedule(sandbox("s"))
        // 47 % of 400.
        #expect(cache.evaluations == 188)
        _ = cache.schedule(sandbox("t"))
        #expect(cache.evaluations == 376)
    }
}
