import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct ReplicaSetPlannerTests {
    private static func set(_ replicas: Int, minReadySeconds: Int = 0) throws -> SandboxReplicaSet {
        var deployment = SandboxDeployment.sample(replicas: replicas)
        deployment.spec.minReadySeconds = minReadySeconds
        return try deployment.set(1, replicas: replicas, isNew: true)
    }

    private static func sandbox(_ name: String, of set: SandboxReplicaSet, ready: Timestamp? = nil) -> Sandbox {
        .sample(
            name, node: ready == nil ? nil : "node", ready: ready, labels: set.spec.template.metadata.labels,
            owner: set.controllerReference)
    }

    struct Count: Sendable {
        var replicas: Int, present: Int
        var burst = 500
        var created: Int, deleted: Int
    }

    /// `TestSyncReplicaSet…` and `TestManageReplicas` of kubernetes.
    @Test(arguments: [
        Count(replicas: 2, present: 2, created: 0, deleted: 0),
        Count(replicas: 2, present: 0, created: 2, deleted: 0),
        Count(replicas: 0, present: 2, created: 0, deleted: 2),
        Count(replicas: 1, present: 3, created: 0, deleted: 2),
        Count(replicas: 9, present: 0, burst: 4, created: 4, deleted: 0),
        Count(replicas: 0, present: 9, burst: 4, created: 0, deleted: 4),
    ])
    func createsWhatLacksAndDeletesWhatIsTooMuch(_ row: Count) throws {
        let set = try Self.set(row.replicas)
        let sandboxes = (0..<row.present).map { Self.sandbox("s\($0)", of: set, ready: noon) }
        let plan = plan(ReplicaSetObserved(replicaSet: set, sandboxes: sandboxes), now: noon, burst: row.burst)
        #expect(plan.create.count == row.created)
        #expect(plan.delete.count == row.deleted)
        for sandbox in plan.create {
            #expect(sandbox.metadata.ownerReferences == [set.controllerReference])
            #expect(set.spec.selector.matches(sandbox.metadata.labels))
        }
    }

    @Test func whatIsOnItsWayOutDoesNotCount() throws {
        let set = try Self.set(1)
        let leaving = Self.sandbox("a", of: set, ready: noon).terminating()
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: [leaving])
        #expect(plan(seen, now: noon).create.count == 1)
        let reported = try #require(status(of: seen, failure: nil, now: noon))
        #expect(reported.replicas == 0)
        #expect(reported.terminatingReplicas == 1)
    }

    @Test func theMostDispensableGoesFirst() throws {
        func sandbox(_ name: String, node: String?, ready: Double?, phase: SandboxPhase = .running, restarts: Int = 0)
            -> Sandbox
        {
            var sandbox = Sandbox.sample(name, node: node, ready: ready.map { noon.adding(seconds: $0) })
            sandbox.status.phase = node == nil ? .pending : phase
            sandbox.status.restartCount = restarts
            return sandbox
        }
        var young = sandbox("f-young", node: "roomy", ready: -60)
        young.metadata.creationTimestamp = noon.adding(seconds: 5)
        let inOrder = [
            sandbox("a-unbound", node: nil, ready: nil),
            sandbox("b-starting", node: "roomy", ready: nil, phase: .starting),
            sandbox("c-not-ready", node: "roomy", ready: nil),
            sandbox("d-almost", node: "roomy", ready: -0.5),
            sandbox("d-crowded", node: "full", ready: -900),
            sandbox("e-just-ready", node: "roomy", ready: -1),
            sandbox("e-restarted", node: "roomy", ready: -60, restarts: 3),
            young,
            sandbox("g-proven", node: "roomy", ready: -60),
        ]
        let order = DeletionOrder(crowding: ["full": 3, "roomy": 1], minReadySeconds: 1, now: noon)
        for seed in 1...20 {
            var random = SeededRandom(state: UInt64(seed))
            let sorted = order.sorted(inOrder.shuffled(using: &random))
            #expect(sorted.map(\.metadata.name) == inOrder.map(\.metadata.name))
        }
    }

    struct Failure: Sendable {
        /// Failures in a row before this one, and how long it had worked.
        var attempts: Int
        var worked = 0.0
        var waited: Double
        /// The count that the replacement carries; nil while it has to wait.
        var next: Int?
        var again: Double?
    }

    @Test(arguments: [
        Failure(attempts: 0, waited: 0, next: 1, again: nil),
        Failure(attempts: 1, waited: 4, next: nil, again: 6),
        Failure(attempts: 1, waited: 10, next: 2, again: nil),
        Failure(attempts: 3, waited: 39, next: nil, again: 1),
        Failure(attempts: 60, waited: 299, next: nil, again: 1),
        Failure(attempts: 60, waited: 300, next: 61, again: nil),
        Failure(attempts: 60, worked: 600, waited: 0, next: 1, again: nil),
    ])
    func aFailedSandboxIsReplacedAfterItsBackoff(_ row: Failure) throws {
        let set = try Self.set(1)
        let failed = Self.sandbox("a", of: set).failed(after: row.worked, attempts: row.attempts)
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: [failed])
        let plan = plan(seen, now: noon.adding(seconds: row.waited))
        let attempts = plan.create.map { $0.metadata.annotations[NestGroup.attemptAnnotation] }
        #expect(attempts == (row.next.map { ["\($0)"] } ?? []))
        #expect(plan.delete.count == (row.next == nil ? 0 : 1))
        #expect(plan.lookAgainAfter == row.again)
    }

    @Test func aFailedSandboxIsNotKeptWhereNoneIsMissing() throws {
        let set = try Self.set(1)
        let sandboxes = [Self.sandbox("a", of: set).failed(attempts: 5), Self.sandbox("b", of: set, ready: noon)]
        let plan = plan(ReplicaSetObserved(replicaSet: set, sandboxes: sandboxes), now: noon)
        #expect(plan.delete.map(\.metadata.name) == ["a"])
        #expect(plan.create.isEmpty)
    }

    @Test func adoptsMatchingOrphansAndReleasesWhatNoLongerMatches() throws {
        let set = try Self.set(1)
        let orphan = Sandbox.sample("orphan", labels: set.spec.template.metadata.labels)
        var relabelled = Self.sandbox("relabelled", of: set)
        relabelled.metadata.labels = ["app": "debugging"]
        let foreign = Sandbox.sample(
            "foreign", labels: set.spec.template.metadata.labels,
            owner: OwnerReference(apiVersion: "v1", kind: "Other", name: "x", uid: "x", controller: true))
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: [orphan, relabelled, foreign])
        let plan = plan(seen, now: noon)
        #expect(plan.adopt == [orphan])
        #expect(plan.release == [relabelled])
        #expect(plan.create.isEmpty)
        #expect(plan.delete.isEmpty)
    }

    @Test func aReadySandboxIsAvailableAfterItsTime() throws {
        let set = try Self.set(2, minReadySeconds: 10)
        let sandboxes = [
            Self.sandbox("old", of: set, ready: noon.adding(seconds: -10)),
            Self.sandbox("new", of: set, ready: noon.adding(seconds: -4)),
        ]
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: sandboxes)
        let reported = try #require(status(of: seen, failure: nil, now: noon))
        #expect([reported.replicas, reported.readyReplicas, reported.availableReplicas] == [2, 2, 1])
        #expect(reported.fullyLabeledReplicas == 2)
        #expect(plan(seen, now: noon).lookAgainAfter == 6)
    }

    @Test(arguments: [
        (present: 0, said: 0, isNews: false), (present: 1, said: 1, isNews: false), (present: 1, said: 0, isNews: true),
    ])
    func whatIsOnItsWayIsToldWhenItArrives(present: Int, said: Int, isNews: Bool) throws {
        var set = try Self.set(3)
        set.status = SandboxReplicaSetStatus()
        set.status.replicas = said
        set.status.fullyLabeledReplicas = said
        let sandboxes = (0..<present).map { Self.sandbox("s\($0)", of: set) }
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: sandboxes)
        let told = status(of: seen, failure: nil, hasCreated: true, now: noon)
        #expect(told?.replicas == (isNews ? present : nil))
        #expect(status(of: seen, failure: nil, hasCreated: false, now: noon)?.observedGeneration == 1)
        let failure = ReplicaSetFailure(reason: "FailedCreate", message: "quota")
        #expect(status(of: seen, failure: failure, hasCreated: true, now: noon)?.conditions.count == 1)
    }

    @Test func aFailureIsACondition() throws {
        var set = try Self.set(0)
        set.status.selector = set.spec.selector.description
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: [])
        #expect(status(of: seen, failure: nil, now: noon) == nil)
        let failure = ReplicaSetFailure(reason: "FailedCreate", message: "quota")
        let condition = try #require(status(of: seen, failure: failure, now: noon)).conditions["ReplicaFailure"]
        #expect(condition?.reason == "FailedCreate")
        #expect(condition?.message == "quota")
    }

    @Test(arguments: [(0, []), (1, [1]), (2, [1, 1]), (10, [1, 2, 4, 3]), (500, [1, 2, 4, 8, 16, 32, 64, 128, 245])])
    func batchesDouble(_ count: Int, _ sizes: [Int]) {
        #expect(slowStartBatches(count) == sizes)
    }
}
