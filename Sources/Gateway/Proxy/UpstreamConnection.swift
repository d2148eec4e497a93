import NIOCore

/// One connection to a sandbox: serves one client's request at a time, else waits in its pool.
///
/// It belongs to one event loop. What it reads is the client's connection's to understand: this end only holds the bytes
/// and says when there are more, or no more.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let pool: UpstreamPool
    private let loop: GatewayLoop
    private var context: ChannelHandlerContext?
    private var client: ClientConnection?

    /// Bytes of the response that have not been passed on.
    var inbound = ByteBuffer()
    var finder = HeadFinder()
    var body = BodyFraming.none
    /// Whether any byte has come since the request.
    private(set) var sawResponse = false
    private var hasServed = false
    private var isClosing = false
    /// How long the sandbox says that it keeps the connection; nil if it says nothing.
    var announcedTimeout: TimeAmount?
    private(set) var idleSince = NIODeadline.uptimeNanoseconds(0)
    /// When it is closed for want of use.
    private(set) var deadline = NIODeadline.distantFuture
    /// Its place in the loop's list.
    var place = -1

    init(pool: UpstreamPool, loop: GatewayLoop) {
        self.pool = pool
        self.loop = loop
    }

    var isActive: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? false }
    var hasClient: Bool { client != nil }

    // MARK: For the client's connection

    func attach(_ client: ClientConnection) {
        self.client = client
        deadline = .distantFuture
        finder = HeadFinder()
        body = .none
        sawResponse = false
        announcedTimeout = nil
    }

    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    func flush() { context?.flush() }

    func read() { context?.read() }

    func takeAll() -> ByteBuffer {
        defer { inbound = loop.emptyBuffer }
        return inbound
    }

    func consumed() {
        if inbound.readableBytes == 0 { inbound = loop.emptyBuffer }
    }

    /// The exchange is over.
    ///
    /// - Parameters:
    ///   - reusable: whether both messages ended where they should, so that another request may follow.
    ///   - now: the time.
    func release(reusable: Bool, now: NIODeadline) {
        client = nil
        guard reusable, inbound.readableBytes == 0, isActive, !loop.isDraining else { return close() }
        park(now)
    }

    /// Waits in the pool, for less time than the sandbox waits: a second less than it says.
    func park(_ now: NIODeadline) {
        var time = loop.configuration.timeouts.upstreamIdle
        if let announcedTimeout { time = min(time, announcedTimeout - .seconds(1)) }
        guard time > .zero, pool.keep(self, limit: loop.configuration.limits.idleConnectionsPerSandbox) else {
            return close()
        }
        idleSince = now
        deadline = idleSince + time
        read()
    }

    func close() {
        client = nil
        isClosing = true
        context?.close(mode: .all, promise: nil)
    }

    func deadlineReached() { close() }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let client else {
            // Bytes that no one asked for: whatever they answer, it is not the next request.
            return close()
        }
        var bytes = unwrapInboundIn(data)
        sawResponse = true
        if !hasServed || pool.refusedAt != nil { noteAnswer() }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        client.upstreamRead(self)
    }

    private func noteAnswer() {
        if !hasServed { pool.served += 1 }
        hasServed = true
        pool.answered()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if client?.wantsUpstreamRead ?? true { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { client?.upstreamBecameWritable() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        loop.remove(self)
        pool.connections -= 1
        if hasServed { pool.served -= 1 }
        pool.forget(self)
        guard let client else {
            // The last one, and not by us: its process may have ended.
            if !isClosing, pool.served == 0, pool.refusedAt == nil { pool.suspected(loop.eventLoop.now) }
            return
        }
        self.client = nil
        client.upstreamClosed(self)
    }

    /// A reset or a broken pipe; the channel closes after it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
