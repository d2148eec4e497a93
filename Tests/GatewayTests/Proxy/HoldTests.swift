import NIOCore
import NIOEmbedded
import NestAPI
import Planning
import Testing

@testable import Gateway

/// Requests that come while their function has no sandbox.
@Suite struct HoldTests {
    static let none = slice(ports: [])

    /// A sandbox's answer.
    static func answer(_ channel: EmbeddedChannel, _ body: String = "") throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try channel.writeInbound(ByteBuffer(string: head + body))
    }

    /// The path that a sandbox is asked for.
    static func path(_ text: String) -> String { String(text.split(separator: " ").dropFirst().first ?? "") }

    @Test func aRequestWaitsAndIsForwardedWhole() throws {
        let gateway = try EmbeddedGateway(Self.none)
        try gateway.send("POST /fn/default/hello/x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234")
        gateway.advance(5)
        #expect(try gateway.written() == "" && gateway.connector.waiting == 0)
        gateway.update(slice(ports: [1]))
        let (upstream, _) = try gateway.accept()
        let sent = try gateway.written(to: upstream)
        #expect(sent.hasPrefix("POST /x HTTP/1.1\r\n") && sent.hasSuffix("\r\n\r\n01234"))
        try gateway.send("56789")
        #expect(try gateway.written(to: upstream) == "56789")
        try Self.answer(upstream, "done")
        #expect(try gateway.written().hasSuffix("\r\n\r\ndone"))
        #expect(gateway.loop.quota.total == (0, 0))
    }

    /// The client is not read: what it sends stays in the kernel.
    @Test func aBodyIsNotReadWhileItsRequestWaits() throws {
        let gateway = try EmbeddedGateway(Self.none)
        let before = gateway.clientReads.count
        try gateway.send("POST /fn/default/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n0")
        #expect(gateway.clientReads.count == before)
        gateway.update(slice(ports: [1]))
        _ = try gateway.accept()
        #expect(gateway.clientReads.count > before)
    }

    @Test func theTimeOfTheAnswerCountsFromTheSandbox() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], timeoutSeconds: 5))
        try gateway.get()
        gateway.advance(20)
        gateway.update(slice(ports: [1], timeoutSeconds: 5))
        let (upstream, _) = try gateway.accept()
        gateway.advance(4)
        #expect(try gateway.written() == "")
        try Self.answer(upstream)
        #expect(try gateway.written().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func theyAreForwardedInTheOrderInWhichTheyCame() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], concurrency: 1))
        let clients = try (0..<5).map { try gateway.get(path: "\($0)") }
        gateway.update(slice(ports: [1], concurrency: 1))
        let (upstream, _) = try gateway.accept()
        var seen: [String] = []
        for _ in clients {
            seen.append(Self.path(try gateway.written(to: upstream)))
            try Self.answer(upstream)
        }
        #expect(seen == (0..<5).map { "/\($0)" })
        #expect(gateway.connector.waiting == 0)
    }

    /// Order: who comes while others wait goes behind them, though there is a sandbox.
    @Test func whoComesLaterGoesBehind() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], concurrency: 1))
        let early = try (0..<2).map { try gateway.get(path: "\($0)") }
        gateway.update(slice(ports: [1], concurrency: 1))
        let late = try gateway.get(path: "late")
        #expect(gateway.connector.waiting == 1)
        let (upstream, _) = try gateway.accept()
        var seen: [String] = []
        for _ in early + [late] {
            seen.append(Self.path(try gateway.written(to: upstream)))
            try Self.answer(upstream)
        }
        #expect(seen == ["/0", "/1", "/late"])
    }

    @Test func aThousandAreSpreadOverSandboxesAsTheyCome() throws {
        let gateway = try EmbeddedGateway(Self.none)
        let clients = try (0..<1000).map { try gateway.get(path: "\($0)") }
        gateway.update(slice(ports: [1]))
        #expect(gateway.connector.waiting == BacklogSpread.first)
        gateway.update(slice(ports: [1, 2, 3, 4]))
        #expect(gateway.connector.waiting == 4 * BacklogSpread.first)
        // Sandboxes that answer get the next; those that are slow get more in time all the same. None is sent twice.
        var (upstreams, paths): ([EmbeddedChannel], [String]) = ([], [])
        for round in 0..<20 {
            while gateway.connector.waiting > 0 { upstreams.append(try gateway.accept().channel) }
            for upstream in upstreams {
                let sent = try gateway.written(to: upstream)
                guard !sent.isEmpty else { continue }
                paths.append(Self.path(sent))
                if round % 2 == 0 { try Self.answer(upstream) }
            }
            gateway.advance(milliseconds: 100)
        }
        #expect(paths.count == 1000 && Set(paths).count == 1000)
        #expect(gateway.loop.quota.total == (0, 0))
        _ = clients
    }

    @Test func aSandboxWithALimitGetsNoMoreThanThatAtFirst() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], concurrency: 3))
        let clients = try (0..<20).map { try gateway.get(path: "\($0)") }
        gateway.update(slice(ports: [1], concurrency: 3))
        #expect(gateway.connector.waiting == 3)
        gateway.update(slice(ports: [1, 2], concurrency: 3))
        #expect(gateway.connector.waiting == 6)
        _ = clients
    }

    // MARK: Bounds

    private static func bounded(_ set: (inout HoldLedger.Limits) -> Void) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(eventLoops: 1)
        set(&configuration.limits.held)
        return configuration
    }

    @Test(arguments: [
        (bounded { $0.requestsOfFunction = 2 }, "waiting-requests-of-function", 2),
        (bounded { $0.requests = 2 }, "waiting-requests", 2),
        (bounded { $0.bytes = 600 }, "waiting-bytes", 600),
    ])
    func overABoundTheAnswerNamesIt(configuration: GatewayConfiguration, bound: String, limit: Int) throws {
        let gateway = try EmbeddedGateway(Self.none, configuration: configuration)
        let waiting = try (0..<2).map { try gateway.get(path: "\($0)") }
        let late = try gateway.get(
            path: "late", bound == "waiting-bytes" ? "X: \(String(repeating: "x", count: 300))\r\n" : "")
        let answer = try gateway.written(to: late)
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 1\r\n"), "\(answer)")
        #expect(answer.contains("too-many-waiting") && answer.contains("\"bound\":\"\(bound)\",\"limit\":\(limit)"))
        #expect(late.isActive)
        // A place that becomes free is there for the next.
        try waiting[0].close().wait()
        let next = try gateway.get(path: "next")
        #expect(try gateway.written(to: next) == "" && gateway.loop.quota.total.requests == 2)
    }

    @Test func aClientThatGoesFreesItsPlace() throws {
        let gateway = try EmbeddedGateway(Self.none)
        let clients = try (0..<3).map { try gateway.get(path: "\($0)") }
        try clients[1].close().wait()
        #expect(gateway.loop.quota.total.requests == 2)
        gateway.update(slice(ports: [1]))
        #expect(gateway.connector.waiting == 2)
        for path in ["/0", "/2"] {
            let (upstream, _) = try gateway.accept()
            #expect(Self.path(try gateway.written(to: upstream)) == path)
        }
        #expect(gateway.loop.quota.total == (0, 0))
    }

    // MARK: The end of the wait

    @Test func theWaitEndsWithTheStartLimitAndSaysWhy() throws {
        let trouble = EndpointsTrouble(reason: "LoadError", message: "Cannot find module 'x'")
        let gateway = try EmbeddedGateway(slice(ports: [], startSeconds: 7))
        try gateway.get()
        gateway.update(slice(ports: [], startSeconds: 7, trouble: trouble))
        gateway.advance(6)
        #expect(try gateway.written() == "")
        gateway.advance(2)
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 1"), "\(answer)")
        #expect(answer.contains("no ready sandbox within 7 s. LoadError: Cannot find module 'x'"), "\(answer)")
        // The connection lives on.
        try gateway.get()
        gateway.update(slice(ports: [1]))
        let (upstream, _) = try gateway.accept()
        try Self.answer(upstream)
        #expect(try gateway.written().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func whoseSandboxesAreBusyAllTheTimeIsToldSo() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], startSeconds: 1, concurrency: 1))
        let clients = try (0..<60).map { try gateway.get(path: "\($0)") }
        gateway.update(slice(ports: [1], startSeconds: 1, concurrency: 1))
        gateway.advance(2)
        #expect(gateway.connector.waiting == 1 + BacklogSpread.waiting)
        let answer = try gateway.written(to: clients[59])
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("sandboxes-busy"), "\(answer)")
    }

    @Test func noneWaitsInVain() throws {
        let gateway = try EmbeddedGateway(slice(ports: [], holds: false))
        try gateway.get()
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("no-ready-sandbox"), "\(answer)")
    }

    @Test(arguments: [(slice(ports: [], holds: false), "HTTP/1.1 503 "), (nil, "HTTP/1.1 404 ")])
    func whoseFunctionWillHaveNoneIsAnsweredAtOnce(change: SandboxEndpoints?, status: String) throws {
        let gateway = try EmbeddedGateway(Self.none)
        let clients = try (0..<3).map { try gateway.get(path: "\($0)") }
        gateway.update(change)
        for client in clients { #expect(try gateway.written(to: client).hasPrefix(status)) }
        #expect(gateway.loop.quota.total == (0, 0))
    }

    @Test func aGatewayThatStopsAnswersThoseWhoWait() throws {
        let gateway = try EmbeddedGateway(Self.none)
        try gateway.get()
        let drained = gateway.loop.drain()
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("gateway-stopping"), "\(answer)")
        #expect(answer.contains("Connection: close"))
        gateway.advance(3)
        try drained.wait()
    }

    // MARK: Protocols

    @Test func anUpgradeWaitsToo() throws {
        let gateway = try EmbeddedGateway(Self.none)
        try gateway.get("Connection: Upgrade\r\nUpgrade: websocket\r\n")
        gateway.update(slice(ports: [1]))
        let (upstream, _) = try gateway.accept()
        #expect(try gateway.written(to: upstream).contains("Upgrade: websocket\r\n"))
        try upstream.writeInbound(
            ByteBuffer(
                string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi"))
        #expect(try gateway.written().hasSuffix("\r\n\r\nhi"))
        try gateway.send("raw")
        #expect(try gateway.written(to: upstream) == "raw")
    }

    @Test func pipelinedRequestsWaitOneAfterTheOther() throws {
        let gateway = try EmbeddedGateway(Self.none)
        try gateway.send((0..<3).map { "GET /fn/default/hello/\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        #expect(gateway.loop.quota.total.requests == 1)
        gateway.update(slice(ports: [1]))
        let (upstream, _) = try gateway.accept()
        for number in 0..<3 {
            #expect(Self.path(try gateway.written(to: upstream)) == "/\(number)")
            try Self.answer(upstream, "\(number)")
        }
        let answers = try gateway.written()
        #expect(answers.split(separator: "\r\n\r\n").dropFirst().compactMap(\.first) == ["0", "1", "2"])
    }
}
