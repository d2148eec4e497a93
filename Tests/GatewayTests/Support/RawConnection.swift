import NIOCore
import NIOPosix

/// One end of a TCP connection, for tests that speak HTTP byte by byte.
final class RawConnection {
    private let end: RawEnd
    private var iterator: AsyncStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()
    private var isAtEnd = false

    init(_ end: RawEnd) {
        self.end = end
        iterator = end.bytes.makeAsyncIterator()
    }

    func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }

    /// Returns when the kernel has taken the bytes.
    func write(_ bytes: ByteBuffer) async throws { try await end.channel.writeAndFlush(bytes) }

    /// Reads on; false at the end of the connection, also if that is a reset.
    private func more() async -> Bool {
        guard !isAtEnd else { return false }
        guard var bytes = await iterator.next() else {
            isAtEnd = true
            return false
        }
        buffer.writeBuffer(&bytes)
        buffer.discardReadBytes()
        return true
    }

    /// Everything up to and with a marker; what there is, if the connection ends first.
    func readThrough(_ marker: String) async -> String {
        while true {
            let view = buffer.readableBytesView
            if let range = view.firstRange(of: Array(marker.utf8)) {
                return buffer.readString(length: range.upperBound - view.startIndex) ?? ""
            }
            guard await more() else { return buffer.readString(length: buffer.readableBytes) ?? "" }
        }
    }

    func read(_ count: Int) async -> ByteBuffer {
        while buffer.readableBytes < count, await more() {}
        return buffer.readSlice(length: min(count, buffer.readableBytes)) ?? ByteBuffer()
    }

    /// Reads and forgets bytes.
    ///
    /// - Returns: how many there were of those wanted.
    func skip(_ count: Int) async -> Int {
        var left = count
        while left > 0 {
            let step = min(left, buffer.readableBytes)
            buffer.moveReaderIndex(forwardBy: step)
            left -= step
            if left > 0, !(await more()) { break }
        }
        return count - left
    }

    func readToEnd() async -> String {
        while await more() {}
        return buffer.readString(length: buffer.readableBytes) ?? ""
    }

    /// Reads a request or a response with its body; a chunked body comes as it went over the wire.
    func readMessage() async -> (head: String, body: String) {
        let head = await readThrough("\r\n\r\n")
        if head.lowercased().contains("transfer-encoding: chunked") {
            return (head, await readThrough("0\r\n\r\n"))
        }
        return (head, String(buffer: await read(head.field("Content-Length").flatMap { Int($0) } ?? 0)))
    }
}

extension String {
    /// The value of a head's field.
    func field(_ name: String) -> String? {
        for line in split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ":") {
            return String(line.dropFirst(name.utf8.count + 1).drop { $0 == " " })
        }
        return nil
    }
}

/// A channel and what it reads; the stream ends with the connection, also if that is a reset.
struct RawEnd: Sendable {
    let channel: any Channel
    let bytes: AsyncStream<ByteBuffer>

    /// Makes the channel deliver what it reads.
    static func wrap(_ channel: any Channel) -> EventLoopFuture<RawEnd> {
        let (bytes, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Deliverer(continuation))
            return RawEnd(channel: channel, bytes: bytes)
        }
    }

    func use<Value: Sendable>(_ body: (RawConnection) async throws -> Value) async throws -> Value {
        do {
            let value = try await body(RawConnection(self))
            try? await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Deliverer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

        func handlerRemoved(context: ChannelHandlerContext) { continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Opens a connection for as long as the body runs.
func withConnection<Value: Sendable>(
    to port: Int, _ body: (RawConnection) async throws -> Value
) async throws -> Value {
    let end = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: port, channelInitializer: RawEnd.wrap)
    return try await end.use(body)
}

/// Sends bytes on a connection of their own and reads what comes until it ends.
func exchange(with port: Int, _ text: String) async throws -> String {
    try await withConnection(to: port) { connection in
        try await connection.write(text)
        return await connection.readToEnd()
    }
}

/// Listens for as long as the body runs; `serve` gets each connection and its number, from 0 on.
func withListener<Value: Sendable>(
    serving serve: @escaping @Sendable (RawConnection, Int) async throws -> Void,
    _ body: @Sendable (Int) async throws -> Value
) async throws -> Value {
    let (ends, accepted) = AsyncStream.makeStream(of: RawEnd.self)
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.backlog, value: 2048)
        .childChannelInitializer { channel in RawEnd.wrap(channel).map { _ = accepted.yield($0) } }
        .bind(host: "127.0.0.1", port: 0)
        .get()
    let serving = Task {
        await withDiscardingTaskGroup { group in
            var number = 0
            for await end in ends {
                group.addTask { [number] in try? await end.use { try await serve($0, number) } }
                number += 1
            }
        }
    }
    let result: Result<Value, any Error>
    do { result = .success(try await body(listener.localAddress?.port ?? 0)) } catch { result = .failure(error) }
    try await listener.close()
    accepted.finish()
    serving.cancel()
    await serving.value
    return try result.get()
}
