import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// The answer to those who have called a parked sandbox that cannot be woken: 503, and why (RFC 9457).
///
/// They wait in the backlog of a socket that nobody will accept from any more; without an answer all that they would see is
/// a broken connection.
struct CallerRefusal {
    /// The most that are answered: more do not fit into a backlog.
    private static let callers = 512
    /// What of the cause they are told; whoever owns the function finds all of it in the sandbox's status.
    private static let detailLimit = 500

    let reason: String
    let message: String

    /// Answers all who wait.
    func send(to socket: Int32, loop: any EventLoop) {
        let answer = bytes
        for _ in 0..<Self.callers {
            let caller = Sockets.accept(socket)
            guard caller >= 0 else { return }
            ClientBootstrap(group: loop).channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LastWord(answer))
                    }
                }.withConnectedSocket(caller).whenFailure { _ in }
        }
    }

    var bytes: [UInt8] {
        struct Problem: Encodable {
            var type = "https://nest.dev/problems/wake-failed"
            var title = "Service Unavailable"
            var status = 503
            var detail: String
        }
        let line = message.prefix { $0 != "\n" }.prefix(Self.detailLimit)
        let problem = Problem(detail: "The function was parked and could not be loaded again: \(reason): \(line)")
        let body = (try? JSONEncoder().encode(problem)) ?? Data()
        let head = [
            "HTTP/1.1 503 Service Unavailable", "content-type: application/problem+json",
            "content-length: \(body.count)", "retry-after: 1", "connection: close", "", "",
        ].joined(separator: "\r\n")
        return Array(head.utf8) + Array(body)
    }
}

/// Says one thing, and leaves once the other side has heard it: closed before its request is read, the connection would be
/// reset and the answer lost.
private final class LastWord: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let patience = TimeAmount.seconds(2)
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    /// What is asked does not matter any more.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
