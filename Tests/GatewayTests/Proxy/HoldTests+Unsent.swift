import NIOCore
import NIOEmbedded
import Planning
import Testing

@testable import Gateway

/// What could not be sent, because no one was there to connect to.
extension HoldTests {
    /// A process has ended, and the table does not say so yet.
    @Test func aRefusedRequestWaitsForTheNextSandbox() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1]))
        try gateway.get()
        gateway.refuse()
        #expect(try gateway.written() == "" && gateway.connector.waiting == 0)
        gateway.update(slice(ports: []))
        gateway.update(slice(ports: [2]))
        let (upstream, _) = try gateway.accept()
        try Self.answer(upstream)
        #expect(try gateway.written().hasPrefix("HTTP/1.1 200 "))
    }

    /// The process comes back where it was, and the table never changes.
    @Test func aSandboxThatRefusedIsTriedWithOneRequestAtATime() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1]))
        let clients = try (0..<3).map { try gateway.get(path: "\($0)") }
        #expect(gateway.connector.waiting == 3)
        for _ in clients { gateway.refuse() }
        #expect(gateway.connector.waiting == 0)
        for _ in 0..<3 {
            gateway.advance(milliseconds: 100)
            #expect(gateway.connector.waiting == 1)
            gateway.refuse()
        }
        gateway.advance(milliseconds: 100)
        let (first, _) = try gateway.accept()
        #expect(Self.path(try gateway.written(to: first)) == "/0")
        #expect(gateway.connector.waiting == 2)
        for path in ["/1", "/2"] {
            let (upstream, _) = try gateway.accept()
            #expect(Self.path(try gateway.written(to: upstream)) == path)
        }
    }

    @Test func whoIsRefusedToTheEndIsToldSo() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1], startSeconds: 2))
        try gateway.get()
        for _ in 0..<30 {
            if gateway.connector.waiting > 0 { gateway.refuse() }
            gateway.advance(milliseconds: 100)
        }
        let answer = try gateway.written()
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("connection refused"), "\(answer)")
    }

    /// What was sent is never sent again: the sandbox may have run it.
    @Test func aSandboxThatDiesAfterTheConnectIsNotAskedTwice() throws {
        let gateway = try EmbeddedGateway(Self.none)
        try gateway.get()
        gateway.update(slice(ports: [1, 2]))
        let (upstream, _) = try gateway.accept()
        #expect(try gateway.written(to: upstream).hasPrefix("GET / "))
        try upstream.close().wait()
        #expect(gateway.connector.waiting == 0)
        #expect(try gateway.written().hasPrefix("HTTP/1.1 502 "))
        gateway.update(slice(ports: [3]))
        #expect(gateway.connector.waiting == 0)
    }

    /// All its connections close at once: whoever connected before the socket goes would wait for no one.
    @Test func whoseKeptConnectionEndsWithItsProcessWaitsForTheNextSandbox() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1]))
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        try Self.answer(upstream)
        try gateway.get()
        _ = try gateway.written()
        try upstream.close().wait()
        let late = try gateway.get(path: "late")
        gateway.advance(milliseconds: 20)
        #expect(gateway.connector.waiting == 0)
        gateway.update(slice(ports: [2]))
        for path in ["/", "/late"] {
            let (next, _) = try gateway.accept()
            #expect(Self.path(try gateway.written(to: next)) == path)
            try Self.answer(next)
        }
        #expect(
            try gateway.written().hasPrefix("HTTP/1.1 200 ") && gateway.written(to: late).hasPrefix("HTTP/1.1 200 "))
    }

    @Test func aSandboxThatClosesOneConnectionOfManyIsAskedOn() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1]))
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        let other = try gateway.get(path: "other")
        let (second, _) = try gateway.accept()
        try Self.answer(second)
        try Self.answer(upstream)
        try gateway.get()
        _ = try gateway.written()
        try upstream.close().wait()
        #expect(gateway.connector.waiting == 0)
        gateway.advance(milliseconds: 25)
        #expect(gateway.connector.waiting == 1)
        let (third, _) = try gateway.accept()
        try Self.answer(third)
        #expect(
            try gateway.written().hasPrefix("HTTP/1.1 200 ") && gateway.written(to: other).hasPrefix("HTTP/1.1 200 "))
    }
}
