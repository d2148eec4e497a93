import KubeAPI
import Testing

@testable import KubeServer

/// Requests from within the process.
@Suite(.timeLimit(.minutes(1))) struct LocalTests {
    private static let path = "/api/v1/namespaces/default/configmaps"
    private static let map: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m"]]

    private func body(_ answer: LocalAnswer) throws -> (status: Int, value: JSONValue) {
        guard case .whole(let status, let bytes) = answer else {
            throw Status(code: 0, reason: "", message: "a stream")
        }
        return (status, try JSONReader.parse(bytes))
    }

    @Test func answersAsOverHTTPS() async throws {
        try await TestServer.run { test in
            let made = try body(
                await test.server.answer(
                    "POST", Self.path, contentType: "application/json", body: Self.map.serializedBytes()))
            #expect(made.status == 201)
            for target in [Self.path + "/m", Self.path + "?labelSelector=a%3Db", Self.path + "/none", "/nowhere"] {
                let near = try body(await test.server.answer("GET", target))
                let far = try await test.request("GET", target)
                #expect(near.status == far.code, "\(target)")
                #expect(near.value == far.body, "\(target)")
            }
            let large = [UInt8](repeating: 32, count: 4 << 20)
            #expect(try body(await test.server.answer("POST", Self.path, body: large)).status == 413)
        }
    }

    @Test func aWatchEndsWhenItsReaderLetsGo() async throws {
        try await TestServer.run { test in
            guard case .stream(let status, let chunks) = await test.server.answer("GET", Self.path + "?watch=1") else {
                Issue.record("not a stream")
                return
            }
            #expect(status == 200)
            let reader = Task {
                for try await chunk in chunks { return String(decoding: chunk, as: UTF8.self) }
                return ""
            }
            _ = await test.server.answer(
                "POST", Self.path, contentType: "application/json", body: Self.map.serializedBytes())
            let first = try await reader.value
            #expect(first.hasPrefix(#"{"type":"ADDED""#) && first.hasSuffix("\n"))
        }
    }

    @Test func aStoppedServerEndsItsWatches() async throws {
        try await TestServer.run { test in
            guard case .stream(_, let chunks) = await test.server.answer("GET", Self.path + "?watch=1") else {
                Issue.record("not a stream")
                return
            }
            test.server.store.closeWatches()
            for try await _ in chunks {}  // ends
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct HandoffTests {
    @Test func valuesGoOverInOrder() async {
        let handoff = Handoff<Int>()
        let giver = Task {
            for value in 0..<1000 { await handoff.offer(value) }
            handoff.end()
        }
        var taken: [Int] = []
        while let value = await handoff.take() { taken.append(value) }
        await giver.value
        #expect(taken == Array(0..<1000))
    }

    @Test func bothSidesAreLetGo() async {
        let handoff = Handoff<Int>()
        let taker = Task { await handoff.take() }
        taker.cancel()
        #expect(await taker.value == nil)
        await handoff.offer(1)  // nobody takes it, and nobody waits
        #expect(await handoff.take() == nil)
    }
}
