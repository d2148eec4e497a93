import Foundation
import Synchronization
import Testing

/// A function that has no sandbox while nobody asks.
@Suite(.serialized) struct ScaleFromZeroTests {
    private static let code = """
        exports.handler = (req, res) => setTimeout(() => res.end(`${process.pid}`), req.url === '/slow' ? 200 : 0);
        """

    private static func autoscaler(_ name: String, grace: Int = 1, target: Int = 1) -> String {
        """
        apiVersion: nest.dev/v1alpha1
        kind: SandboxAutoscaler
        metadata: {name: \(name)}
        spec:
          scaleTargetRef: {name: \(name)}
          maxReplicas: 5
          metrics: [{type: Concurrency, target: \(target)}]
          stableWindowSeconds: 6
          panicWindowSeconds: 1
          scaleDownDelaySeconds: 0
          scaleToZeroGraceSeconds: \(grace)
        """
    }

    private static func replicas(_ kubectl: Kubectl, _ name: String) async throws -> String {
        try await kubectl("get", "sbd", name, "-o", "jsonpath={.spec.replicas} {.status.replicas}")
    }

    @Test func fromNoneToManyAndBack() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await kubectl(
                "apply", "-f", "-",
                input: Manifests.function("f", code: Self.code, replicas: 0) + "\n---\n" + Self.autoscaler("f"))
            try await Eventually.holds("a gateway holds requests for it") {
                try await kubectl("get", "sbep", "f", "-o", "jsonpath={.holdsRequests}") == "true"
            }
            // The first who asks brings it up.
            #expect(try await web.get("/fn/default/f/").status == 200)
            #expect(try await !Self.replicas(kubectl, "f").hasPrefix("0"))

            // Eight at once are more than one is meant to bear.
            let crowd = Crowd(web)
            let clients = Task { try await crowd.run() }
            defer { crowd.end() }
            try await Eventually.holds("all five serve") {
                try await kubectl("get", "sbd", "f", "-o", "jsonpath={.status.readyReplicas}") == "5"
            }
            let events = try await kubectl("get", "events", "-o", "jsonpath={.items[*].reason}")
            #expect(events.contains("ScaledUp"))
            // And none is lost when they are sent away while they are asked.
            try await kubectl("patch", "sba", "f", "--type=merge", "-p", #"{"spec":{"maxReplicas":1}}"#)
            try await Eventually.holds("one is left") { try await Self.replicas(kubectl, "f") == "1 1" }
            crowd.end()
            let answers = try await clients.value
            #expect(answers.keys.allSatisfy { Int32($0) != nil } && answers.count >= 5, "\(answers)")

            try await Eventually.holds("nobody asks, and none is left") {
                guard try await Self.replicas(kubectl, "f").hasPrefix("0") else { return false }
                return try await kubectl("get", "sbx", "-o", "name") == ""
            }
            #expect(try await web.get("/fn/default/f/").status == 200)
            let shown = try await kubectl(
                "get", "sba", "f", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}")
            #expect(shown == "True")
        }
    }

    /// Eight clients that ask one after the other.
    private final class Crowd: Sendable {
        private let isDone = Mutex(false)
        private let web: Web

        init(_ web: Web) { self.web = web }

        func end() { isDone.withLock { $0 = true } }

        /// - Returns: how often each process answered, and whatever else was said.
        func run() async throws -> [String: Int] {
            try await withThrowingTaskGroup(of: [String: Int].self) { group in
                for _ in 0..<8 { group.addTask { try await self.ask() } }
                return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            }
        }

        private func ask() async throws -> [String: Int] {
            var answers: [String: Int] = [:]
            while !isDone.withLock({ $0 }) {
                let answer = try await web.get("/fn/default/f/slow")
                answers[answer.status == 200 ? answer.body : "\(answer)", default: 0] += 1
            }
            return answers
        }
    }

    /// Whoever waits when the leader dies is answered by what its successor decides.
    @Test func aStandbyTakesOverTheScaling() async throws {
        try await NestHouse.run { house in
            let second = try house.controllers("second")
            try await second.waitForLog("standing by", times: 2)
            let kubectl = house.kubectl
            try await kubectl(
                "apply", "-f", "-",
                input: Manifests.function("f", code: Self.code, replicas: 0, extra: "      startupTimeoutSeconds: 60")
                    + "\n---\n" + Self.autoscaler("f"))
            try await Eventually.holds("a gateway holds requests for it") {
                try await kubectl("get", "sbep", "f", "-o", "jsonpath={.holdsRequests}") == "true"
            }
            #expect(try await house.web.get("/fn/default/f/").status == 200)
            try await Eventually.holds("none is left") { try await Self.replicas(kubectl, "f").hasPrefix("0") }
            await house.controllers.child.kill()
            let start = ContinuousClock.now
            let answer = try await house.web.get("/fn/default/f/")
            #expect(answer.status == 200, "\(answer)")
            #expect(ContinuousClock.now - start < .seconds(16), "a lease of 14 s, and a start")
            #expect(await second.child.stop(within: .seconds(10)) == 0)
        }
    }
}
