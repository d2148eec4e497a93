import NIOCore

/// Cuts a byte stream into lines of bounded length.
///
/// A longer line closes the connection.
final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let limit: Int
    private let onLine: (ByteBufferView) -> Void
    private let onClose: () -> Void
    private var pending = ByteBuffer()

    init(limit: Int, onLine: @escaping (ByteBufferView) -> Void, onClose: @escaping () -> Void) {
        self.limit = limit
        self.onLine = onLine
        self.onClose = onClose
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        pending.writeBuffer(&bytes)
        while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = pending.readableBytesView[..<end]
            guard line.count <= limit else { return context.close(promise: nil) }
            onLine(line)
            pending.moveReaderIndex(to: end + 1)
        }
        if pending.readableBytes > limit { context.close(promise: nil) }
        if pending.readableBytes == 0 { pending.clear(minimumCapacity: 0) } else { pending.discardReadBytes() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        onClose()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Hands on whatever arrives, at a bounded pace.
final class ChunkReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onChunk: (ByteBufferView) -> Void
    private var pace = ReadPace()

    init(onChunk: @escaping (ByteBufferView) -> Void) { self.onChunk = onChunk }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytesView
        onChunk(bytes)
        let now = Double(NIODeadline.now().uptimeNanoseconds) / 1e9
        guard let pause = pace.pause(after: bytes.count, at: now) else { return }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: .microseconds(Int64(pause * 1e6) + 1)) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
