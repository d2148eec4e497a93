import NIOCore

/// One reader's connection: asks once, and then hears of the load until one of both ends it.
final class ReadingsConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headLimit = 8192
    private static let headTime = TimeAmount.seconds(10)

    private let hub: ReadingsHub
    private let token: @Sendable () -> [UInt8]
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var finder = HeadFinder()
    private var isAnswered = false
    private var isReader = false

    init(hub: ReadingsHub, token: @escaping @Sendable () -> [UInt8]) {
        self.hub = hub
        self.token = token
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        hub.add(self)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.headTime) { [weak self] in
            if let self, !isAnswered { close() }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        hub.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After the request a reader has nothing to say.
        guard !isAnswered else { return }
        var bytes = unwrapInboundIn(data)
        inbound.writeBuffer(&bytes)
        switch finder.advance(inbound.readableBytesUInt8Span, limit: Self.headLimit) {
        case .incomplete: return
        case .fault(let fault): refuse(fault.status)
        case .complete(let length):
            let status = ReadingsRequest.status(inbound, length: length, token: token())
            if status != 200 { refuse(status) } else if hub.isFull { refuse(503) } else { begin() }
        }
        inbound = ByteBuffer()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func begin() {
        (isAnswered, isReader) = (true, true)
        write(
            ByteBuffer(
                string: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"))
        hub.begin(self)
    }

    private func refuse(_ status: Int) {
        isAnswered = true
        let challenge = status == 401 ? "WWW-Authenticate: Bearer\r\n" : ""
        write(
            ByteBuffer(
                string: "HTTP/1.1 \(status) \(Problem.title(status))\r\n\(challenge)Content-Length: 0\r\n"
                    + "Connection: close\r\n\r\n"))
        context?.close(mode: .output, promise: nil)
        context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in self?.close() }
    }

    private func write(_ bytes: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }

    // MARK: For the hub

    /// Tells a line; who has not read those before is cut off.
    func tell(_ chunk: ByteBuffer) {
        guard isReader else { return }
        guard context?.channel.isWritable ?? false else { return close() }
        write(chunk)
    }

    func close() { context?.close(mode: .all, promise: nil) }
}
