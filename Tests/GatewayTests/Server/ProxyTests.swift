import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    static func request(
        _ method: String = "GET", _ path: String = "/fn/default/hello", fields: String = "", body: String = ""
    ) -> String {
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return "\(method) \(path) HTTP/1.1\r\nHost: example\r\n\(length)\(fields)\r\n\(body)"
    }

    @Test func requestsOfOneClientShareOneUpstreamConnection() async throws {
        try await withProxy(serving: echo) { port in
            try await withConnection(to: port) { client in
                for (path, seen) in [("", "/"), ("/", "/"), ("?q=%20", "/?q=%20"), ("/a%2Fb/?c", "/a%2Fb/?c")] {
                    try await client.write(Self.request("POST", "/fn/default/hello\(path)", body: "hi"))
                    let (head, body) = await client.readMessage()
                    #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                    #expect(body == "0 POST \(seen) HTTP/1.1 hi")
                }
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withProxy(serving: echo) { port in
            try await withConnection(to: port) { client in
                let paths = [
                    "/fn/default/hello/1", "/fn/no/such", "/fn/default/hello/2", "/healthz", "/fn/default/hello/3",
                ]
                try await client.write(paths.map { Self.request("GET", $0) }.joined())
                var seen: [String] = []
                for _ in paths { seen.append(await client.readMessage().head.prefix(12).description) }
                #expect(seen == ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 200"])
            }
        }
    }

    @Test func chunksAndTrailersPassBothWays() async throws {
        let chunked = "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"
        try await withProxy { upstream, _ in
            let head = await upstream.readThrough("\r\n\r\n")
            let body = await upstream.readThrough("X-Sum: 1\r\n\r\n")
            #expect(head.contains("Transfer-Encoding: chunked\r\n") && body == chunked)
            try await upstream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
            _ = await upstream.readToEnd()
        } _: { port in
            try await withConnection(to: port) { client in
                try await client.write(Self.request("POST", fields: "Transfer-Encoding: chunked\r\n"))
                // Byte by byte: nothing depends on where reads end.
                for byte in chunked.utf8 { try await client.write(ByteBuffer(bytes: [byte])) }
                #expect(await client.readThrough("\r\n\r\n").contains("Transfer-Encoding: chunked\r\n"))
                #expect(await client.readThrough("X-Sum: 1\r\n\r\n") == chunked)
            }
        }
    }

    @Test func anOldClientGetsNoChunksAndNoInterimResponse() async throws {
        try await withProxy { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            try await upstream.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n")
            try await upstream.write("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            _ = await upstream.readToEnd()
        } _: { port in
            let answer = try await exchange(with: port, "GET /fn/default/hello HTTP/1.0\r\n\r\n")
            #expect(answer == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde")
        }
    }

    @Test func aBodyWithoutLengthEndsWithTheConnection() async throws {
        try await withProxy { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            try await upstream.write("HTTP/1.0 200 OK\r\n\r\nto the end")
        } _: { port in
            let answer = try await exchange(with: port, Self.request())
            #expect(answer == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end")
        }
    }

    @Test func responsesWithoutBodyLeaveTheConnectionUsable() async throws {
        try await withProxy { upstream, _ in
            for answer in [
                "200 OK\r\nContent-Length: 5\r\n", "204 No Content\r\n", "304 Not Modified\r\nContent-Length: 9\r\n",
            ] {
                _ = await upstream.readThrough("\r\n\r\n")
                try await upstream.write("HTTP/1.1 \(answer)\r\n")
            }
            _ = await upstream.readToEnd()
        } _: { port in
            try await withConnection(to: port) { client in
                for (method, status) in [("HEAD", "200"), ("GET", "204"), ("GET", "304")] {
                    try await client.write(Self.request(method))
                    #expect(await client.readThrough("\r\n\r\n").hasPrefix("HTTP/1.1 \(status) "))
                }
            }
        }
    }

    @Test func continueIsTheSandboxsToSay() async throws {
        try await withProxy { upstream, _ in
            let head = await upstream.readThrough("\r\n\r\n")
            #expect(head.contains("Expect: 100-continue\r\n"))
            try await upstream.write("HTTP/1.1 100 Continue\r\n\r\n")
            let body = String(buffer: await upstream.read(4))
            try await upstream.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\(body)")
            _ = await upstream.readToEnd()
        } _: { port in
            try await withConnection(to: port) { client in
                let fields = "Expect: 100-continue\r\nContent-Length: 4\r\n"
                try await client.write(Self.request("POST", fields: fields))
                #expect(await client.readThrough("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.write("data")
                #expect(await client.readMessage().body == "data")
            }
        }
    }

    @Test func anUpgradeBecomesATunnel() async throws {
        try await withProxy { upstream, _ in
            let head = await upstream.readThrough("\r\n\r\n")
            #expect(head.contains("Connection: Upgrade\r\n") && head.contains("Upgrade: websocket\r\n"))
            try await upstream.write(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst")
            let said = await upstream.readThrough("!")
            try await upstream.write("heard \(said)")
        } _: { port in
            try await withConnection(to: port) { client in
                try await client.write(Self.request(fields: "Connection: Upgrade\r\nUpgrade: websocket\r\n"))
                let head = await client.readThrough("\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 101 ") && head.contains("Upgrade: websocket\r\n"))
                #expect(head.contains("Connection: Upgrade\r\n"))
                #expect(String(buffer: await client.read(5)) == "first")
                try await client.write("raw \u{0} bytes!")
                // The sandbox closes after its answer, and so does the gateway.
                #expect(await client.readToEnd() == "heard raw \u{0} bytes!")
            }
        }
    }
}
