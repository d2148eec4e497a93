import Foundation
import KubeAPI
import Logging
import NIOCore
import NIOEmbedded
import NestAPI
import Planning
import Testing

@testable import Gateway

/// What a gateway tells of its load.
@Suite(.timeLimit(.minutes(1))) struct ReadingsTests {
    private static let hello = ObjectKey(namespace: "default", name: "hello")

    // MARK: What is counted

    @Test func concurrencyIsTheMeanOfTheIntervalAndNotASample() throws {
        let gateway = try EmbeddedGateway(slice(ports: [1]))
        try gateway.get()
        let (upstream, _) = try gateway.accept()
        gateway.advance(milliseconds: 250)
        try upstream.writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        gateway.advance(milliseconds: 750)
        #expect(
            gateway.loop.takeSamples() == [LoadSample(key: Self.hello, concurrency: 0.25, requests: 1, waiting: 0)])
        // What has had nothing is said once more, as 0, and then not.
        gateway.advance(1)
        #expect(gateway.loop.takeSamples() == [LoadSample(key: Self.hello, concurrency: 0, requests: 0, waiting: 0)])
        gateway.advance(1)
        #expect(gateway.loop.takeSamples() == [])
    }

    @Test func whoWaitsIsCountedAndWhoIsInProgressGoesOn() throws {
        let gateway = try EmbeddedGateway(slice(ports: []))
        let clients = try (0..<3).map { try gateway.get(path: "\($0)") }
        gateway.advance(1)
        #expect(gateway.loop.takeSamples() == [LoadSample(key: Self.hello, concurrency: 3, requests: 3, waiting: 3)])
        gateway.update(slice(ports: [1]))
        gateway.advance(1)
        #expect(gateway.loop.takeSamples() == [LoadSample(key: Self.hello, concurrency: 3, requests: 0, waiting: 0)])
        #expect(gateway.loop.presentSamples().map(\.concurrency) == [3])
        try clients[0].close().wait()
        #expect(gateway.loop.presentSamples(of: [Self.hello]).map(\.concurrency) == [2])
    }

    @Test func thatThereIsNoSandboxIsSaidAtOnceAndAgainAfterATenthOfASecond() throws {
        let gateway = try EmbeddedGateway(slice(ports: []))
        let said = Said()
        gateway.loop.onUrgency = { said.append($0) }
        var clients = try (0..<10).map { try gateway.get(path: "\($0)") }
        #expect(said.keys == [Self.hello])
        gateway.advance(milliseconds: 200)
        #expect(said.keys == [Self.hello, Self.hello])
        gateway.advance(2)
        #expect(said.keys.count == 2)
        clients.append(try gateway.get(path: "late"))
        #expect(said.keys.count == 3)
    }

    private final class Said: @unchecked Sendable {
        // An embedded event loop runs on the test's thread.
        private(set) var keys: [ObjectKey] = []
        func append(_ key: ObjectKey) { keys.append(key) }
    }

    @Test func loopsAddUp() {
        func sample(_ name: String, _ concurrency: Double) -> LoadSample {
            LoadSample(
                key: ObjectKey(namespace: "default", name: name), concurrency: concurrency, requests: 1, waiting: 2)
        }
        let merged = [[sample("a", 1), sample("b", 2)], [sample("a", 0.5)]].merged().sorted {
            $0.key.name < $1.key.name
        }
        #expect(merged.map(\.concurrency) == [1.5, 2] && merged.map(\.requests) == [2, 1])
    }

    // MARK: How it is told

    @Test func aLineIsJSON() throws {
        let reading = GatewayReading(
            gateway: "g-1", seconds: 1.002,
            functions: [
                .init(namespace: "default", name: "a", concurrency: 1.25, requests: 12, waiting: 0),
                .init(namespace: "n", name: "b", concurrency: 0.000001, requests: 0, waiting: 7),
            ])
        for reading in [reading, GatewayReading(gateway: "g", seconds: 0, functions: [])] {
            var line = ByteBuffer()
            ReadingLine.write(reading, into: &line)
            let text = String(buffer: line)
            #expect(text.hasSuffix("}\n") && !text.dropLast().contains("\n"))
            #expect(try JSONDecoder().decode(GatewayReading.self, from: Data(text.utf8)) == reading)
            var chunk = ByteBuffer()
            ReadingLine.writeChunk(reading, into: &chunk)
            #expect(String(buffer: chunk) == "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
        }
    }

    private static let request = "GET /readings HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer word\r\n\r\n"

    @Test(arguments: [
        (request, 200), (request.replacing("Bearer word", with: "bearer word"), 200),
        (request.replacing("word", with: "wor"), 401), (request.replacing("word", with: "words"), 401),
        (request.replacing("Bearer word", with: "Basic word"), 401),
        (request.replacing("Authorization", with: "X"), 401),
        (request.replacing("\r\n\r\n", with: "\r\nAuthorization: Bearer word\r\n\r\n"), 401),
        (request.replacing("/readings", with: "/"), 404), (request.replacing("GET", with: "HEAD"), 405),
        (request.replacing("Host: h", with: "Host : h"), 400),
    ])
    func onlyWhoShowsTheTokenReads(request: String, status: Int) {
        let buffer = ByteBuffer(string: request)
        #expect(ReadingsRequest.status(buffer, length: request.utf8.count, token: Array("word".utf8)) == status)
        let toNobody = ReadingsRequest.status(buffer, length: request.utf8.count, token: [])
        #expect(toNobody == (status == 400 ? 400 : 401))
    }

    private static func reader(_ hub: ReadingsHub, _ loop: EmbeddedEventLoop) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(
            handler: ReadingsConnection(hub: hub) { Array("word".utf8) }, loop: loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 9), promise: nil)
        try channel.writeInbound(ByteBuffer(string: request))
        loop.run()
        return channel
    }

    private static func written(to channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    @Test func whoDoesNotReadIsCutOffAndAtMostEightRead() throws {
        let loop = EmbeddedEventLoop()
        let hub = ReadingsHub(eventLoop: loop, identity: "g", loops: [])
        hub.start()
        let readers = try (0..<8).map { _ in try Self.reader(hub, loop) }
        for reader in readers { #expect(try Self.written(to: reader).contains("\"seconds\":0.0,\"functions\":[]}")) }
        let ninth = try Self.reader(hub, loop)
        #expect(try Self.written(to: ninth).hasPrefix("HTTP/1.1 503 "))
        readers[0].isWritable = false
        loop.advanceTime(by: .seconds(1))
        #expect(!readers[0].isActive && readers[1].isActive)
        #expect(try Self.written(to: readers[1]).contains("{\"gateway\":\"g\",\"seconds\":1.0,\"functions\":[]}\n"))
        let next = try Self.reader(hub, loop)
        #expect(try Self.written(to: next).hasPrefix("HTTP/1.1 200 "))
        hub.stop()
        loop.run()
        #expect(!readers[1].isActive)
    }

    @Test func whoDoesNotAskIsCutOff() throws {
        let loop = EmbeddedEventLoop()
        let hub = ReadingsHub(eventLoop: loop, identity: "g", loops: [])
        let channel = EmbeddedChannel(handler: ReadingsConnection(hub: hub) { [1] }, loop: loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 9), promise: nil)
        try channel.writeInbound(ByteBuffer(string: "GET /readings HTTP/1.1\r\n"))
        loop.advanceTime(by: .seconds(11))
        #expect(!channel.isActive)
    }

    @Test(arguments: [("Web-1", "web-1-8080"), ("a.b_c", "a-b-c-8080"), ("", "gateway-8080"), ("-", "gateway-8080")])
    func aGatewayIsCalledByItsHostAndPort(host: String, identity: String) {
        #expect(GatewayIdentity.of(host: host, port: 8080) == identity)
    }

    /// Through sockets: a request that waits is told of before the second is over, then forwarded.
    @Test func aReaderHearsOfARequestThatMeetsNoSandbox() async throws {
        var configuration = GatewayConfiguration(eventLoops: 2)
        configuration.readings = ReadingsConfiguration(identity: "g") { Array("word".utf8) }
        let gateway = GatewayServer(
            configuration: configuration, client: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let empty = RoutingTable([slice(ports: [])])
        gateway.update(table: empty)
        try await withListener(serving: echo) { [empty] upstream in
            let running = Task { try await gateway.run() }
            let (port, readings) = (try await gateway.waitUntilReady(), try await gateway.waitForReadings())
            try await withConnection(to: readings) { reader in
                try await reader.write(Self.request)
                #expect(await reader.readThrough("\"functions\":[]}\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
                try await withConnection(to: port) { client in
                    try await client.write(ProxyTests.request())
                    let line = await reader.readThrough("\"waiting\":1}]}\n")
                    #expect(line.contains("{\"gateway\":\"g\",\"seconds\":"), "\(line)")
                    #expect(line.contains("\"namespace\":\"default\",\"name\":\"hello\",\"concurrency\":"), "\(line)")
                    var table = empty
                    table.set(slice(ports: [upstream]))
                    gateway.update(table: table)
                    #expect(await client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
                    _ = await reader.readThrough("\"waiting\":0}]}\n")
                }
                running.cancel()
                _ = await reader.readToEnd()
            }
            try await running.value
        }
    }
}
