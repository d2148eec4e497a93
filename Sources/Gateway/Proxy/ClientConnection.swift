import NIOCore
import Planning

/// One client's connection: reads its requests one after the other, and answers each before it looks at the next.
///
/// It belongs to one event loop and does what its `Exchange` decides. Bytes pass from buffer to buffer: this end reads
/// only while the other can write, so a slow reader on either side holds up the sender, not memory.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection as a whole is doing.
    enum State { case open, ending, closed }

    let loop: GatewayLoop
    private(set) var context: ChannelHandlerContext?
    var state = State.open
    var forwardedBy = ForwardedBy(client: "unknown")

    /// Bytes of the client that have not been passed on: of a head in the making, of a body that must wait, or of requests
    /// that must.
    var inbound = ByteBuffer()
    var finder = HeadFinder()
    /// Whether an empty line before the request line has been skipped (RFC 9112 section 2.2 allows for one).
    var hasSkippedLine = false
    /// Whether the first line of an incomplete head has been looked at.
    var hasCheckedLine = false

    /// Whether `process` is running: what it calls then leaves the going on to it.
    private(set) var isProcessing = false
    var exchange = Exchange()
    /// Counts exchanges and their attempts, so that a late connection is not taken for the current one.
    var attempt = 0
    var requestBody = BodyFraming.none
    /// The request's head as the sandbox gets it, until the sandbox has answered.
    var requestHead = ByteBuffer()
    var function: LoopFunction?
    /// The chosen sandbox: it counts this request as in flight.
    var pool: UpstreamPool?
    var upstream: UpstreamConnection?
    var unwrapsChunks = false
    /// When the sandbox must have begun its answer.
    var answerDeadline = NIODeadline.distantFuture
    /// The request's place among those that wait for a sandbox; 0 if it has not waited.
    var ticket = 0
    /// When it has waited long enough.
    var holdDeadline = NIODeadline.distantFuture
    /// How many of its bytes have been counted in while it waits.
    var heldBytes = 0
    /// Why the last sandbox could not be connected to; empty if that has not been tried.
    var refusal = ""

    /// When `deadlineReached` is called.
    var deadline = NIODeadline.distantFuture
    /// Its place in the loop's list.
    var place = -1

    init(loop: GatewayLoop) { self.loop = loop }

    var timeouts: GatewayConfiguration.Timeouts { loop.configuration.timeouts }
    var limits: GatewayConfiguration.Limits { loop.configuration.limits }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { channelActive(context: context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard place < 0 else { return }
        if let address = context.remoteAddress?.ipAddress { forwardedBy.client = address }
        let isFull = loop.isFull
        loop.add(self)
        deadline = loop.eventLoop.now + timeouts.head
        if isFull || loop.isDraining {
            exchange.closeAfterwards()
            return answer(Problem(kind: .tooManyConnections))
        }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .open else { return }
        var bytes = unwrapInboundIn(data)
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if wantsRead { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        if exchange.phase == .responding || exchange.phase == .tunnel { extendDeadline() }
        upstream?.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closed
        if exchange.phase != .idle { releaseUpstream(reusable: false, now: loop.eventLoop.now) }
        inbound = loop.emptyBuffer
        loop.remove(self)
    }

    /// A reset or a broken pipe; the channel closes after it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Flow

    /// Goes on with what has been read, as far as it goes.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        while state == .open {
            switch exchange.phase {
            case .idle:
                guard inbound.readableBytes > 0, readHead() else { return }
            case .connecting: return
            case .held: return countHeldBytes()
            case .awaitingHead, .responding, .tunnel:
                return forward()
            }
        }
    }

    /// Whether more bytes of the client can be used.
    ///
    /// While its request is being answered the answer is yes until the next one has begun to arrive: reading on costs
    /// less than telling the kernel to stop and start.
    private var wantsRead: Bool {
        switch state {
        case .closed: return false
        case .ending: return true
        case .open: break
        }
        switch exchange.phase {
        case .idle: return true
        case .held: return false
        case .connecting: return exchange.isRequestComplete && inbound.readableBytes == 0
        case .awaitingHead, .responding, .tunnel:
            if exchange.phase != .tunnel, exchange.isRequestComplete { return inbound.readableBytes == 0 }
            return upstream?.isWritable ?? false
        }
    }

    func resumeReading() {
        if wantsRead { context?.read() }
    }

    /// Whether more bytes of the sandbox can be used.
    var wantsUpstreamRead: Bool { isWritable }

    func upstreamBecameWritable() {
        extendDeadline()
        process()
        resumeReading()
    }

    // MARK: Writing

    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    func flush() { context?.flush() }

    // MARK: Deadlines

    /// Something has moved: the time between two pieces begins anew.
    func extendDeadline() {
        let now = loop.eventLoop.now
        switch exchange.phase {
        case .idle, .connecting, .held: return
        case .awaitingHead:
            let waitsForClient = !exchange.isRequestComplete && (upstream?.isWritable ?? false)
            deadline = waitsForClient ? min(answerDeadline, now + timeouts.bodyIdle) : answerDeadline
        case .responding: deadline = now + timeouts.bodyIdle
        case .tunnel: deadline = now + timeouts.tunnelIdle
        }
    }

    func deadlineReached(_ now: NIODeadline) {
        guard state == .open else { return abort() }
        switch exchange.phase {
        case .idle:
            guard inbound.readableBytes > 0 else { return end() }
            exchange.closeAfterwards()
            answer(Problem(kind: .requestTimeout(seconds: timeouts.head.seconds)))
        case .held: failHeld()
        case .connecting, .awaitingHead:
            if now >= answerDeadline {
                fail(.responseTimeout(seconds: function?.route.timeoutSeconds ?? 0))
            } else {
                fail(.requestTimeout(seconds: timeouts.bodyIdle.seconds))
            }
        case .responding, .tunnel: abort()
        }
    }

    /// The gateway stops: a request in flight is answered, then the connection ends.
    func drain() {
        guard state == .open else { return }
        exchange.closeAfterwards()
        if exchange.phase == .idle, inbound.readableBytes == 0 { end() }
        if exchange.phase == .held { fail(.notHeld(.stopping)) }
    }
}

extension TimeAmount {
    /// Whole seconds, for messages.
    var seconds: Int { Int(nanoseconds / 1_000_000_000) }
}
