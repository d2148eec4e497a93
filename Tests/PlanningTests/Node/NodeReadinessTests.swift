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
        var layers = LayerPreload.State.nothing
        let reason: String
        var offered: [String] = ["jvm", "nodejs"]
    }

    private static let node = NodeReadiness.Runtime(name: "nodejs", version: "20", idle: 2)
    private static let jvm = NodeReadiness.Runtime(name: "jvm", version: "17", idle: 1)
    private static let noJava = NodeReadiness.Runtime(name: "jvm", failure: "no java")

    private static func node(_ isDone: Bool, _ failure: String? = nil) -> NodeReadiness.Runtime {
        .init(name: "nodejs", version: "20", idle: 2, preload: .init(isDone: isDone, failure: failure))
    }

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
        Row(
            testDescription: "layers are being fetched", runtimes: [node, jvm], layers: .fetching, reason: "Preloading"),
        Row(
            testDescription: "a layer cannot be had", runtimes: [node, jvm], layers: .failed("x: HTTP 404"),
            reason: "PreloadFailed"),
        Row(
            testDescription: "hosts load the layers", runtimes: [node(false), jvm], layers: .fetched,
            reason: "Preloading"),
        Row(
            testDescription: "hosts cannot load the layers", runtimes: [node(false, "killed"), jvm], layers: .fetched,
            reason: "PreloadFailed"),
        Row(
            testDescription: "hosts have loaded them", runtimes: [node(true), jvm], layers: .fetched,
            reason: "SidecarReady"),
        Row(
            testDescription: "they did, and now and then one fails", runtimes: [node(true, "killed"), jvm],
            layers: .fetched, reason: "SidecarReady"),
        Row(
            testDescription: "who keeps no hosts has none that load them", runtimes: [node(false), jvm],
            pool: [.init(name: "nodejs", prewarmed: 0), .init(name: "jvm", prewarmed: 1)], layers: .fetched,
            reason: "SidecarReady"),
        Row(
            testDescription: "one is broken, and the others have them", runtimes: [node(true), noJava],
            layers: .fetched,
            reason: "SidecarReady", offered: ["nodejs"]),
        Row(testDescription: "the pod ends", runtimes: [node, jvm], isClosed: true, reason: "PodTerminating"),
    ]

    @Test(arguments: rows) func says(row: Row) {
        let readiness = NodeReadiness(row.runtimes, pool: row.pool, layers: row.layers, isClosed: row.isClosed)
        #expect(readiness.reason == row.reason)
        #expect(readiness.isReady == (row.reason == "SidecarReady"))
        #expect(readiness.runtimes.map(\.name) == row.offered)
    }

    @Test func whatIsWrongIsNamed() {
        let readiness = NodeReadiness([Self.node, Self.noJava], pool: [], isClosed: false)
        #expect(readiness.message == "jvm: no java")
        let pool = [ResourcePoolSpec.Runtime(name: "nodejs")]
        let fetched = NodeReadiness([Self.node], pool: pool, layers: .failed("http://x: HTTP 404"), isClosed: false)
        #expect(fetched.message == "http://x: HTTP 404")
        let loaded = NodeReadiness([Self.node(false, "killed")], pool: pool, layers: .fetched, isClosed: false)
        #expect(loaded.message == "nodejs: the layers were not preloaded: killed")
    }
}
