import Foundation
import Synchronization
import Testing

/// Requests that come while their function has no sandbox, or none any more.
@Suite(.serialized) struct ActivationTests {
    /// It takes a second to load.
    private static let slow = """
        const until = Date.now() + 1000;
        while (Date.now() < until);
        exports.handler = (req, res) => res.end('up ' + req.url);
        """

    @Test func requestsWaitWhileADeploymentIsScaledFromZero() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: Self.slow, replicas: 0))
            try await Eventually.holds("nobody waits in vain") {
                try await web.get("/fn/default/f/").status == 503
            }
            try await kubectl("scale", "sbd", "f", "--replicas=1")
            try await Eventually.holds("gateways are told that one comes") {
                try await kubectl("get", "sbep", "f", "-o", "jsonpath={.holdsRequests}") == "true"
            }
            let answers = try await withThrowingTaskGroup(of: String.self) { tasks in
                for number in 0..<30 {
                    tasks.addTask {
                        let answer = try await web.post("/fn/default/f/\(number)", body: "\(number)")
                        return "\(answer.status) \(answer.body)"
                    }
                }
                return try await tasks.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(answers == Set((0..<30).map { "200 up /\($0)" }))
        }
    }

    @Test func whoWaitsForABrokenFunctionIsToldWhatIsWrongWithIt() async throws {
        try await NestProcess.run { nest in
            let code = "throw new Error('no database');"
            try await Kubectl(nest)(
                "apply", "-f", "-",
                input: Manifests.function("f", code: code, extra: "      startupTimeoutSeconds: 3"))
            let web = Web(nest)
            var answer = try await web.get("/fn/default/f/")
            // The function is known to the gateway a moment after kubectl has made it.
            while answer.status == 404 { answer = try await web.get("/fn/default/f/") }
            #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
            #expect(
                answer.body.contains("no ready sandbox within 3 s") && answer.body.contains("no database"), "\(answer)")
        }
    }

    /// Its port stays: whoever calls between the end of a process and the next is answered by the next.
    @Test func aProcessThatIsKilledUnderLoadCostsNoRequest() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let code = "exports.handler = (req, res) => res.end(`${process.pid}`);"
            try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
            let process = try #require(Int32(try await web.get("/fn/default/f/").body))
            let answers = try await Self.underLoad(web) { load in
                try await Eventually.holds("the load is on") { load.counts.values.reduce(0, +) > 200 }
                kill(process, SIGKILL)
                try await Eventually.holds("another process answers") {
                    load.counts.contains { $0.key.hasPrefix("200") && $0.key != "200 \(process)" && $0.value > 100 }
                }
            }
            #expect(answers.keys.allSatisfy { $0.hasPrefix("200") }, "\(answers)")
        }
    }

    /// What clients ask until they are told to end, and what they are answered.
    private final class Load: Sendable {
        private let isDone = Mutex(false)
        private let answers = Mutex<[String: Int]>([:])

        var counts: [String: Int] { answers.withLock { $0 } }

        func end() { isDone.withLock { $0 = true } }

        func run(_ web: Web) async throws {
            while !isDone.withLock({ $0 }) {
                let answer = try await web.get("/fn/default/f/")
                answers.withLock { $0["\(answer.status) \(answer.body)", default: 0] += 1 }
            }
        }
    }

    /// Eight clients that ask one after the other.
    private static func underLoad(
        _ web: Web, _ body: (Load) async throws -> Void
    ) async throws -> [String: Int] {
        let load = Load()
        let clients = Task {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 { tasks.addTask { try await load.run(web) } }
                try await tasks.waitForAll()
            }
        }
        defer { load.end() }
        try await body(load)
        load.end()
        try await clients.value
        return load.counts
    }

    // MARK: Readings

    /// What is told within three seconds.
    private static func readings(_ url: String, token: String) async throws -> String {
        try await Program.run(
            "curl", ["-sN", "-m", "3", "-H", "Authorization: Bearer \(token)", url + "/readings"]
        ).output
    }

    @Test func aGatewayIsFoundByItsLeaseAndTellsOfItsLoad() async throws {
        try await NestRole.withAPIServer { kubeconfig, directory in
            let (kubectl, token) = (Kubectl(kubeconfig: kubeconfig), directory + "/token")
            try "word\n".write(toFile: token, atomically: true, encoding: .utf8)
            let gateway = try NestRole(
                "gateway", "--kubeconfig", kubeconfig, "--port", "0", "--readings-token", token, "--identity", "one",
                log: directory + "/gateway.log")
            do {
                func lease(_ path: String) async throws -> String {
                    try await kubectl("get", "lease", "nest-gateway-one", "-n", "nest-system", "-o", "jsonpath=" + path)
                }
                var url = ""
                try await Eventually.holds("the gateway has a lease") {
                    url = try await lease("{.metadata.annotations.nest\\.dev/readings}")
                    return !url.isEmpty
                }
                let said = try await lease("{.metadata.labels.nest\\.dev/role} {.spec.leaseDurationSeconds}")
                #expect(said == "gateway 15")
                let lines = try await Self.readings(url, token: "word").split(separator: "\n")
                #expect(lines.count >= 2)
                #expect(lines.allSatisfy { $0.hasPrefix("{\"gateway\":\"one\",\"seconds\":") }, "\(lines)")
                #expect(try await Self.readings(url, token: "none") == "")
            } catch {
                _ = await gateway.child.stop(within: .seconds(10))
                throw error
            }
            #expect(await gateway.child.stop(within: .seconds(10)) == 0)
            #expect(try await kubectl("get", "lease", "-n", "nest-system", "-o", "name") == "")
        }
    }
}
