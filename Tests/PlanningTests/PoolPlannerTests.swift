import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct PoolPlannerTests {
    /// One pod in a word: `warm` and `used` have a ready node, `starting` none yet.
    enum Kind: Sendable {
        case warm, used, starting, silent, failed, justFailed, closed, tainted, unready, draining, drainingUsed
        /// Made before the pool's runtimes changed.
        case old, oldUsed, oldDraining
    }

    private static func observe(
        _ kinds: [Kind], waiting: Int = 0, idle: Double = 0, change: (inout ResourcePoolSpec) -> Void
    )
        -> PoolObserved
    {
        var pool = ResourcePool(metadata: ObjectMeta(name: "default", namespace: "default", uid: "pool"))
        change(&pool.spec)
        var seen = PoolObserved(pool: pool, pods: [])
        for (index, kind) in kinds.enumerated() { seen.add(kind, "p\(index)", idle: idle) }
        for index in 0..<waiting {
            var sandbox = Sandbox.sample("w\(index)")
            sandbox.status.conditions = [
                Condition(type: "Scheduled", status: .no, reason: "Unschedulable", lastTransitionTime: noon)
            ]
            seen.sandboxes += [PoolTenant(sandbox)].compactMap { $0 }
        }
        return seen
    }

    struct Growth: Sendable {
        var pods: [Kind], warm: Int, max: Int
        var waiting = 0
        var created: Int
    }

    @Test(arguments: [
        Growth(pods: [], warm: 1, max: 10, created: 1),
        Growth(pods: [.starting], warm: 1, max: 10, created: 0),
        Growth(pods: [.warm], warm: 1, max: 10, created: 0),
        Growth(pods: [.used], warm: 1, max: 10, created: 1),
        Growth(pods: [.tainted], warm: 1, max: 10, created: 1),
        Growth(pods: [.tainted, .tainted], warm: 0, max: 10, waiting: 7, created: 1),
        Growth(pods: [.unready], warm: 1, max: 10, created: 0),
        Growth(pods: [.used], warm: 1, max: 1, created: 0),
        Growth(pods: [.used, .used], warm: 3, max: 4, created: 2),
        Growth(pods: [], warm: 0, max: 10, waiting: 1, created: 1),
        Growth(pods: [.used], warm: 0, max: 10, waiting: 401, created: 3),
        Growth(pods: [.starting], warm: 0, max: 10, waiting: 1, created: 0),
        Growth(pods: [.warm], warm: 0, max: 10, waiting: 9, created: 0),
        Growth(pods: [.silent], warm: 1, max: 10, created: 1),
        Growth(pods: [.closed], warm: 1, max: 10, created: 1),
        Growth(pods: [.failed], warm: 1, max: 10, created: 1),
        Growth(pods: [.justFailed], warm: 1, max: 1, created: 0),
        Growth(pods: [.old], warm: 1, max: 10, created: 1),
        Growth(pods: [.old], warm: 1, max: 1, created: 0),
        Growth(pods: [.old, .oldUsed], warm: 0, max: 10, waiting: 1, created: 1),
        Growth(pods: [.oldDraining], warm: 1, max: 10, created: 1),
    ])
    func keepsEnoughEmptyPods(_ row: Growth) {
        let seen = Self.observe(row.pods, waiting: row.waiting) {
            $0.warmPods = row.warm
            $0.maxPods = row.max
        }
        #expect(plan(seen, now: noon).create == row.created)
    }

    @Test func whileMostAreSilentNoneIsMadeOrTakenAway() {
        for kinds in [[Kind.silent], [.silent, .silent, .used], [.silent, .draining, .failed]] {
            var seen = Self.observe(kinds, idle: 1e6) { $0.warmPods = 1 }
            seen.isDisrupted = true
            let plan = plan(seen, now: noon)
            #expect(plan.create == 0 && plan.delete.isEmpty && plan.cordon.isEmpty)
            #expect(plan.lookAgainAfter == 5)
        }
    }

    @Test func anEmptyPodThatPreloadsOtherLayersIsReplaced() throws {
        let layer = LayerSource(url: "file:///a", sha256: String(repeating: "a", count: 64))
        for (preloads, closed) in [([layer], 0), ([], 1)] {
            var seen = Self.observe([.warm]) { $0.preload.layers = [layer] }
            var made = seen.pool
            made.spec.preload.layers = preloads
            let manifest = try made.podManifest(name: "p0")
            let text = try #require(
                manifest[["metadata", "annotations"]]?[NestGroup.poolSpecAnnotation]?.stringValue)
            seen.pods[0].metadata.annotations[NestGroup.poolSpecAnnotation] = text
            let plan = plan(seen, now: noon)
            #expect(plan.create == closed)
            #expect(plan.cordon.count == 0)
        }
    }

    @Test func aPoolWithoutAReadyPodSaysWhatOneLacks() throws {
        var seen = Self.observe([.unready, .starting]) { _ in }
        seen.nodes["p0"]?.status.conditions = [
            Condition(
                type: "Ready", status: .no, reason: "PreloadFailed", message: "file:///a: not there",
                lastTransitionTime: noon)
        ]
        let ready = try #require(plan(seen, now: noon).status?.conditions["Ready"])
        #expect(ready.message == "None of 2 pods is ready. p0: file:///a: not there")
    }

    @Test func aSandboxThatNoPodCouldRunMakesNoPod() {
        let seen = Self.observe([], waiting: 1) {
            $0.warmPods = 0
            $0.runtimes = [.init(name: "jvm")]
        }
        #expect(plan(seen, now: noon).create == 0)
    }

    @Test func aFailedPodGoesAfterAPause() {
        let seen = Self.observe([.failed, .justFailed]) { $0.warmPods = 0 }
        let plan = plan(seen, now: noon)
        #expect(plan.delete.map(\.metadata.name) == ["p0"])
        #expect(plan.lookAgainAfter == 10)
    }

    struct Shrinking: Sendable {
        var pods: [Kind], warm: Int, idle: Double
        var max = 10
        var closed = 0
        var deleted = 0
        var opened = 0
        var again: Double?
    }

    @Test(arguments: [
        Shrinking(pods: [.warm, .warm], warm: 2, idle: 1e6),
        Shrinking(pods: [.warm, .warm], warm: 1, idle: 200, again: 100),
        Shrinking(pods: [.warm, .warm], warm: 1, idle: 300, closed: 1, again: 1),
        Shrinking(pods: [.warm, .starting], warm: 1, idle: 300, deleted: 1),
        Shrinking(pods: [.warm, .draining], warm: 1, idle: 300, again: 1),
        Shrinking(pods: [.warm, .draining], warm: 1, idle: 301, deleted: 1),
        Shrinking(pods: [.warm, .drainingUsed], warm: 1, idle: 301, opened: 1),
        Shrinking(pods: [.used, .draining], warm: 1, idle: 301, opened: 1),
        Shrinking(pods: [.warm, .warm, .used], warm: 2, idle: 300, max: 2, closed: 1, again: 1),
        Shrinking(pods: [.warm, .old, .oldUsed], warm: 1, idle: 0, closed: 1, again: 1),
        Shrinking(pods: [.warm, .oldDraining], warm: 1, idle: 0, deleted: 1),
        Shrinking(pods: [.old], warm: 1, idle: 0, max: 1, closed: 1, again: 1),
    ])
    func anEmptyPodTooManyIsClosedAndThenGoes(_ row: Shrinking) {
        let seen = Self.observe(row.pods, idle: row.idle) {
            $0.warmPods = row.warm
            $0.maxPods = row.max
        }
        let plan = plan(seen, now: noon)
        #expect(plan.cordon.count == row.closed)
        #expect(plan.delete.count == row.deleted)
        #expect(plan.uncordon.count == row.opened)
        #expect(plan.lookAgainAfter == row.again)
        #expect(plan.create == 0)
    }

    @Test func countsItsPods() throws {
        let seen = Self.observe([.warm, .used, .starting, .failed]) { $0.warmPods = 1 }
        let status = try #require(plan(seen, now: noon).status)
        #expect([status.pods, status.readyPods, status.warmPods, status.sandboxes] == [3, 2, 1, 1])
        #expect(status.conditions.isTrue("Ready"))
    }

    @Test func aTemplateIsTakenAsItIs() throws {
        var pool = ResourcePool(metadata: ObjectMeta(name: "team", namespace: "a", uid: "pool"))
        let volumes: JSONValue = [["name": "scratch", "emptyDir": [:]]]
        pool.spec.template = [
            "metadata": ["labels": ["team": "x", "nest.dev/pool": "lie"], "annotations": ["note": "y"]],
            "spec": ["volumes": volumes, "containers": []],
        ]
        let pod = try pool.podManifest(name: "team-abcde")
        #expect(pod[["spec", "volumes"]] == volumes)
        #expect(pod[["metadata", "labels"]] == ["team": "x", "nest.dev/pool": "team"])
        #expect(pod[["metadata", "annotations", "note"]] == "y")
        #expect(try pod.decoded(as: Pod.self).metadata.ownerReferences == [pool.controllerReference])
    }
}

@Suite struct PoolTenantTests {
    struct Case: Sendable {
        var node: String?
        var scheduled: Condition.Status?
        var phase = SandboxPhase.pending
        var isTerminating = false
        var isTenant = true
        var waits = false
    }

    @Test(arguments: [
        Case(scheduled: nil), Case(scheduled: .no, waits: true), Case(scheduled: .no, isTerminating: true),
        Case(node: "p", scheduled: .no), Case(node: "p", scheduled: .yes),
        Case(scheduled: .no, phase: .failed, isTenant: false),
    ])
    func looksAtWhatAPoolDependsOn(_ row: Case) {
        var sandbox = Sandbox.sample("a", node: row.node)
        sandbox.status.phase = row.phase
        if row.isTerminating { sandbox.metadata.deletionTimestamp = noon }
        sandbox.status.conditions =
            row.scheduled.map {
                [Condition(type: "Scheduled", status: $0, reason: "x", lastTransitionTime: noon)]
            } ?? []
        let tenant = PoolTenant(sandbox)
        #expect((tenant != nil) == row.isTenant)
        #expect(tenant?.node == row.node)
        #expect(tenant?.waitsFor == (row.waits ? sandbox.spec.runtime : nil))
    }
}

extension PoolObserved {
    fileprivate mutating func add(_ kind: PoolPlannerTests.Kind, _ name: String, idle: Double) {
        var pod = Pod(
            metadata: ObjectMeta(
                name: name, namespace: "default", uid: name, ownerReferences: [pool.controllerReference]))
        pod.metadata.creationTimestamp = noon.adding(seconds: kind == .justFailed ? 0 : -3600)
        if kind == .failed || kind == .justFailed { pod.status.phase = "Failed" }
        pods.append(pod)
        emptySince[name] = noon.adding(seconds: -idle)
        if [.old, .oldUsed, .oldDraining].contains(kind) {
            pod.metadata.annotations[NestGroup.poolSpecAnnotation] = #"{"runtimes":[{"name":"cobol"}]}"#
        }
        pods[pods.count - 1] = pod
        if [.used, .drainingUsed, .oldUsed].contains(kind) {
            sandboxes += [PoolTenant(.sample("in-\(name)", node: name, ready: noon))].compactMap { $0 }
        }
        guard ![.starting, .failed, .justFailed].contains(kind) else { return }
        var node = SandboxNode(
            metadata: ObjectMeta(name: name, namespace: "default"), spec: SandboxNodeSpec(pool: "default"))
        node.status.conditions = [
            Condition(
                type: "Ready", status: kind == .silent ? .unknown : .yes, reason: "x", lastTransitionTime: noon)
        ]
        if kind == .tainted { node.spec.taints = [Taint(key: "repair", effect: .noExecute)] }
        if kind == .unready { node.spec.taints = [Taint(key: NestGroup.notReadyTaint, effect: .noSchedule)] }
        node.spec.unschedulable = [.closed, .draining, .drainingUsed, .oldDraining].contains(kind)
        if [.draining, .drainingUsed, .oldDraining].contains(kind) {
            node.metadata.annotations[NestGroup.drainAnnotation] = "true"
        }
        nodes[name] = node
    }
}
