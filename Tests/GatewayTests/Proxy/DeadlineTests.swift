import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite struct DeadlineTests {
    @Test func aHeadThatDoesNotEndIsA408AndTheConnectionCloses() throws {
        let gateway = try EmbeddedGateway()
        try gateway.send("GET /fn/default/hello HTTP/1.1\r\nHo")
        gateway.advance(9)
        #expect(try gateway.written() == "")
        // Bytes that trickle in do not buy time.
        try gateway.send("st: h\r\nX: ")
        gateway.advance(2)
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("Connection: close"))
        #expect(!gateway.client.isActive)
    }

    @Test func aConnectionWithoutARequestIsClosed() throws {
        let gateway = try EmbeddedGateway()
        gateway.advance(11)
        #expect(!gateway.client.isActive)
        #expect(try gateway.written() == "")
    }

    @Test func betweenRequestsAConnectionIsKeptFor75Seconds() throws {
        let gateway = try EmbeddedGateway()
        try gateway.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try gateway.written().hasPrefix("HTTP/1.1 200 OK\r\n"))
        gateway.advance(74)
        #expect(gateway.client.isActive)
        gateway.advance(2)
        #expect(!gateway.client.isActive)
    }

    @Test func aSandboxThatDoesNotAnswerIsA504AndItsConnectionCloses() throws {
        let gateway = try EmbeddedGateway(timeoutSeconds: 7)
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        gateway.advance(6)
        #expect(try gateway.written() == "")
        gateway.advance(2)
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 504 ") && answer.contains("did not answer within 7 s"))
        #expect(answer.contains("\"function\":\"default/hello\"") && answer.contains("\"sandbox\":\"hello-1\""))
        #expect(!upstream.isActive)
        #expect(gateway.client.isActive)
    }

    @Test func aClientThatStopsSendingItsBodyIsA408() throws {
        let gateway = try EmbeddedGateway(timeoutSeconds: 600)
        try gateway.send("POST /fn/default/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234")
        let (upstream, _) = try gateway.accept()
        #expect(try gateway.written(to: upstream).hasSuffix("\r\n\r\n01234"))
        gateway.advance(59)
        try gateway.send("5")
        gateway.advance(59)
        #expect(gateway.client.isActive)
        gateway.advance(2)
        #expect(try gateway.written().hasPrefix("HTTP/1.1 408 "))
        #expect(!upstream.isActive && !gateway.client.isActive)
    }

    @Test func aBodyThatStopsMidwayEndsBothConnections() throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"))
        gateway.advance(59)
        #expect(gateway.client.isActive)
        gateway.advance(2)
        #expect(!gateway.client.isActive && !upstream.isActive)
    }

    @Test(arguments: [("", 10), ("Keep-Alive: timeout=5\r\n", 4), ("Keep-Alive: timeout=1\r\n", 0)])
    func anIdleUpstreamConnectionGoesBeforeTheSandboxClosesIt(field: String, kept: Int64) throws {
        let gateway = try EmbeddedGateway()
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\(field)\r\n"))
        #expect(upstream.isActive == (kept > 0))
        guard kept > 0 else { return }
        gateway.advance(kept - 1)
        #expect(upstream.isActive)
        gateway.advance(2)
        #expect(!upstream.isActive)
    }
}
