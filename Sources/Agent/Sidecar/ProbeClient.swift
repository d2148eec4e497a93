import FoundationEssentials
import NIOCore
import NIOPosix
import NestAPI
import Planning
import Synchronization

/// Asks a sandbox what a probe wants to know, on a connection of its own.
struct ProbeClient: Sendable {
    /// All that is read of an answer: its first line.
    private static let headLimit = 256

    let group: any EventLoopGroup

    /// - Returns: within `timeoutSeconds` and a moment.
    func check(_ probe: Probe, address: String, port: Int) async -> ProbeOutcome {
        guard let target = try? SocketAddress(ipAddress: address, port: port) else {
            return .failure("\(address):\(port) is no address")
        }
        let loop = group.next()
        let outcome = loop.makePromise(of: ProbeOutcome.self)
        let once = Once(outcome)
        let what = probe.httpGet.map { "GET \($0.path)" } ?? "a connection to port \(port)"
        let late = loop.scheduleTask(in: .seconds(Int64(probe.timeoutSeconds))) {
            once.settle(.failure("\(what) was not answered within \(probe.timeoutSeconds) s (timeoutSeconds)"))
        }
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(Int64(probe.timeoutSeconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard probe.httpGet != nil else { return }
                    let reader = StatusReader(limit: Self.headLimit, what: what, once)
                    try channel.pipeline.syncOperations.addHandler(reader)
                }
            }
            .connect(to: target)
        connecting.whenComplete { result in
            switch result {
            case .failure(let error): once.settle(.failure("\(what): \(Self.reason(error))"))
            case .success(let channel):
                // Whatever the outcome, the connection ends with it.
                outcome.futureResult.whenComplete { _ in channel.close(promise: nil) }
                guard let get = probe.httpGet else { return once.settle(.success) }
                channel.writeAndFlush(
                    ByteBuffer(string: Self.request(get, address: address, port: port)), promise: nil)
            }
        }
        defer { late.cancel() }
        return await withTaskCancellationHandler {
            (try? await outcome.futureResult.get()) ?? .failure(what)
        } onCancel: {
            once.settle(.failure("\(what) is no longer of interest"))
        }
    }

    private static func request(_ get: Probe.HTTPGet, address: String, port: Int) -> String {
        var headers = [("User-Agent", "nest-probe"), ("Accept", "*/*")]
        headers.removeAll { own in get.httpHeaders.contains { $0.name.lowercased() == own.0.lowercased() } }
        headers += get.httpHeaders.map { ($0.name, $0.value) }
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { headers.append(("Host", "\(address):\(port)")) }
        let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        return "GET \(get.path) HTTP/1.1\r\n\(lines)Connection: close\r\n\r\n"
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)).lowercased() }
        if case ChannelError.connectTimeout = error { return "no connection in time" }
        return "\(error)"
    }

    /// Settles a promise no more than once.
    final class Once: Sendable {
        private let promise: Mutex<EventLoopPromise<ProbeOutcome>?>

        init(_ promise: EventLoopPromise<ProbeOutcome>) { self.promise = Mutex(promise) }

        func settle(_ outcome: ProbeOutcome) {
            promise.withLock { promise in
                defer { promise = nil }
                return promise
            }?.succeed(outcome)
        }
    }
}

/// Reads the status line of an HTTP answer.
private final class StatusReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let limit: Int
    private let what: String
    private let once: ProbeClient.Once
    private var head = ByteBuffer()

    init(limit: Int, what: String, _ once: ProbeClient.Once) {
        self.limit = limit
        self.what = what
        self.once = once
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        head.writeBuffer(&bytes)
        let isWhole = head.readableBytesView.contains(UInt8(ascii: "\n"))
        guard isWhole || head.readableBytes > limit else { return }
        once.settle(outcome(of: head.getString(at: 0, length: min(limit, head.readableBytes)) ?? ""))
    }

    func channelInactive(context: ChannelHandlerContext) {
        once.settle(.failure("\(what): the connection was closed without an answer"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func outcome(of line: String) -> ProbeOutcome {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1].prefix(3)) else {
            return .failure("\(what) was answered with something that is not HTTP")
        }
        return (200..<400).contains(status) ? .success : .failure("\(what) was answered with \(status)")
    }
}
