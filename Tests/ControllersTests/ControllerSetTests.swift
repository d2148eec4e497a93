import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct ControllerSetTests {
    @Test func aDeploymentBecomesSandboxesThatServe() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 2))
            try await world.eventually("two endpoints") { try world.endpoints().count(where: \.conditions.ready) == 2 }
            try await world.eventually("complete") { try world.deployment().status.readyReplicas == 2 }
            let set = try #require(try world.objects(SandboxReplicaSet.self).first)
            let deployment = try world.deployment()
            #expect(set.metadata.ownerReferences == [deployment.controllerReference])
            #expect(set.metadata.name.hasPrefix("hello-"))
            for sandbox in try world.liveSandboxes() {
                #expect(sandbox.metadata.ownerReferences == [set.controllerReference])
                #expect(sandbox.metadata.finalizers == [NestGroup.sidecarFinalizer])
            }
            try await world.eventually("the condition") {
                try world.liveSandboxes().allSatisfy { $0.status.conditions.isTrue(SandboxCondition.scheduled) }
            }
            try await world.eventually("conditions") {
                let conditions = try world.deployment().status.conditions
                return conditions.isTrue("Available") && conditions["Progressing"]?.reason == "NewReplicaSetAvailable"
            }
            try await world.eventually("revision") {
                try world.deployment().metadata.annotations[NestGroup.revisionAnnotation] == "1"
            }
        }
    }

    @Test func endpointsExistBeforeTheFirstSandboxDoes() async throws {
        try await World.run { world in
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 0))
            try await world.eventually("empty endpoints") { try world.objects(SandboxEndpoints.self).count == 1 }
            #expect(try world.endpoints().isEmpty)
        }
    }

    @Test(arguments: [RolloutStrategy.Kind.rollingUpdate, .recreate])
    func aNewTemplateReplacesAllSandboxes(_ kind: RolloutStrategy.Kind) async throws {
        try await World.run { world in
            try world.addPool(pods: 2)
            var deployment = SandboxDeployment.sample(replicas: 4)
            deployment.spec.strategy.type = kind
            _ = try await world.client.create(deployment)
            try await world.eventually("first revision") { try world.deployment().status.availableReplicas == 4 }
            let first = Set(try world.liveSandboxes().map(\.metadata.name))
            try await world.change { $0.template.spec.handler = "index.next" }
            try await world.eventually("second revision") {
                let deployment = try world.deployment()
                let status = deployment.status
                return status.observedGeneration == deployment.metadata.generation && status.updatedReplicas == 4
                    && status.availableReplicas == 4 && status.replicas == 4
            }
            let second = try world.liveSandboxes()
            #expect(second.count == 4)
            #expect(second.allSatisfy { $0.spec.handler == "index.next" && !first.contains($0.metadata.name) })
            #expect(try world.objects(SandboxReplicaSet.self).count == 2)
            try await world.eventually("only new endpoints") {
                let endpoints = try world.endpoints()
                return endpoints.count == 4 && !endpoints.contains { first.contains($0.sandbox) }
            }
        }
    }

    @Test func scalesUpAndDownToNothing() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
            for replicas in [3, 1, 0, 2] {
                try await world.change { $0.replicas = replicas }
                try await world.eventually("\(replicas) sandboxes") {
                    try world.liveSandboxes().count == replicas && world.endpoints().count == replicas
                        && world.deployment().status.replicas == replicas
                        && world.deployment().status.readyReplicas == replicas
                }
            }
            #expect(try world.objects(SandboxReplicaSet.self).count == 1)
        }
    }

    @Test func rollsBackToARevision() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
            try await world.eventually("first") { try world.endpoints().count == 1 }
            try await world.change { $0.template.spec.handler = "index.next" }
            try await world.eventually("second") {
                try world.deployment().metadata.annotations[NestGroup.revisionAnnotation] == "2"
            }
            try await world.change { $0.rollbackTo = RollbackTarget() }
            try await world.eventually("third") {
                try world.deployment().metadata.annotations[NestGroup.revisionAnnotation] == "3"
            }
            let deployment = try world.deployment()
            #expect(deployment.spec.template.spec.handler == "index.handler")
            #expect(deployment.spec.rollbackTo == nil)
        }
    }

    @Test func replacesASandboxThatIsDeletedOrFails() async throws {
        try await World.run { world in
            try world.addPool()
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
            try await world.eventually("ready") { try world.endpoints().count == 1 }
            let first = try #require(try world.liveSandboxes().first)
            try await world.client.delete(Sandbox.self, namespace: "default", name: first.metadata.name)
            try await world.eventually("replaced after a deletion") {
                try world.endpoints().contains { $0.sandbox != first.metadata.name && $0.conditions.ready }
            }
            var second = try #require(try world.liveSandboxes().first)
            second.status.phase = .failed
            _ = try await world.client.updateStatus(second)
            try await world.eventually("replaced after a failure") {
                let live = try world.liveSandboxes().filter { $0.isReady && !$0.isFinished }
                return live.count == 1 && live[0].metadata.annotations[NestGroup.attemptAnnotation] == "1"
            }
        }
    }

    @Test func refusesASelectorThatMatchesNothing() async throws {
        try await World.run { world in
            var deployment = SandboxDeployment.sample(replicas: 1)
            deployment.spec.selector = LabelSelector(matchLabels: ["app": "other"])
            _ = try await world.client.create(deployment)
            try await world.eventually("condition") {
                try world.deployment().status.conditions["Progressing"]?.reason == "InvalidSelector"
            }
            try await world.eventually("event") { try world.events("InvalidSelector").count == 1 }
            #expect(try world.objects(SandboxReplicaSet.self).isEmpty)
        }
    }

    @Test func aBurstOfDeploymentsIsBoundOnce() async throws {
        try await World.run { world in
            try world.addPool(pods: 3, room: 100)
            for index in 0..<100 {
                _ = try await world.client.create(SandboxDeployment.sample("f\(index)", replicas: 1))
            }
            try await world.eventually("all ready") {
                try world.objects(SandboxEndpoints.self).count { $0.endpoints.contains(where: \.conditions.ready) }
                    == 100
            }
            #expect(try world.objects(Sandbox.self).count == 100)
            #expect(try world.objects(SandboxReplicaSet.self).count == 100)
            let statusWrites = world.server.requests.entries.count {
                $0.method == "PUT" && $0.path.contains("/sandboxdeployments/") && $0.path.hasSuffix("/status")
            }
            #expect(statusWrites <= 600, "\(statusWrites) status writes for 100 deployments")
        }
    }
}
