import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct SchedulingTests {
    static func node(_ name: String, pool: String = "default", change: (inout SandboxNode) -> Void = { _ in })
        -> SandboxNode
    {
        var node = SandboxNode(
            metadata: ObjectMeta(name: name, namespace: "default"), spec: SandboxNodeSpec(pool: pool))
        node.status.allocatable = .init(cpu: .milliCPU(1000), memory: .bytes(1 << 30), sandboxes: 2)
        node.status.runtimes = [.init(name: "nodejs", version: "20", prewarmed: 1)]
        node.status.conditions = [Condition(type: "Ready", status: .yes, reason: "x", lastTransitionTime: noon)]
        change(&node)
        return node
    }

    static func cache(_ nodes: [SandboxNode]) -> SchedulerCache {
        var cache = SchedulerCache()
        cache.set(ResourcePool(metadata: ObjectMeta(name: "default", namespace: "default")))
        for node in nodes { cache.set(node) }
        return cache
    }

    static func sandbox(_ name: String, of deployment: String = "hello", cpu: Int64 = 0, memory: Int64 = 0) -> Sandbox {
        var sandbox = Sandbox.sample(name, labels: [NestGroup.deploymentLabel: deployment])
        if cpu > 0 { sandbox.spec.template.resources.requests.cpu = .milliCPU(cpu) }
        if memory > 0 { sandbox.spec.template.resources.requests.memory = .bytes(memory) }
        return sandbox
    }

    struct Refusal: Sendable, CustomStringConvertible {
        var reason: String
        var change: @Sendable (inout SandboxNode) -> Void
        var description: String { reason }
    }

    @Test(arguments: [
        Refusal(reason: "1 not ready") { $0.status.conditions = [] },
        Refusal(reason: "1 not ready") { $0.metadata.deletionTimestamp = noon },
        Refusal(reason: "1 unschedulable") { $0.spec.unschedulable = true },
        Refusal(reason: "1 tainted a=b") { $0.spec.taints = [Taint(key: "a", value: "b", effect: .noSchedule)] },
        Refusal(reason: "1 tainted a") { $0.spec.taints = [Taint(key: "a", effect: .noExecute)] },
        Refusal(reason: "1 of another pool") { $0.spec.pool = "other" },
        Refusal(reason: "1 without runtime \"nodejs\"") { $0.status.runtimes = [] },
        Refusal(reason: "1 too many sandboxes") { $0.status.allocatable?.sandboxes = 0 },
        Refusal(reason: "1 too little cpu") { $0.status.allocatable?.cpu = .milliCPU(99) },
        Refusal(reason: "1 too little memory") { $0.status.allocatable?.memory = .bytes(99) },
    ])
    func saysWhyANodeDoesNotFit(_ row: Refusal) {
        let cache = Self.cache([Self.node("a", change: row.change)])
        let decision = schedule(Self.sandbox("s", cpu: 100, memory: 100), in: cache)
        #expect(decision == .unschedulable(message: "0/1 pods fit: \(row.reason)."))
    }

    @Test func countsEachReason() {
        let cache = Self.cache([
            Self.node("a") { $0.status.conditions = [] }, Self.node("b") { $0.status.allocatable?.sandboxes = 0 },
            Self.node("c") { $0.status.conditions = [] },
        ])
        #expect(
            schedule(Self.sandbox("s"), in: cache)
                == .unschedulable(message: "0/3 pods fit: 2 not ready, 1 too many sandboxes."))
    }

    @Test func namesAMissingPool() {
        guard case .unschedulable(let message) = schedule(Self.sandbox("s"), in: SchedulerCache()) else {
            Issue.record("scheduled without a pool")
            return
        }
        #expect(message.hasPrefix("There is no ResourcePool \"default\" in namespace \"default\""))
        let empty = schedule(Self.sandbox("s"), in: Self.cache([]))
        #expect(empty == .unschedulable(message: "0/0 pods fit: pool \"default\" has no pod yet."))
    }

    @Test func capacityTimesOvercommitCountsWhereTheSidecarSaysNoMore() {
        var pool = ResourcePoolSpec()
        pool.overcommit = .init(cpu: 10, memory: 4)
        pool.maxSandboxesPerPod = 3
        let node = Self.node("a") {
            $0.status.capacity = $0.status.allocatable
            $0.status.allocatable = nil
        }
        #expect(node.allocatable(pool) == Amounts(milliCPU: 10_000, memory: 4 << 30, sandboxes: 2))
        #expect(Self.node("b").allocatable(pool) == Amounts(milliCPU: 1000, memory: 1 << 30, sandboxes: 2))
    }

    @Test func packsTightlyButSpreadsReplicas() {
        var cache = Self.cache([Self.node("a"), Self.node("b") { $0.status.allocatable?.sandboxes = 9 }])
        cache.assume(Self.sandbox("x", of: "other"), on: "b")
        cache.assume(Self.sandbox("y", of: "other", cpu: 500), on: "b")
        // The fuller one first; for a second replica the other.
        #expect(schedule(Self.sandbox("s"), in: cache) == .bind(node: "b"))
        cache.assume(Self.sandbox("s"), on: "b")
        #expect(schedule(Self.sandbox("t"), in: cache) == .bind(node: "a"))
    }

    @Test func prefersWhereThePackageIs() {
        let cache = Self.cache([Self.node("a"), Self.node("b") { $0.status.packages = ["d1"] }])
        var sandbox = Self.sandbox("s")
        sandbox.spec.template.package = PackageSource(url: "file:///a", sha256: "d1")
        #expect(schedule(sandbox, in: cache) == .bind(node: "b"))
    }

    @Test func avoidsAPreferredTaint() {
        let taint = Taint(key: "old", effect: .preferNoSchedule)
        let cache = Self.cache([Self.node("a") { $0.spec.taints = [taint] }, Self.node("b")])
        #expect(schedule(Self.sandbox("s"), in: cache) == .bind(node: "b"))
        #expect(
            schedule(Self.sandbox("s"), in: Self.cache([Self.node("a") { $0.spec.taints = [taint] }]))
                == .bind(node: "a"))
    }

    @Test func keepsAStrictSpread() {
        func zone(_ zone: String) -> (inout SandboxNode) -> Void { { $0.metadata.labels["zone"] = zone } }
        var cache = Self.cache([
            Self.node("a", change: zone("1")), Self.node("b", change: zone("2")), Self.node("c"),
        ])
        cache.assume(Self.sandbox("x"), on: "a")
        var sandbox = Self.sandbox("s")
        sandbox.spec.template.topologySpreadConstraints = [
            TopologySpreadConstraint(topologyKey: "zone", whenUnsatisfiable: .doNotSchedule)
        ]
        #expect(schedule(sandbox, in: cache) == .bind(node: "b"))
        cache.set(
            Self.node("b") { node in
                node.metadata.labels["zone"] = "2"
                node.spec.unschedulable = true
            })
        // What is closed is no domain: then one zone is all there is.
        #expect(schedule(sandbox, in: cache) == .bind(node: "a"))
    }

    @Test func anAssumedBindTakesRoomUntilItIsForgotten() {
        var cache = Self.cache([Self.node("a")])
        let first = Self.sandbox("1")
        cache.assume(first, on: "a")
        cache.assume(Self.sandbox("2"), on: "a")
        #expect(schedule(Self.sandbox("3"), in: cache) != .bind(node: "a"))
        // Seen unbound: an old state, which takes nothing back.
        cache.observe(first)
        #expect(schedule(Self.sandbox("3"), in: cache) != .bind(node: "a"))
        cache.forget(first)
        #expect(schedule(Self.sandbox("3"), in: cache) == .bind(node: "a"))
    }

    @Test func whatWasSeenBoundIsNotForgottenByAFailedBind() {
        var cache = Self.cache([Self.node("a")])
        var sandbox = Self.sandbox("1")
        cache.assume(sandbox, on: "a")
        sandbox.spec.nodeName = "a"
        cache.observe(sandbox)
        cache.forget(sandbox)
        #expect(cache.candidates(for: sandbox).first?.used.sandboxes == 1)
        sandbox.status.phase = .failed
        cache.observe(sandbox)
        #expect(cache.candidates(for: sandbox).first?.used.sandboxes == 0)
        cache.remove(sandbox)
        #expect(cache.candidates(for: sandbox).first?.used == Amounts())
    }

    @Test func bindingAsksForTheVersionThatWasSeen() {
        var sandbox = Self.sandbox("s")
        sandbox.metadata.finalizers = ["other"]
        #expect(
            bindingPatch(sandbox, to: "a") == [
                ["op": "test", "path": "/metadata/resourceVersion", "value": "7"],
                ["op": "add", "path": "/metadata/finalizers", "value": ["other", "nest.dev/sidecar"]],
                ["op": "add", "path": "/spec/nodeName", "value": "a"],
            ])
    }
}
