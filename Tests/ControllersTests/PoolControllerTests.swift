import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Controllers

@Suite(.timeLimit(.minutes(1)))
struct PoolControllerTests {
    private static func pool(warm: Int, max: Int, idle: Int = 300) -> ResourcePool {
        var pool = ResourcePool(metadata: ObjectMeta(name: "default", namespace: "default"))
        pool.spec.warmPods = warm
        pool.spec.maxPods = max
        pool.spec.idlePodSeconds = idle
        return pool
    }

    @Test func keepsWarmPodsAndTellsThemWhatToBe() async throws {
        try await World.run { world in
            let pool = try await world.client.create(Self.pool(warm: 2, max: 10))
            try await world.eventually("two pods") { try world.objects(Pod.self).count == 2 }
            try await world.eventually("status") { try world.objects(ResourcePool.self).first?.status.pods == 2 }
            let pods = try world.objects(Pod.self)
            #expect(pods.count == 2)
            for pod in pods {
                #expect(pod.metadata.name.hasPrefix("default-"))
                #expect(pod.metadata.labels[NestGroup.poolLabel] == "default")
                #expect(pod.metadata.ownerReferences == [pool.controllerReference])
                #expect(pod.spec.nodeName == nil)
                #expect(pod.spec.containers.compactMap { $0["name"]?.stringValue } == ["sidecar", "app"])
                let text = try #require(pod.metadata.annotations[NestGroup.poolSpecAnnotation])
                let spec = try JSONValue(parsing: text.utf8).decoded(as: ResourcePoolSpec.self)
                #expect(spec == pool.spec)
            }
        }
    }

    @Test func replacesAWarmPodThatIsUsedAndStopsAtTheLimit() async throws {
        try await World.run { world in
            _ = try await world.client.create(Self.pool(warm: 1, max: 2))
            try await world.eventually("a pod") { try world.objects(Pod.self).count == 1 }
            let first = try #require(try world.objects(Pod.self).first)
            try world.server.put(SandboxNode.ready(first.metadata.name, room: 1))
            _ = try await world.client.create(SandboxDeployment.sample(replicas: 3))
            try await world.eventually("one serves") { try world.endpoints().count == 1 }
            try await world.eventually("a second pod") { try world.objects(Pod.self).count == 2 }
            for pod in try world.objects(Pod.self) where pod.metadata.name != first.metadata.name {
                try world.server.put(SandboxNode.ready(pod.metadata.name, room: 1))
            }
            try await world.eventually("two serve") { try world.endpoints().count == 2 }
            try await world.eventually("status") {
                let status = try #require(try world.objects(ResourcePool.self).first).status
                return status.pods == 2 && status.readyPods == 2 && status.warmPods == 0 && status.sandboxes == 2
            }
            #expect(try world.objects(Pod.self).count == 2)
        }
    }

    @Test func takesAnIdlePodAwayAfterClosingItsNode() async throws {
        try await World.run { world in
            _ = try await world.client.create(Self.pool(warm: 2, max: 3, idle: 0))
            try await world.eventually("two pods") { try world.objects(Pod.self).count == 2 }
            for pod in try world.objects(Pod.self) {
                try world.server.put(SandboxNode.ready(pod.metadata.name, room: 9))
            }
            _ = try await world.client.patch(
                ResourcePool.self, namespace: "default", name: "default", merge: ["spec": ["warmPods": 1]])
            try await world.eventually("one pod") { try world.objects(Pod.self).count == 1 }
            #expect(try world.objects(SandboxNode.self).contains { $0.spec.unschedulable })
        }
    }
}
