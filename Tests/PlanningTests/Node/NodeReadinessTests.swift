import NestAPI
import Planning
import Testing

/// When a pod says that it can take sandboxes.
@Suite struct NodeReadinessTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var runtimes: [NodeReadiness.Runtime]
        var pool: [ResourcePoolSpec.Runtime] = [.init(name: "nodejs", prewarmed: 2), .init(name: "jvm", prewarmed: 1)]
        var isClosed = false
        let reason: String
        var offered: [String] = ["jvm", "nodejs"]
    }

    private static let node = NodeReadiness.Runtime(name: "nodejs", version: "20", idle: 2)
    private static let jvm = NodeReadiness.Runtime(name: "jvm", version: "17", idle: 1)
    private static let noJava = NodeReadiness.Runtime(name: "jvm", failure: "no java")

    static let rows = [
        Row(testDescription: "all have booted", runtimes: [node, jvm], reason: "SidecarReady"),
        Row(testDescription: "nothing is known", runtimes: [], reason: "RuntimesBooting", offered: []),
        Row(testDescription: "one boots", runtimes: [node, .init(name: "jvm")], reason: "RuntimesBooting"),
        Row(
            testDescription: "one is not booted before it is needed", runtimes: [node, .init(name: "jvm")],
            pool: [.init(name: "nodejs", prewarmed: 2), .init(name: "jvm", prewarmed: 0)], reason: "SidecarReady"),
        Row(testDescription: "one is broken", runtimes: [node, noJava], reason: "SidecarReady", offered: ["nodejs"]),
        Row(
            testDescription: "one is broken and one boots", runtimes: [.init(name: "nodejs"), noJava],
            reason: "RuntimesBooting", offered: ["nodejs"]),
        Row(testDescription: "the only one is broken", runtimes: [noJava], reason: "RuntimeFailed", offered: []),
        Row(
            testDescription: "one that has booted fails now and then",
            runtimes: [node, .init(name: "jvm", version: "17", failure: "an empty host ended")],
            reason: "SidecarReady"),
        Row(testDescription: "the pod ends", runtimes: [node, jvm], isClosed: true, reason: "PodTerminating"),
    ]

    @Test(arguments: rows) func says(row: Row) {
        let readiness = NodeReadiness(row.runtimes, pool: row.pool, isClosed: row.isClosed)
        #expect(readiness.reason == row.reason)
        #expect(readiness.isReady == (row.reason == "SidecarReady"))
        #expect(readiness.runtimes.map(\.name) == row.offered)
    }

    @Test func whatIsWrongIsNamed() {
        let readiness = NodeReadiness([Self.node, Self.noJava], pool: [], isClosed: false)
        #expect(readiness.message == "jvm: no java")
    }
}
