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
                    $0.status.conditions["Scheduled"]?.message
                        == "0/1 pods are available: 1 Too many sandboxes. preemption: 0/1 pods are available: "
                        + "1 No preemption victims found for incoming sandbox."
                }
            }
            try await world.eventually("event") { try !world.events("FailedScheduling").isEmpty }
            #expect(try world.endpoints().count <= 1)
            try world.server.put(SandboxNode.ready("default-1", room: 1))
            try await world.eventually("both bound") { try world.endpoints().count(where: \.conditions.ready) == 2 }
            #expect(Set(try world.endpoints().map(\.node)) == ["default-0", "default-1"])
        }
    }

    @Test func aHigherPriorityPushesALowerOneOut() async throws {
        try await World.run { world in
            try world.addPool(pods: 1, room: 1)
            _ = try await world.client.create(SandboxDeployment.sample("low", replicas: 1))
            try await world.eventually("low serves") {
                try world.endpoints("low").count(where: \.conditions.ready) == 1
            }
            let low = try #require(try world.liveSandboxes("low").first)
            var high = SandboxDeployment.sample("high", replicas: 1)
            high.spec.template.spec.priority = 10
            _ = try await world.client.create(high)
            try await world.eventually("high serves") {
                try world.endpoints("high").count(where: \.conditions.ready) == 1
            }
            let bound = try #require(try world.liveSandboxes("high").first)
            try await world.eventually("event") {
                try world.events("Preempted").contains {
                    $0.involvedObject.name == low.metadata.name
                        && $0.message == "Preempted by sandbox \(bound.metadata.uid) on pod default-0"
                }
            }
            try await world.eventually("low waits") {
                try world.liveSandboxes("low").contains { $0.status.conditions["Scheduled"]?.status == .no }
            }
            #expect(try world.liveSandboxes("low").count == 1)
            try await world.eventually("the nomination is over") {
                let high = try world.liveSandboxes("high").first
                return high?.status.nominatedNodeName == nil
                    && high?.status.conditions.isTrue(SandboxCondition.scheduled) == true
            }
        }
    }

    @Test func manyThatDoNotFitAreToldOnce() async throws {
        try await World.run { world in
            try world.addPool(pods: 1, room: 0)
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 100))
            func told() throws -> Int {
                try world.liveSandboxes().count { $0.status.conditions["Scheduled"]?.status == .no }
            }
            try await world.eventually("all are told") { try told() == 100 }
            // The counts change for all of them, the reasons for none.
            for index in 1...20 { try world.server.put(SandboxNode.ready("default-\(index)", room: 0)) }
            // The last one has room: whoever is bound was tried after the others had come.
            try world.server.put(SandboxNode.ready("default-last", room: 1))
            try await world.eventually("one is bound") { try world.endpoints().count == 1 }
            let writes = world.server.requests.entries.count {
                $0.method == "PUT" && $0.path.contains("/sandboxes/") && $0.path.hasSuffix("/status")
            }
            #expect(writes <= 150, "\(writes) status writes for 100 sandboxes")
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
