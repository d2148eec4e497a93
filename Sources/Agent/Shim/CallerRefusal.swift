import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// The answer to those who have called a sandbox that does not run: 503, and why (RFC 9457).
///
/// They wait in the backlog of a socket that nobody accepts from; without an answer they would wait for long, or all that
/// they would see is a broken connection.
struct CallerRefusal {
    enum Cause: String {
        /// It was parked and could not be loaded again.
        case wakeFailed = "wake-failed"
        /// Its process has ended, and its next start is some time away.
        case notRunning = "not-running"
        /// It is parked, and the pod had no memory for it, or no turn, in time.
        case notWoken = "not-woken"

        fileprivate var words: String {
            switch self {
            case .wakeFailed: "The function was parked and could not be loaded again"
            case .notRunning: "The function does not run at the moment"
            case .notWoken: "The function is parked and was not loaded again in time"
            }
        }
    }

    /// How many may be answered at the same time: they stay until they have read it, or for `LastWord.patience`.
    final class Room {
        static let places = 512
        fileprivate(set) var taken = 0
    }

    /// What of the cause they are told; whoever owns the function finds all of it in the sandbox's status.
    private static let detailLimit = 500

    let cause: Cause
    let reason: String
    let message: String

    /// Answers those who wait.
    /// - Returns: false when there was no room for all.
    func send(to socket: Int32, loop: any EventLoop, room: Room) -> Bool {
        let answer = bytes
        while room.taken < Room.places {
            let caller = Sockets.accept(socket)
            // Whatever else is wrong, such as no descriptor that is free, may not last.
            guard caller >= 0 else { return errno == EAGAIN }
            room.taken += 1
            let room = NIOLoopBound(room, eventLoop: loop)
            ClientBootstrap(group: loop).channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LastWord(answer))
                    }
                }.withConnectedSocket(caller).flatMap(\.closeFuture).whenComplete { _ in room.value.taken -= 1 }
        }
        return false
    }

    var bytes: [UInt8] {
        struct Problem: Encodable {
            var type: String
            var title = "Service Unavailable"
            var status = 503
            var detail: String
        }
        let line = message.trimmingPrefix(Shim.notAgain).prefix { $0 != "\n" }.prefix(Self.detailLimit)
        let problem = Problem(
            type: "https://nest.dev/problems/" + cause.rawValue, detail: "\(cause.words): \(reason): \(line)")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let body = (try? encoder.encode(problem)) ?? Data()
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
