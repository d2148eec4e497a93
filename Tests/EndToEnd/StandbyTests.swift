import Foundation
import Testing

/// Functions that nobody calls, as their user sees them.
///
/// A gateway keeps its connections for ten seconds, and a status is only written of what has lasted for ten: so all are in
/// one Nest and wait together.
@Suite(.serialized) struct StandbyTests {
    private static let standby = "      standby: {idleSeconds: 1}"

    private static let counter = """
        let count = 0;
        exports.handler = (req, res) => res.end(`${++count} ${process.pid}`);
        """

    private static let javaCounter = Manifests.servlet(
        "response.write(Integer.toString(COUNT.incrementAndGet()));",
        members:
            "static final java.util.concurrent.atomic.AtomicInteger COUNT = new java.util.concurrent.atomic.AtomicInteger();"
    )

    private static func brittle(_ mark: String) -> String {
        """
        const fs = require('fs');
        if (fs.existsSync('\(mark)')) throw new Error('the licence has run out');
        exports.handler = (req, res) => res.end('ok');
        """
    }

    @Test func idleFunctionsCostNoProcessAndAnswer() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let mark = nest.data + ".mark"
            let manifests = [
                Manifests.function("idler", code: Self.counter, extra: Self.standby),
                Manifests.function("brittle", code: Self.brittle(mark), extra: Self.standby),
                Manifests.java(Self.javaCounter, name: "java", extra: Self.standby),
            ]
            try await kubectl("apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
            try await kubectl("wait", "--for=condition=Available", "--timeout=60s", "sbd", "--all")
            let answer = try await web.get("/fn/default/idler/").body.split(separator: " ")
            let process = try #require(Int32(answer.last ?? ""))
            #expect(try await web.get("/fn/default/java/").body == "1")
            #expect(try await web.get("/fn/default/java/").body == "2")
            try await Eventually.holds("all are parked", within: .seconds(60)) {
                try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].status.state}") == "Parked Parked Parked"
            }
            #expect(kill(process, 0) != 0, "its process has ended")
            let shown = try await kubectl("get", "sbx")
            #expect(shown.contains("Parked") && !shown.contains("False"), "\(shown)")
            let ready = try await kubectl("get", "sbep", "-o", "jsonpath={.items[*].endpoints[*].conditions.ready}")
            #expect(ready == "true true true")

            #expect(try await web.get("/fn/default/java/").body == "1", "its classes are new")
            try await Self.callAtOnce(web)
            try await Self.breakAndMend(kubectl, web, mark)
            try await Self.update(kubectl, web)
            let restarts = try await kubectl(
                "get", "sbx", "-l", "app=java", "-o", "jsonpath={.items[0].status.restartCount}")
            #expect(restarts == "0")
        }
    }

    /// All are answered by the one process that they bring about.
    private static func callAtOnce(_ web: Web) async throws {
        let answers = try await withThrowingTaskGroup(of: Web.Answer.self) { group in
            for _ in 0..<20 { group.addTask { try await web.get("/fn/default/idler/") } }
            return try await group.reduce(into: [Web.Answer]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(Set(answers.compactMap { $0.body.split(separator: " ").last }).count == 1)
        #expect(answers.compactMap { Int($0.body.split(separator: " ")[0]) }.sorted() == Array(1...20))
    }

    /// When one cannot be woken, whoever calls hears why, and whoever looks sees it.
    private static func breakAndMend(_ kubectl: Kubectl, _ web: Web, _ mark: String) async throws {
        try Data().write(to: URL(filePath: mark))
        let answer = try await web.get("/fn/default/brittle/")
        #expect(answer.status == 503)
        #expect(
            answer.body.contains("could not be loaded again: LoadError: ") && answer.body.contains("licence"),
            "\(answer.body)")
        try await Eventually.holds("its status says why") {
            try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].status}").contains("the licence has run out")
        }
        try FileManager.default.removeItem(atPath: mark)
        try await Eventually.holds("it is started again", within: .seconds(60)) {
            try await web.get("/fn/default/brittle/").body == "ok"
        }
    }

    /// What is parked, or is about to be, is replaced as anything else.
    private static func update(_ kubectl: Kubectl, _ web: Web) async throws {
        let next = counter.replacing("${++count}", with: "next ${++count}")
        try await kubectl("apply", "-f", "-", input: Manifests.function("idler", code: next, extra: standby))
        var lost = 0
        try await Eventually.holds("the new version answers") {
            let answer = try await web.get("/fn/default/idler/")
            if answer.status != 200 { lost += 1 }
            return answer.body.hasPrefix("next 1 ")
        }
        #expect(lost == 0)
    }
}
