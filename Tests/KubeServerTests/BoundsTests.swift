import KubeAPI
import Testing

@testable import KubeServer

/// What a few megabytes of hostile input may come to.
@Suite(.timeLimit(.minutes(1))) struct BoundsTests {
    private static func copy(_ from: String, _ path: String) -> JSONValue {
        ["op": "copy", "from": .string(from), "path": .string(path)]
    }

    @Test(arguments: [
        // Each copies the whole into itself: one deeper every time.
        ("deep", JSONValue.array(Array(repeating: copy("/spec", "/spec/a"), count: 5000))),
        // Each doubles what is there.
        ("large", .array((0..<60).map { copy("/spec", $0.isMultiple(of: 2) ? "/spec/a" : "/spec/b") })),
        (
            "many",
            .array(Array(repeating: ["op": "test", "path": "/spec/x", "value": "x"] as JSONValue, count: 10_001))
        ),
    ])
    func aPatchIsBounded(_ name: String, _ patch: JSONValue) {
        let target: JSONValue = ["spec": ["x": "x"]]
        #expect(throws: JSONPatch.Failure.self, "\(name)") { try JSONPatch.apply(patch, to: target) }
    }

    private static func nested(_ depth: Int) -> JSONValue {
        (0..<depth).reduce(JSONValue.string("x")) { inner, _ in ["a": inner] }
    }

    private static func pod(_ name: String, depth: Int) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
            "spec": ["containers": [["name": "c", "image": "i"]], "x": nested(depth)],
        ]
    }

    /// An object that lists and events could not wrap any more would blind whoever reads them.
    @Test func anObjectIsNotDeeperThanItsReadersBear() async throws {
        let pods = "/api/v1/namespaces/default/pods"
        try await TestServer.run { test in
            let fine = try await test.request("POST", pods, Self.pod("fine", depth: 150))
            let deep = try await test.request("POST", pods, Self.pod("deep", depth: 220))
            let list = try await test.request("GET", pods)
            #expect(fine.code == 201 && deep.code == 413 && list.code == 200)
        }
    }

    @Test func duplicatesAreToldBriefly() throws {
        let key = String(repeating: "k", count: 100_000)
        let text = "{\"\(key)\":{" + Array(repeating: "\"a\":1", count: 10_000).joined(separator: ",") + "}}"
        let read = try JSONReader.parseReportingDuplicates(text.utf8)
        #expect(read.duplicates.count == 100)
        #expect(read.duplicates.allSatisfy { $0.count <= 1000 })
    }

    @Test func pathsStayReadable() {
        let long = String(repeating: "k", count: 100_000)
        var path = ""
        for _ in 0..<1000 { path = FieldPath.member(path, long) }
        #expect(path.utf8.count < 3000)
    }

    /// What is read once must equal what is read again: a whole double is written without a fraction.
    @Test(arguments: ["3.0", "1e2", "-0.0", "9007199254740993", "1.5", "1e300"])
    func numbersAreReadAsTheyAreWritten(_ text: String) throws {
        let value = try JSONReader.parse(text.utf8)
        #expect(try JSONReader.parse(value.serializedBytes()) == value)
    }

    @Test func noTimeIsTooLongAgo() {
        #expect(Timestamp.now().adding(seconds: -1e30) < Timestamp.now())
        #expect(Timestamp.now().adding(seconds: 1e30) > Timestamp.now())
    }
}
