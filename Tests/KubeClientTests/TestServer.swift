import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// An HTTPS server on a free port of 127.0.0.1 that answers every request with what `answer` gives.
struct TestServer: Sendable {
    struct Answer: Sendable {
        var status: HTTPResponseStatus = .ok
        var chunks: [String]
        /// What happens after the chunks.
        var ending = Ending.complete

        enum Ending { case complete, silent, close }
    }

    let port: Int
    private let channel: any Channel

    static func start(_ answer: @escaping @Sendable (HTTPRequestHead) -> Answer) async throws -> TestServer {
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.server.utf8))
                    .map { .certificate($0) },
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(TestCertificates.serverKey.utf8), format: .pem))))
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TestServer(port: channel.localAddress?.port ?? 0, channel: channel)
    }

    func stop() async throws { try await channel.close() }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPRequestHead) -> TestServer.Answer
    private var head: HTTPRequestHead?

    init(answer: @escaping @Sendable (HTTPRequestHead) -> TestServer.Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            reply(answer(head), context)
        }
    }

    private func reply(_ answer: TestServer.Answer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: answer.status))), promise: nil)
        for chunk in answer.chunks {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: chunk)))), promise: nil)
        }
        switch answer.ending {
        case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .silent: context.flush()
        case .close:
            context.flush()
            context.close(promise: nil)
        }
    }
}
