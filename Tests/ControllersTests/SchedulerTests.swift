import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct SchedulerTests {
    @Test func saysWhyNothingFitsAndBindsOnceSomethingDoes() async throws {
        try await World.run { world in
            try world.addPool(pods: 1, room: 1)
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 2))
            try await world.eventually("one refused") {
                try world.liveSandboxes().contains {
                    $0.status.conditions["Scheduled"]?.message == "0/1 pods fit: 1 too many sandboxes."
                }
            }
            try await world.eventually("event") { try !world.events("FailedScheduling").isEmpty }
            #expect(try world.endpoints().count <= 1)
            try world.server.put(SandboxNode.ready("default-1", room: 1))
            try await world.eventually("both bound") { try world.endpoints().count(where: \.conditions.ready) == 2 }
            #expect(Set(try world.endpoints().map(\.node)) == ["default-0", "default-1"])
        }
    }

    @Test func neverOverfillsANode() async throws {
        try await World.run { world in
            try world.addPool(pods: 4, room: 5)
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 30))
            try await world.eventually("as many as fit are ready") {
                try world.endpoints().count(where: \.conditions.ready) == 20
            }
            let perNode = Dictionary(grouping: try world.liveSandboxes().compactMap(\.spec.nodeName), by: { $0 })
            #expect(perNode.mapValues(\.count).values.allSatisfy { $0 == 5 })
        }
    }

    @Test func bindsAgainAfterTheBindFailed() async throws {
        try await World.run { world in
            try world.addPool()
            world.server.fail { request in
                request.method == "PATCH" && request.path.contains("/sandboxes/")
                    ? Status(code: 500, reason: "InternalError", message: "boom") : nil
            }
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 1))
            try await world.eventually("failed") { try !world.events("FailedBinding").isEmpty }
            world.server.fail(nil)
            try await world.eventually("bound") { try world.endpoints().count == 1 }
        }
    }

    @Test func aSandboxWhosePodIsGoneIsReplaced() async throws {
        try await World.run { world in
            try world.addPool(pods: 2)
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 2))
            try await world.eventually("ready") { try world.endpoints().count == 2 }
            let lost = try #require(try world.liveSandboxes().first)
            let node = try #require(lost.spec.nodeName)
            try world.server.remove(SandboxNode.self, ObjectKey(namespace: "default", name: node))
            try await world.eventually("replaced") {
                let endpoints = try world.endpoints()
                return endpoints.count(where: \.conditions.ready) == 2 && endpoints.allSatisfy { $0.node != node }
            }
            try await world.eventually("the old one is gone") {
                try !world.objects(Sandbox.self).contains { $0.metadata.uid == lost.metadata.uid }
            }
        }
    }
}
