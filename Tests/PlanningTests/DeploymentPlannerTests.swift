import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct DeploymentPlannerTests {
    @Test func aNewDeploymentGetsItsSet() throws {
        let deployment = SandboxDeployment.sample(replicas: 3)
        let plan = try deployment.plan([])
        let set = try #require(plan.created.first)
        #expect(plan.created.count == 1)
        #expect(set.spec.replicas == 3)
        #expect(set.metadata.ownerReferences == [deployment.controllerReference])
        let hash = try #require(set.metadata.labels[NestGroup.templateHashLabel])
        #expect(set.metadata.name == "hello-\(hash)")
        #expect(set.spec.selector.matchLabels == ["app": "hello", NestGroup.templateHashLabel: hash])
        #expect(set.spec.template.metadata.labels[NestGroup.deploymentLabel] == "hello")
        #expect(set.spec.selector.matches(set.spec.template.metadata.labels))
        #expect(set.revision == 1)
        #expect(plan.revision == 1)
        #expect(plan.events.map(\.reason) == ["ScalingReplicaSet"])
        #expect(plan.status == nil)
        #expect(plan.lookAgainAfter == 1)
    }

    @Test(
        arguments: [
            // The set's controller has yet to say anything, and has had a moment or not.
            (age: 0.2, reported: nil, reason: nil), (age: 1, reported: nil, reason: "FoundNewReplicaSet"),
            (age: 0.2, reported: 0, reason: "FoundNewReplicaSet"), (age: 0.2, reported: 3, reason: "ReplicaSetUpdated"),
        ] as [(age: Double, reported: Int?, reason: String?)])
    func theFirstReportWaitsAMomentForTheFirstSet(age: Double, reported: Int?, reason: String?) throws {
        let deployment = SandboxDeployment.sample(replicas: 3)
        var set = try deployment.set(1, replicas: 3, available: 0, isNew: true)
        set.metadata.creationTimestamp = noon.adding(seconds: -age)
        set.status = SandboxReplicaSetStatus()
        if let reported {
            set.status.observedGeneration = 1
            set.status.replicas = reported
        }
        let plan = try deployment.plan([set])
        #expect(plan.status?.conditions["Progressing"]?.reason == reason)
        #expect(plan.status?.selector == (reason == nil ? nil : "app=hello"))
        #expect(plan.lookAgainAfter == (reason == nil ? 0.8 : 600))
    }

    @Test func aLaterReportWaitsForNothing() throws {
        var deployment = SandboxDeployment.sample(replicas: 3)
        deployment.status.observedGeneration = 1
        let plan = try deployment.plan([])
        #expect(plan.created.count == 1)
        #expect(plan.status?.conditions["Progressing"]?.reason == "NewReplicaSetCreated")
        #expect(plan.status?.conditions["Available"]?.reason == "MinimumReplicasUnavailable")
        #expect(plan.lookAgainAfter == 600)
    }

    struct Step: Sendable {
        var replicas = 10
        var unavailable: Int, old: Int, new: Int, oldReady: Int, newReady: Int
        var oldAfter: Int?
    }

    /// `TestDeploymentController_reconcileOldReplicaSets` of kubernetes' `rolling_test.go`; surge is used up.
    @Test(arguments: [
        Step(unavailable: 0, old: 10, new: 0, oldReady: 10, newReady: 0, oldAfter: nil),
        Step(unavailable: 2, old: 10, new: 0, oldReady: 10, newReady: 0, oldAfter: 8),
        Step(unavailable: 2, old: 10, new: 0, oldReady: 8, newReady: 0, oldAfter: 8),
        Step(unavailable: 2, old: 10, new: 0, oldReady: 9, newReady: 0, oldAfter: 8),
        Step(unavailable: 2, old: 10, new: 0, oldReady: 0, newReady: 0, oldAfter: 8),
        Step(unavailable: 2, old: 8, new: 2, oldReady: 8, newReady: 0, oldAfter: nil),
        Step(unavailable: 2, old: 8, new: 2, oldReady: 8, newReady: 2, oldAfter: 6),
    ])
    func oldSandboxesGoOnlyWhileEnoughAreAvailable(_ row: Step) throws {
        let deployment = SandboxDeployment.sample(
            replicas: row.replicas, surge: .count(0), unavailable: .count(row.unavailable))
        // With both bounds at zero one may be unavailable; this row is about a bound of zero.
        try #require(row.unavailable > 0 || row.oldAfter == nil)
        var strict = deployment
        if row.unavailable == 0 { strict.spec.strategy.rollingUpdate.maxSurge = .count(1) }
        let old = try strict.set(1, replicas: row.old, available: row.oldReady)
        let new = try strict.set(
            2, replicas: row.new + (row.unavailable == 0 ? 1 : 0), available: row.newReady, isNew: true)
        #expect(try strict.plan([old, new]).sizes["set1"] == row.oldAfter)
    }

    @Test func aSetThatReportsMoreThanItMayKeepIsNotCountedOn() throws {
        let deployment = SandboxDeployment.sample(replicas: 10, surge: .count(2), unavailable: .count(2))
        var old = try deployment.set(1, replicas: 8)
        old.status.replicas = 10
        old.status.availableReplicas = 10
        let new = try deployment.set(2, replicas: 4, available: 1, isNew: true)
        // 8 + 1 are sure, 8 must be: one may go, though eleven are reported.
        #expect(try deployment.plan([old, new]).sizes == ["set1": 7])
    }

    @Test func recreateWaitsForTheLastOldSandbox() throws {
        var deployment = SandboxDeployment.sample(replicas: 3)
        deployment.spec.strategy.type = .recreate
        var old = try deployment.set(1, replicas: 3)
        #expect(try deployment.plan([old]).sizes == ["set1": 0])
        #expect(try deployment.plan([old]).created.isEmpty)
        old.spec.replicas = 0
        old.status.replicas = 0
        let last = Sandbox.sample("a", owner: old.controllerReference).terminating()
        #expect(try deployment.plan([old], sandboxes: [last]).created.isEmpty)
        #expect(try deployment.plan([old]).created.map(\.spec.replicas) == [3])
    }

    @Test func pausedStandsStillButScales() throws {
        var deployment = SandboxDeployment.sample(replicas: 3, handler: "index.next")
        deployment.spec.paused = true
        let old = try deployment.set(1, replicas: 3)
        let plan = try deployment.plan([old])
        #expect(plan.writes.isEmpty)
        #expect(plan.status?.conditions["Progressing"]?.reason == "DeploymentPaused")
        deployment.spec.replicas = 5
        #expect(try deployment.plan([old]).sizes == ["set1": 5])
    }

    @Test func resumingIsSaid() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.status.conditions = [
            Condition(type: "Progressing", status: .unknown, reason: "DeploymentPaused", lastTransitionTime: noon)
        ]
        let set = try deployment.set(1, replicas: 1, available: 0, isNew: true)
        #expect(try deployment.plan([set]).status?.conditions["Progressing"]?.reason == "DeploymentResumed")
    }

    @Test func completeMeansAllNewAndAllAvailable() throws {
        var deployment = SandboxDeployment.sample(replicas: 2)
        let set = try deployment.set(1, replicas: 2, isNew: true)
        for _ in 0..<2 {
            let plan = try deployment.plan([set])
            if let status = plan.status { deployment.status = status }
            if let revision = plan.revision {
                deployment.metadata.annotations[NestGroup.revisionAnnotation] = "\(revision)"
            }
        }
        let status = deployment.status
        #expect(status.conditions["Progressing"]?.reason == "NewReplicaSetAvailable")
        #expect(status.conditions["Available"]?.reason == "MinimumReplicasAvailable")
        #expect(
            [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas] == [2, 2, 2, 2])
        #expect(status.unavailableReplicas == 0)
        // Level-triggered: the same again asks for nothing.
        #expect(try deployment.plan([set]) == DeploymentPlan())
    }

    @Test(arguments: [(599.0, "ReplicaSetUpdated"), (601, "ProgressDeadlineExceeded")])
    func aRolloutThatDoesNotMoveIsReported(_ seconds: Double, _ reason: String) throws {
        var deployment = SandboxDeployment.sample(replicas: 2)
        let set = try deployment.set(1, replicas: 2, available: 0, isNew: true)
        deployment.status.replicas = 2
        deployment.status.updatedReplicas = 2
        deployment.status.conditions = [
            Condition(type: "Progressing", status: .yes, reason: "ReplicaSetUpdated", lastTransitionTime: noon)
        ]
        let plan = try deployment.plan([set], now: noon.adding(seconds: seconds))
        #expect(plan.status?.conditions["Progressing"]?.reason == reason)
        #expect((plan.lookAgainAfter == nil) == (reason == "ProgressDeadlineExceeded"))
    }

    @Test func keepsOnlyAsMuchHistoryAsIsWanted() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.revisionHistoryLimit = 2
        deployment.status.observedGeneration = 1
        deployment.status.replicas = 1
        deployment.status.updatedReplicas = 1
        deployment.status.availableReplicas = 1
        var sets = try (0..<5).map { try deployment.set($0, replicas: 0) }
        sets[1].status.replicas = 1
        sets.append(try deployment.set(5, replicas: 1, isNew: true))
        // Three too many: the oldest three go, but one of them still has a sandbox.
        #expect(try deployment.plan(sets).deleted == ["set0", "set2"])
    }

    struct Rollback: Sendable {
        var revision: Int64
        var handler: String?
        var event: String
    }

    @Test(arguments: [
        Rollback(revision: 0, handler: "index.old1", event: "DeploymentRollback"),
        Rollback(revision: 1, handler: "index.old0", event: "DeploymentRollback"),
        Rollback(revision: 3, handler: nil, event: "DeploymentRollbackTemplateUnchanged"),
        Rollback(revision: 9, handler: nil, event: "DeploymentRollbackRevisionNotFound"),
    ])
    func rollsBackToARevision(_ row: Rollback) throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.rollbackTo = RollbackTarget(revision: row.revision)
        let sets = [
            try deployment.set(0, replicas: 0), try deployment.set(1, replicas: 0),
            try deployment.set(2, replicas: 1, isNew: true),
        ]
        let plan = try deployment.plan(sets)
        let source = row.handler.map { RollbackSource(template: .sample($0), annotations: [:]) }
        #expect(plan.writes == [.rollBack(to: source)])
        #expect(plan.events.map(\.reason) == [row.event])
    }

    @Test func goingBackMakesTheOldSetTheNewest() throws {
        let deployment = SandboxDeployment.sample(replicas: 1)
        let current = try deployment.set(2, replicas: 1)
        let back = try deployment.set(0, replicas: 0, isNew: true)
        let plan = try deployment.plan([current, back])
        guard case .update(_, let updated)? = plan.writes.first else { return #expect(Bool(false), "no update") }
        #expect(updated.revision == 4)
        #expect(updated.metadata.annotations[NestGroup.revisionHistoryAnnotation] == "1")
        #expect(updated.spec.replicas == 1)
        #expect(plan.revision == 4)
    }

    @Test(arguments: [LabelSelector(), LabelSelector(matchLabels: ["app": "other"])])
    func aSelectorThatCannotWorkIsRefused(_ selector: LabelSelector) throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.selector = selector
        let plan = try deployment.plan([])
        #expect(plan.writes.isEmpty)
        #expect(plan.events.map(\.reason) == ["InvalidSelector"])
        #expect(plan.status?.conditions["Progressing"]?.reason == "InvalidSelector")
        deployment.status = try #require(plan.status)
        #expect(try deployment.plan([]) == DeploymentPlan())
    }

    @Test func takesInOrphansAndLetsStrangersGo() throws {
        let deployment = SandboxDeployment.sample(replicas: 1)
        var orphan = try deployment.set(1, replicas: 1, isNew: true)
        orphan.metadata.ownerReferences = []
        var stranger = try deployment.set(2, replicas: 1)
        stranger.metadata.labels = ["app": "else"]
        let plan = try deployment.plan([orphan, stranger])
        #expect(plan.writes.prefix(2) == [.adopt(orphan), .release(stranger)])
        #expect(plan.created.isEmpty)
    }

    @Test func aSetsFailureShowsOnItsDeployment() throws {
        let deployment = SandboxDeployment.sample(replicas: 1)
        var set = try deployment.set(1, replicas: 1, available: 0, isNew: true)
        let failure = Condition(type: "ReplicaFailure", status: .yes, reason: "FailedCreate", lastTransitionTime: noon)
        set.status.conditions = [failure]
        #expect(try deployment.plan([set]).status?.conditions["ReplicaFailure"] == failure)
    }
}
