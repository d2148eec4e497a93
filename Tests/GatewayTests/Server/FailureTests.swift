import NIOCore
import Planning
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    /// A port on which no one listens.
    static func deadPort() async throws -> Int {
        try await withListener { _, _ in
        } _: {
            $0
        }
    }

    @Test func everyFailureSaysWhichThingFailed() async throws {
        let dead = try await Self.deadPort()
        let cases: [(RoutingTable, String, String, [String])] = [
            (table(ports: []), "/fn/default/hello", "503", ["no-ready-sandbox", "Retry-After: 1", "default/hello"]),
            (table(ports: []), "/fn/default/nope", "404", ["unknown-function", "default/nope"]),
            (table(ports: []), "/elsewhere", "404", ["no-such-path"]),
            (
                table(ports: [dead]), "/fn/default/hello", "502",
                ["connect-failed", "hello-\(dead)", "connection refused"]
            ),
        ]
        for (table, path, status, parts) in cases {
            try await withGateway(table) { port in
                let answer = try await exchange(
                    with: port, ProxyTests.request("GET", path, fields: "Connection: close\r\n"))
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                #expect(answer.contains("Content-Type: application/problem+json\r\n"))
                for part in parts { #expect(answer.contains(part), "\(answer)") }
            }
        }
    }

    @Test func aDeadSandboxBesideALiveOneIsNotNoticed() async throws {
        let dead = try await Self.deadPort()
        try await withListener(serving: echo) { live in
            try await withGateway(table(ports: [dead, live])) { port in
                try await withConnection(to: port) { client in
                    for _ in 0..<40 {
                        try await client.write(ProxyTests.request("POST", body: "x"))
                        #expect(await client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("", "502", "sandbox-closed-connection"), ("HTTP/1.1 20", "502", "sandbox-closed-connection"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "502", "malformed-response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "502", "malformed-response"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "502", "malformed-response"),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "502", "malformed-response"),
    ])
    func aSandboxThatSendsNoAnswer(bytes: String, status: String, type: String) async throws {
        try await withProxy { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            if !bytes.isEmpty { try await upstream.write(bytes) }
        } _: { port in
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request())
                let (head, body) = await client.readMessage()
                #expect(head.hasPrefix("HTTP/1.1 \(status) ") && body.contains(type), "\(body)")
                #expect(head.field("Connection") == nil)
            }
        }
    }

    @Test(arguments: ["Content-Length: 10\r\n\r\n0123", "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"])
    func anAnswerCutShortIsCutShortForTheClientToo(rest: String) async throws {
        try await withProxy { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            try await upstream.write("HTTP/1.1 200 OK\r\n\(rest)")
        } _: { port in
            let answer = try await exchange(with: port, ProxyTests.request())
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && !answer.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    /// The upstream answers the first request of its first connection, then closes it when the second comes.
    @Sendable static func closesOnSecond(_ upstream: RawConnection, _ number: Int) async throws {
        guard number == 0 else { return try await echo(upstream, number) }
        _ = await upstream.readMessage()
        try await upstream.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        _ = await upstream.readThrough("\r\n\r\n")
    }

    @Test(arguments: [("GET", "", "200"), ("PUT", "", "200"), ("POST", "", "502"), ("PUT", "body", "502")])
    func aClosedKeptConnectionIsReplacedOnlyForWhatMayRunTwice(
        method: String, body: String, status: String
    ) async throws {
        try await withProxy(serving: Self.closesOnSecond) { port in
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request())
                #expect(await client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
                try await client.write(ProxyTests.request(method, body: body))
                #expect(await client.readMessage().head.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func aSandboxThatIsTooSlowIsCutOff() async throws {
        try await withProxy(timeoutSeconds: 1) { upstream, _ in
            _ = await upstream.readToEnd()
        } _: { port in
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request())
                let (head, body) = await client.readMessage()
                #expect(head.hasPrefix("HTTP/1.1 504 ") && body.contains("did not answer within 1 s"))
            }
        }
    }

    @Test(arguments: HostileRequests.all)
    func hostileBytesAreRefusedTheConnectionClosedAndNothingForwarded(text: String, status: Int) async throws {
        let reached = Mutex(0)
        try await withProxy { _, _ in
            reached.withLock { $0 += 1 }
        } _: { port in
            let text = text.replacing("/fn/a/b", with: "/fn/default/hello")
            let answer = try await exchange(with: port, text + "GET /fn/default/hello HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.debugDescription): \(answer)")
            #expect(answer.contains("Connection: close\r\n"))
            #expect(answer.components(of: "Content-Length:") == 1)
        }
        #expect(reached.withLock { $0 } == 0)
    }

    @Test(arguments: ["0x5\r\nhello\r\n", "_\r\n", "\r\n", "5\r\nhelloX\r\n", "5\nhello\r\n"])
    func aMalformedBodyNeverBecomesAWholeRequest(body: String) async throws {
        try await withProxy { upstream, _ in
            let seen = await upstream.readToEnd()
            #expect(!seen.contains("\r\n0\r\n\r\n"))
        } _: { port in
            let head = ProxyTests.request("POST", fields: "Transfer-Encoding: chunked\r\n")
            let answer = try await exchange(with: port, head + body + "0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("Connection: close\r\n"))
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
