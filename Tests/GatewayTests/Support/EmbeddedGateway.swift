import Glibc
import KubeAPI
import NIOCore
import NIOEmbedded
import NestAPI
import Planning
import Synchronization

@testable import Gateway

/// A gateway's loop whose time is the test's, between a client and sandboxes that are embedded channels.
final class EmbeddedGateway {
    /// Hands out channels, or failures, in the order in which they are asked for.
    final class Connector: UpstreamConnector {
        /// Nothing of it leaves the test's thread.
        private let promises = Mutex<[EventLoopPromise<any Channel>]>([])

        func connect(
            to address: SocketAddress, on eventLoop: any EventLoop, timeout: TimeAmount
        ) -> EventLoopFuture<any Channel> {
            let promise = eventLoop.makePromise(of: (any Channel).self)
            promises.withLock { $0.append(promise) }
            return promise.futureResult
        }

        var waiting: Int { promises.withLock { $0.count } }

        func next() -> EventLoopPromise<any Channel> { promises.withLock { $0.removeFirst() } }
    }

    /// Counts what a handler asks its channel to read.
    final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    let eventLoop = EmbeddedEventLoop()
    let connector = Connector()
    let loop: GatewayLoop
    let client: EmbeddedChannel
    let clientReads = ReadCounter()
    private var table: RoutingTable

    init(_ first: SandboxEndpoints, configuration: GatewayConfiguration = .init(eventLoops: 1)) throws {
        table = RoutingTable([first])
        loop = GatewayLoop(
            eventLoop: eventLoop, configuration: configuration, connector: connector, table: table, seed: 1)
        client = try Self.channel(eventLoop, clientReads)
        try client.pipeline.syncOperations.addHandler(ClientConnection(loop: loop))
    }

    convenience init(ports: [Int] = [1], timeoutSeconds: Int = 30) throws {
        try self.init(slice(ports: ports, timeoutSeconds: timeoutSeconds, holds: false))
    }

    /// Another client.
    func newClient() throws -> EmbeddedChannel {
        let client = try Self.channel(eventLoop, ReadCounter())
        try client.pipeline.syncOperations.addHandler(ClientConnection(loop: loop))
        return client
    }

    /// The table changes; nil: the function is gone.
    func update(_ slice: SandboxEndpoints?) {
        if let slice { table.set(slice) } else { table.remove(ObjectKey(namespace: "default", name: "hello")) }
        loop.update(table: table)
    }

    /// Another client sends `GET /fn/default/hello/PATH`.
    func get(path: String, _ more: String = "") throws -> EmbeddedChannel {
        let client = try newClient()
        try client.writeInbound(
            ByteBuffer(string: "GET /fn/default/hello/\(path) HTTP/1.1\r\nHost: h\r\n\(more)\r\n"))
        return client
    }

    /// No one listens where a connection is being opened.
    func refuse() { connector.next().fail(IOError(errnoCode: ECONNREFUSED, reason: "connect")) }

    private static func channel(_ eventLoop: EmbeddedEventLoop, _ handler: ReadCounter) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: handler, loop: eventLoop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 9), promise: nil)
        return channel
    }

    /// Lets the connection that is being opened succeed.
    func accept() throws -> (channel: EmbeddedChannel, reads: ReadCounter) {
        let reads = ReadCounter()
        let channel = try Self.channel(eventLoop, reads)
        connector.next().succeed(channel)
        return (channel, reads)
    }

    func send(_ text: String) throws { try client.writeInbound(ByteBuffer(string: text)) }

    func get(_ more: String = "") throws { try send("GET /fn/default/hello HTTP/1.1\r\nHost: h\r\n\(more)\r\n") }

    /// What has been written to the client, or to another channel, since the last call.
    func written(to channel: EmbeddedChannel? = nil) throws -> String {
        var text = ""
        while let bytes = try (channel ?? client).readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    func advance(_ seconds: Int64) { eventLoop.advanceTime(by: .seconds(seconds)) }

    func advance(milliseconds: Int64) { eventLoop.advanceTime(by: .milliseconds(milliseconds)) }
}
