import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// What Kubernetes' documentation of Deployments promises, and what Nest promises beyond it.
@Suite struct RolloutPromisesTests {
    private static func progressing(
        _ deployment: inout SandboxDeployment, _ reason: String, _ status: Condition.Status = .yes,
        at time: Timestamp = noon
    ) {
        deployment.status.conditions = [
            Condition(type: "Progressing", status: status, reason: reason, lastTransitionTime: time)
        ]
    }

    /// "…a Deployment that is paused does not check progress…": after an hour's pause the deadline begins anew.
    @Test func aPauseDoesNotAgeTheDeadline() throws {
        var deployment = SandboxDeployment.sample(replicas: 2)
        deployment.spec.progressDeadlineSeconds = 60
        deployment.spec.paused = true
        let set = try deployment.set(1, replicas: 2, available: 0, isNew: true)
        Self.progressing(&deployment, "ReplicaSetUpdated")
        (deployment.status.replicas, deployment.status.updatedReplicas) = (2, 2)
        deployment.status.conditions = try #require(try deployment.plan([set]).status).conditions
        #expect(try deployment.plan([set], now: noon.adding(seconds: 3600)).lookAgainAfter == nil)
        deployment.spec.paused = false
        let resumed = noon.adding(seconds: 3600)
        deployment.status = try #require(try deployment.plan([set], now: resumed).status)
        #expect(deployment.status.conditions["Progressing"]?.reason == "DeploymentResumed")
        #expect(deployment.status.conditions["Progressing"]?.lastTransitionTime == resumed)
        for (seconds, reason) in [(59.0, "DeploymentResumed"), (61, "ProgressDeadlineExceeded")] {
            let plan = try deployment.plan([set], now: resumed.adding(seconds: seconds))
            #expect((plan.status ?? deployment.status).conditions["Progressing"]?.reason == reason)
        }
    }

    /// "If you pause a rollout that has exceeded its deadline, that stays reported" (`checkPausedConditions`).
    @Test func aPauseDoesNotHideAnExceededDeadline() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.spec.paused = true
        Self.progressing(&deployment, "ProgressDeadlineExceeded", .no)
        let set = try deployment.set(1, replicas: 1, available: 0, isNew: true)
        #expect(try deployment.plan([set]).status?.conditions["Progressing"]?.reason == "ProgressDeadlineExceeded")
    }

    /// "…with maxUnavailable 25 % … a rollout to a bad image stops": it goes no further than both bounds allow.
    @Test(arguments: [(10, 13, 8, 5), (4, 5, 3, 2), (1, 2, 1, 1)])
    func aBrokenVersionStopsAtTheBounds(_ replicas: Int, most: Int, kept: Int, new: Int) throws {
        var deployment = SandboxDeployment.sample(replicas: replicas)
        deployment.spec.strategy.rollingUpdate = .init()
        var sets = [try deployment.set(1, replicas: replicas)]
        for _ in 0..<10 {
            for write in try deployment.plan(sets).writes {
                switch write {
                case .create(var set):
                    set.metadata.uid = "new"
                    set.metadata.creationTimestamp = noon
                    sets.append(set)
                case .update(_, let to): sets = sets.map { $0.metadata.uid == to.metadata.uid ? to : $0 }
                default: Issue.record("\(write)")
                }
            }
            // The old ones are well, the new ones never are.
            for index in sets.indices {
                let size = sets[index].spec.replicas
                sets[index].status.replicas = size
                sets[index].status.availableReplicas = sets[index].metadata.uid == "new" ? 0 : size
            }
        }
        #expect(sets.map(\.spec.replicas) == [kept, new])
        #expect(sets.totalReplicas == most)
    }

    @Test func aRolloutThatHasFailedIsNotReportedForTheNext() throws {
        var deployment = SandboxDeployment.sample(replicas: 2)
        deployment.metadata.annotations[NestGroup.revisionAnnotation] = "2"
        Self.progressing(&deployment, "ProgressDeadlineExceeded", .no)
        (deployment.status.replicas, deployment.status.updatedReplicas) = (3, 1)
        let broken = try deployment.set(1, replicas: 1, available: 0)
        let back = try deployment.set(0, replicas: 1, isNew: true)
        let plan = try deployment.plan([broken, back], now: noon.adding(seconds: 5000))
        let condition = plan.status?.conditions["Progressing"]
        #expect(condition?.reason == "FoundNewReplicaSet" && condition?.status == .yes)
        #expect(condition?.lastTransitionTime == noon.adding(seconds: 5000))
        #expect(plan.revision == 3)
    }

    @Test func theConditionsQuoteWhyNewSandboxesFail() throws {
        var deployment = SandboxDeployment.sample(replicas: 2)
        let set = try deployment.set(1, replicas: 2, available: 0, isNew: true)
        Self.progressing(&deployment, "ReplicaSetUpdated")
        var failing = Sandbox.sample("b", node: "n", owner: set.controllerReference)
        failing.status.reason = "LoadFailed"
        failing.status.message = "SyntaxError in index.js"
        var other = Sandbox.sample("a", node: "n", owner: set.controllerReference)
        let name = set.metadata.name
        func message(_ type: String, _ sandboxes: [Sandbox]) throws -> String? {
            try deployment.plan([set], sandboxes: sandboxes).status?.conditions[type]?.message
        }
        #expect(
            try message("Progressing", [failing, other])
                == "ReplicaSet \"\(name)\" is progressing: 1 sandbox failing: LoadFailed: SyntaxError in index.js")
        #expect(
            try message("Available", [failing, other])
                == "Deployment does not have minimum availability: 1 sandbox failing: LoadFailed: SyntaxError in index.js"
        )
        other.status.conditions = [
            Condition(
                type: "Scheduled", status: .no, reason: "Unschedulable", message: "0/1 pods fit.",
                lastTransitionTime: noon)
        ]
        #expect(
            try message("Progressing", [failing, other])
                == "ReplicaSet \"\(name)\" is progressing: 2 sandboxes failing: Unschedulable: 0/1 pods fit.")
        // Old ones, and those that work again, are no news.
        failing.metadata.ownerReferences = []
        #expect(try message("Progressing", [failing]) == "ReplicaSet \"\(name)\" is progressing.")
        // What is quoted does not count as progress.
        let quoted = try #require(try deployment.plan([set], sandboxes: [other]).status)
        #expect(quoted.conditions["Progressing"]?.lastTransitionTime == noon)
    }

    /// "kubernetes.io/change-cause … is copied from Deployment annotations to its revisions upon creation".
    @Test func annotationsAreCarriedByRevisionsAndComeBackWithThem() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.metadata.annotations = [
            NestGroup.changeCauseAnnotation: "second", "kubectl.kubernetes.io/last-applied-configuration": "{}",
        ]
        var old = try deployment.set(0, replicas: 1)
        old.metadata.annotations[NestGroup.changeCauseAnnotation] = "first"
        let made = try #require(try deployment.plan([old]).created.first)
        #expect(made.metadata.annotations[NestGroup.changeCauseAnnotation] == "second")
        #expect(made.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] == nil)
        deployment.spec.rollbackTo = RollbackTarget()
        guard case .rollBack(let source?)? = try deployment.plan([old]).writes.last else {
            Issue.record("no rollback")
            return
        }
        #expect(
            source.annotations == [
                NestGroup.changeCauseAnnotation: "first", "kubectl.kubernetes.io/last-applied-configuration": "{}",
            ])
    }

    @Test func aTemplateWithoutASetIsLeftForTheNewestThatHasOne() throws {
        var deployment = SandboxDeployment.sample(replicas: 1, handler: "index.untried")
        deployment.spec.rollbackTo = RollbackTarget()
        let sets = [try deployment.set(0, replicas: 0), try deployment.set(1, replicas: 1)]
        guard case .rollBack(let source?)? = try deployment.plan(sets).writes.last else {
            Issue.record("no rollback")
            return
        }
        #expect(source.template.spec.handler == "index.old1")
    }

    @Test func theHistoryOfNumbersForgetsTheOldestWhole() throws {
        var set = try SandboxDeployment.sample(replicas: 1).set(0, replicas: 1)
        for revision in 1_000_000...1_000_400 { set.setRevision(Int64(revision)) }
        let history = try #require(set.metadata.annotations[NestGroup.revisionHistoryAnnotation])
        #expect(history.count <= 2000)
        #expect(history.split(separator: ",").allSatisfy { $0.count == 7 })
        #expect(history.hasSuffix(",1000399"))
    }

    /// No step before the one before is taken in: counts of another size would be counted on.
    @Test func aStepWaitsForTheOneBefore() throws {
        let deployment = SandboxDeployment.sample(replicas: 4, surge: .count(1), unavailable: .count(1))
        var old = try deployment.set(1, replicas: 3)
        let new = try deployment.set(2, replicas: 1, isNew: true)
        #expect(!(try deployment.plan([old, new]).sizes.isEmpty))
        old.metadata.generation += 1
        #expect(try deployment.plan([old, new]).sizes.isEmpty)
    }

    @Test func growingWaitsForWhatIsStillToGo() throws {
        let deployment = SandboxDeployment.sample(replicas: 6)
        var small = deployment
        small.spec.replicas = 3
        var old = try small.set(1, replicas: 0)
        let new = try small.set(2, replicas: 3, isNew: true)
        #expect(try deployment.plan([old, new]).sizes == ["set2": 6])
        old.status.replicas = 2
        #expect(try deployment.plan([old, new]).sizes.isEmpty)
    }

    @Test func aChangeToRecreateInTheMiddleDoesNotWaitForAScaling() throws {
        var deployment = SandboxDeployment.sample(replicas: 6)
        var small = deployment
        small.spec.replicas = 3
        let sets = [try small.set(1, replicas: 2), try small.set(2, replicas: 1, isNew: true)]
        deployment.spec.strategy.type = .recreate
        #expect(try deployment.plan(sets).sizes == ["set1": 0])
    }

    @Test func aSetThatWaitsForItsOwnWritesHasNotObservedItsNewestSpec() throws {
        var set = try SandboxDeployment.sample(replicas: 3).set(1, replicas: 3)
        set.metadata.generation = 5
        let seen = ReplicaSetObserved(replicaSet: set, sandboxes: [])
        #expect(status(of: seen, failure: nil, isPlanned: false, now: noon)?.observedGeneration == 1)
        #expect(status(of: seen, failure: nil, now: noon)?.observedGeneration == 5)
    }

    @Test func anOwnerThatIsDeletedNeitherTakesNorReleases() throws {
        var deployment = SandboxDeployment.sample(replicas: 1)
        deployment.metadata.deletionTimestamp = noon
        var stranger = try deployment.set(1, replicas: 1)
        stranger.metadata.labels = ["app": "else"]
        var orphan = try deployment.set(2, replicas: 1)
        orphan.metadata.ownerReferences = []
        let claims = claims(of: deployment, on: [stranger, orphan], selector: deployment.spec.selector)
        #expect(claims == Claims())
    }
}
