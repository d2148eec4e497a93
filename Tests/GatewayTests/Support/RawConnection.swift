import NIOCore
import NIOPosix

/// One end of a TCP connection, for tests that speak HTTP byte by byte.
final class RawConnection {
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffer = ByteBuffer()
    private var isAtEnd = false

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        iterator = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func write(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    func write(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    /// Reads on; false at the end of the connection, also if that is a reset.
    private func more() async -> Bool {
        guard !isAtEnd else { return false }
        do {
            if var bytes = try await iterator.next() {
                buffer.writeBuffer(&bytes)
                buffer.discardReadBytes()
                return true
            }
        } catch {}
        isAtEnd = true
        return false
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

private func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
}

/// Opens a connection for as long as the body runs.
func withConnection<Value: Sendable>(
    to port: Int, _ body: @Sendable (RawConnection) async throws -> Value
) async throws -> Value {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: port, channelInitializer: wrap)
    return try await channel.executeThenClose { inbound, outbound in
        try await body(RawConnection(inbound, outbound))
    }
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
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.backlog, value: 2048)
        .bind(host: "127.0.0.1", port: 0, childChannelInitializer: wrap)
    let port = server.channel.localAddress?.port ?? 0
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    var number = 0
                    for try await connection in connections {
                        group.addTask { [number] in
                            try? await connection.executeThenClose { inbound, outbound in
                                try await serve(RawConnection(inbound, outbound), number)
                            }
                        }
                        number += 1
                    }
                }
            }
        }
        let value = try await body(port)
        tasks.cancelAll()
        _ = try? await tasks.waitForAll()
        return value
    }
}
