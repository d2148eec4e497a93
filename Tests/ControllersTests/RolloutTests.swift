import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct RolloutTests {
    @Test func aBrokenVersionStopsSaysWhyAndIsRolledBack() async throws {
        try await World.run { world in
            try world.addPool()
            var deployment = SandboxDeployment.sample(replicas: 4)
            deployment.spec.progressDeadlineSeconds = 2
            deployment.metadata.annotations[NestGroup.changeCauseAnnotation] = "first"
            _ = try await world.client.create(deployment)
            try await world.eventually("the first is there") { try world.deployment().status.availableReplicas == 4 }
            world.sidecars.broken.withLock { $0 = { $0.spec.handler == "index.broken" } }
            try await world.change { $0.template.spec.handler = "index.broken" }
            try await world.eventually("one of the new ones is there") {
                try world.liveSandboxes().contains { $0.spec.handler == "index.broken" && $0.spec.nodeName != nil }
            }
            for var sandbox in try world.liveSandboxes() where sandbox.spec.handler == "index.broken" {
                sandbox.status.phase = .starting
                (sandbox.status.reason, sandbox.status.message) = ("LoadFailed", "no such export")
                try world.server.put(sandbox)
            }
            try await world.eventually("its deadline is reported") {
                let condition = try world.deployment().status.conditions["Progressing"]
                return condition?.status == .no && condition?.reason == "ProgressDeadlineExceeded"
                    && condition?.message.contains("failing: LoadFailed: no such export") == true
            }
            let old = try world.liveSandboxes().filter { $0.spec.handler == "index.handler" }
            #expect(old.count == 3 && old.allSatisfy(\.isReady), "25 % of four may be missing")
            #expect(try world.liveSandboxes().count == 5)
            try await world.change { $0.rollbackTo = RollbackTarget() }
            try await world.eventually("all is as before") {
                let deployment = try world.deployment()
                return try deployment.status.conditions["Progressing"]?.reason == "NewReplicaSetAvailable"
                    && deployment.spec.template.spec.handler == "index.handler"
                    && world.liveSandboxes().count { $0.isReady && $0.spec.handler == "index.handler" } == 4
                    && deployment.metadata.annotations[NestGroup.revisionAnnotation] == "3"
            }
            let names = Set(old.map(\.metadata.name))
            #expect(names.isSubset(of: try world.liveSandboxes().map(\.metadata.name)), "what worked went on")
        }
    }

    @Test func theChangeCauseIsCarriedByRevisions() async throws {
        try await World.run { world in
            try world.addPool()
            var deployment = SandboxDeployment.sample(replicas: 1)
            deployment.metadata.annotations[NestGroup.changeCauseAnnotation] = "first"
            _ = try await world.client.create(deployment)
            try await world.eventually("first") { try world.endpoints().count == 1 }
            let second: JSONValue = [
                "metadata": ["annotations": .object([NestGroup.changeCauseAnnotation: "second"])],
                "spec": ["template": ["spec": ["handler": "index.next"]]],
            ]
            _ = try await world.client.patch(
                SandboxDeployment.self, namespace: "default", name: "hello", merge: second)
            func causes() throws -> [String?] {
                RolloutHistory(of: try world.deployment(), replicaSets: try world.objects()).revisions.map(
                    \.changeCause)
            }
            try await world.eventually("history") { try causes() == ["first", "second"] }
            try await world.change { $0.rollbackTo = RollbackTarget() }
            try await world.eventually("the first is the third") { try causes() == ["second", "first"] }
            #expect(try world.deployment().metadata.annotations[NestGroup.changeCauseAnnotation] == "first")
        }
    }

    struct Owner: Sendable {
        var uid = "owner"
        var isDeleting = false
        var isGone = false
        var isAdopted: Bool
    }

    @Test(arguments: [
        Owner(isAdopted: true), Owner(uid: "another", isAdopted: false), Owner(isDeleting: true, isAdopted: false),
        Owner(isGone: true, isAdopted: false),
    ])
    func anOwnerIsAskedAgainBeforeItAdopts(_ row: Owner) async throws {
        let server = FakeAPIServer()
        var known = SandboxDeployment.sample(replicas: 1)
        known.metadata.uid = "owner"
        var actual = known
        actual.metadata.uid = row.uid
        if row.isDeleting { actual.metadata.deletionTimestamp = Timestamp(seconds: 1) }
        if !row.isGone { try server.put(actual) }
        let orphan = try server.put(
            Sandbox(
                metadata: ObjectMeta(name: "s", namespace: "default"),
                spec: SandboxSpec(template: known.spec.template.spec)))
        do {
            try await server.client().adopt(orphan, for: known)
            #expect(row.isAdopted)
        } catch let status as Status {
            #expect(!row.isAdopted && (status.isConflict || status.isNotFound))
        }
        #expect(try server.objects(Sandbox.self).first?.metadata.controller?.uid == (row.isAdopted ? "owner" : nil))
    }
}
