import NIOCore
import NIOEmbedded
import Planning
import Testing

@testable import Gateway

@Suite struct FlowTests {
    @Test func aSlowClientHoldsUpTheSandbox() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, reads) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0"))
        let before = reads.count
        gateway.client.isWritable = false
        try upstream.writeInbound(ByteBuffer(string: "1"))
        #expect(reads.count == before)
        gateway.client.isWritable = true
        gateway.client.pipeline.fireChannelWritabilityChanged()
        #expect(reads.count == before + 1)
    }

    @Test func aSlowSandboxHoldsUpTheClient() throws {
        let gateway = try EmbeddedGateway()
        try gateway.send("POST /fn/default/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        let (upstream, _) = try gateway.accept()
        let before = gateway.clientReads.count
        upstream.isWritable = false
        try gateway.send("0")
        #expect(gateway.clientReads.count == before)
        upstream.isWritable = true
        upstream.pipeline.fireChannelWritabilityChanged()
        #expect(gateway.clientReads.count == before + 1)
    }

    @Test func aBodyWaitsInTheKernelUntilThereIsAConnection() throws {
        let gateway = try EmbeddedGateway()
        let before = gateway.clientReads.count
        try gateway.send("POST /fn/default/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n0")
        #expect(gateway.clientReads.count == before)
        _ = try gateway.accept()
        #expect(gateway.clientReads.count > before)
    }

    @Test func readingStopsWhenTheNextRequestHasBegunToArrive() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        let before = gateway.clientReads.count
        try gateway.get()
        #expect(gateway.clientReads.count == before)
        #expect(try gateway.written(to: upstream).components(of: "GET /") == 1)
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        #expect(try gateway.written(to: upstream).components(of: "GET /") == 1)
        #expect(gateway.clientReads.count > before)
    }

    @Test func aFailedConnectTriesAnotherSandboxAndThenSaysWhich() throws {
        let gateway = try EmbeddedGateway(ports: [1, 2, 3])
        try gateway.get()
        gateway.connector.next().fail(ChannelError.connectTimeout(.seconds(1)))
        #expect(gateway.connector.waiting == 1)
        gateway.connector.next().fail(ChannelError.connectTimeout(.seconds(1)))
        #expect(gateway.connector.waiting == 0)
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 502 ") && answer.contains("no answer within 1 s"))
        // The connection lives on, and so does the function.
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        #expect(try gateway.written().hasPrefix("HTTP/1.1 204 No Content\r\n"))
    }

    @Test func aClientThatLeavesTakesItsRequestAlong() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try gateway.client.close().wait()
        #expect(!upstream.isActive)
        #expect(gateway.loop.isEmpty && gateway.loop.upstreamCount == 0)
    }

    @Test func aConnectionThatComesTooLateServesTheNext() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        try gateway.client.close().wait()
        let (upstream, _) = try gateway.accept()
        #expect(upstream.isActive && gateway.loop.upstreamCount == 1)
        #expect(try gateway.written(to: upstream) == "")
    }

    @Test func bytesThatNoOneAskedForEndAKeptConnection() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        #expect(upstream.isActive)
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 200 OK\r\n"))
        #expect(!upstream.isActive)
    }

    @Test func anEndpointThatIsGoneKeepsNoConnection() throws {
        let gateway = try EmbeddedGateway(ports: [1])
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        gateway.loop.update(table: RoutingTable())
        gateway.advance(2)
        #expect(!upstream.isActive)
        try gateway.get()
        #expect(try gateway.written().contains("HTTP/1.1 404 "))
    }

    @Test func beforeTheFunctionsAreKnownTheAnswerIs503() throws {
        let loop = EmbeddedEventLoop()
        let gateway = GatewayLoop(
            eventLoop: loop, configuration: .init(eventLoops: 1), connector: EmbeddedGateway.Connector(), table: nil)
        let client = EmbeddedChannel(handler: ClientConnection(loop: gateway), loop: loop)
        try client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 9)).wait()
        try client.writeInbound(ByteBuffer(string: "GET /fn/default/hello HTTP/1.1\r\nHost: h\r\n\r\n"))
        let answer = try client.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
        #expect(answer?.hasPrefix("HTTP/1.1 503 ") == true)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
