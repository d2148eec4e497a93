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

    private static let pod: JSONValue = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"], "spec": ["containers": [["name": "c"]]],
    ]
    private static let log = "/api/v1/namespaces/default/pods/p/log?follow=true"

    /// Logs that go on for as long as they are wanted.
    private static func endlessLogs(_ configuration: inout KubeServerConfiguration) {
        configuration.podLogs = { _ in
            { isWanted, send in
                try await send(Array("line\n".utf8))
                while isWanted() { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    @Test func aStoppedServerEndsItsLogs() async throws {
        try await TestServer.run(adjust: Self.endlessLogs) { test in
            #expect(try await test.request("POST", "/api/v1/namespaces/default/pods", Self.pod).code == 201)
            guard case .stream(200, let chunks) = await test.server.answer("GET", Self.log) else {
                Issue.record("not a stream")
                return
            }
            var isFirst = true
            for try await _ in chunks {
                if isFirst { test.server.store.closeWatches() }
                isFirst = false
            }
            #expect(!isFirst)
        }
    }

    /// Its head alone has no end to wait for, whatever is asked of it.
    @Test func theHeadOfALogHasNoText() async throws {
        try await TestServer.run(adjust: Self.endlessLogs) { test in
            #expect(try await test.request("POST", "/api/v1/namespaces/default/pods", Self.pod).code == 201)
            guard case .whole(200, let body) = await test.server.answer("HEAD", Self.log) else {
                Issue.record("it goes on")
                return
            }
            #expect(body.isEmpty)
            let far = try await test.request("HEAD", Self.log)
            #expect(far.code == 200)
            #expect(status(await test.server.answer("HEAD", Self.log.replacing("/p/", with: "/q/"))) == 404)
        }
    }

    private func status(_ answer: LocalAnswer) -> Int {
        switch answer {
        case .whole(let status, _), .stream(let status, _): status
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
