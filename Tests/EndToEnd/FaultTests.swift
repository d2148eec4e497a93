import Foundation
import Synchronization
import Testing

/// Whatever part is killed, whoever has been let in is answered.
@Suite(.serialized) struct FaultTests {
    private static let idlers = (0..<6).map { "idler\($0)" }
    private static let standby = "      standby: {idleSeconds: 1}"
    private static let code = "exports.handler = (req, res) => res.end(`${process.pid}`);"
    /// It takes more than a second to load.
    private static let slow = "const until = Date.now() + 1200; while (Date.now() < until);" + code

    static func deploy(_ house: NestHouse) async throws {
        var manifests = idlers.map { Manifests.function($0, code: code, extra: standby) }
        manifests.append(Manifests.function("busy", code: code))
        manifests.append(Manifests.function("slow", code: slow, extra: standby))
        try await house.kubectl("apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
        try await house.kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd", "--all")
        try await Eventually.holds("the gateway knows all") {
            for name in idlers + ["busy", "slow"] {
                guard try await house.web.get("/fn/default/\(name)/").status == 200 else { return false }
            }
            return true
        }
    }

    /// Clients of functions that are parked, and of one that never is, GET and POST.
    final class Clients: Sendable {
        private struct State {
            var isDone = false
            var answered = 0
            var failures: [String] = []
        }

        private let state = Mutex(State())
        let web: Web

        init(_ web: Web) { self.web = web }

        var answered: Int { state.withLock { $0.answered } }
        var isDone: Bool { state.withLock { $0.isDone } }

        /// What was not answered with 200 since this was last asked.
        func takeFailures() -> [String] {
            state.withLock { state in
                defer { state.failures = [] }
                return state.failures
            }
        }

        func end() { state.withLock { $0.isDone = true } }

        func run() async {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<4 { group.addTask { await self.callIdlers(number) } }
                for isPost in [false, true] { group.addTask { await self.callBusy(isPost) } }
            }
        }

        private func callIdlers(_ number: Int) async {
            var round = number
            while !isDone {
                await call { try await $0.get("/fn/default/\(FaultTests.idlers[round % FaultTests.idlers.count])/") }
                round += 1
                try? await Task.sleep(for: .milliseconds(250))
            }
        }

        private func callBusy(_ isPost: Bool) async {
            while !isDone {
                await call { web in
                    isPost
                        ? try await web.post("/fn/default/busy/", body: "x") : try await web.get("/fn/default/busy/")
                }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }

        private func call(_ ask: (Web) async throws -> Web.Answer) async {
            let failure: String?
            do {
                let answer = try await ask(web)
                failure = answer.status == 200 ? nil : "\(answer.status) \(answer.body)"
            } catch {
                failure = "\(error)"
            }
            state.withLock { state in
                if let failure { state.failures.append(failure) } else { state.answered += 1 }
            }
        }

        /// Returns when all have been answered some more times.
        func goOn() async throws {
            let before = answered
            try await Eventually.holds("clients are answered") { answered > before + 200 }
        }
    }

    @Test func nobodyIsLostWhateverDies() async throws {
        try await NestHouse.run { house in
            try await Self.deploy(house)
            let clients = Clients(house.web)
            let load = Task { await clients.run() }
            defer { clients.end() }
            try await clients.goOn()
            #expect(clients.takeFailures() == [])

            for _ in 0..<2 {
                house.killAgents("sidecar")
                try await clients.goOn()
            }
            #expect(clients.takeFailures() == [], "without a sidecar")

            await house.controllers.child.kill()
            try await house.killAPIServer()
            try await clients.goOn()
            #expect(clients.takeFailures() == [], "without an API server")

            // What a function's process has in its hands when it dies cannot be known, and is not run twice.
            for _ in 0..<2 {
                house.killAgents("shim")
                try await clients.goOn()
            }
            let lost = clients.takeFailures()
            #expect(lost.count <= 6 && lost.allSatisfy { $0.contains("sandbox-closed-connection") }, "\(lost)")

            try await house.killGateway()
            try await clients.goOn()
            // Their connections end with the gateway, and for a moment nobody listens; the next accepts when it knows them.
            #expect(clients.takeFailures().filter { $0.hasPrefix("5") } == [])
            try await clients.goOn()
            #expect(clients.takeFailures() == [])
            clients.end()
            await load.value
        }
    }

    @Test func whoeverCallsAParkedFunctionIsAnsweredThoughItsPartsDie() async throws {
        try await NestHouse.run { house in
            try await Self.deploy(house)
            try await Eventually.holds("they are parked", within: .seconds(60)) {
                try await house.kubectl("get", "sbx", "-o", "jsonpath={.items[*].status.state}")
                    .split(separator: " ").count { $0 == "Parked" } == Self.idlers.count + 1
            }
            try await Self.killTheShim(house)
            try await Self.killAWakingHost(house)
        }
    }

    /// Whoever has connected is answered by the next.
    private static func killTheShim(_ house: NestHouse) async throws {
        let (before, web) = (try await restarts(house), house.web)
        house.killAgents("shim")
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask { try await web.get("/fn/default/\(idlers[number % 3])/").status }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(answers == [200: 20])
        try await Eventually.holds("the one that ran is started again") {
            try await web.get("/fn/default/busy/").status == 200
        }
        let after = try await restarts(house)
        let changed = before.filter { after[$0.key] != $0.value }.keys.map { String($0.prefix(4)) }
        #expect(changed.allSatisfy { $0 == "busy" }, "what is parked has not been started again: \(changed)")
    }

    private static func restarts(_ house: NestHouse) async throws -> [String: String] {
        let lines = try await house.kubectl(
            "get", "sbx", "-o", #"jsonpath={range .items[*]}{.metadata.name} {.status.restartCount}{"\n"}{end}"#)
        let pairs = lines.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count == 2 }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }

    private static func killAWakingHost(_ house: NestHouse) async throws {
        let web = house.web
        let calls = Task {
            try await withThrowingTaskGroup(of: Web.Answer.self) { group in
                for _ in 0..<5 { group.addTask { try await web.get("/fn/default/slow/") } }
                return try await group.reduce(into: [Web.Answer]()) { $0.append($1) }
            }
        }
        // Its host is the one that works.
        var waking: Int32?
        try await Eventually.holds("a host loads it") {
            waking = busiest(house)
            return waking != nil
        }
        kill(try #require(waking), SIGKILL)
        let answers = try await calls.value
        let others = answers.filter { $0.status != 200 }
        #expect(
            others.allSatisfy { $0.status == 503 && $0.body.contains("could not be loaded again") }, "\(others)")
        try await Eventually.holds("it answers again") { try await web.get("/fn/default/slow/").status == 200 }
    }

    /// The Node.js process that is at work and has been for a quarter of a second: one that boots takes less.
    private static func busiest(_ house: NestHouse) -> Int32? {
        Leftovers.hosts(of: house.machineData).compactMap { Int32($0.prefix { $0 != " " }) }.first { pid in
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return false }
            return fields[0] == "R" && user + system >= 25
        }
    }
}
