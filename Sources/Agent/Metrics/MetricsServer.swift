import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Answers `GET /metrics` on the pod's address for whoever shows the token: sandboxes of the machine can connect, too.
///
/// One answer a connection. Connections, their heads and their time are bounded.
struct MetricsServer: Sendable {
    static let connections = 8
    static let seconds: Int64 = 10

    let address: String
    let port: Int
    /// The path of the file with the token.
    let token: String
    let group: any EventLoopGroup
    let logger: Logger
    /// The metrics as they are now.
    let text: @Sendable () async -> String

    private let open = Counter()

    init(
        address: String, port: Int, token: String, group: any EventLoopGroup, logger: Logger,
        text: @escaping @Sendable () async -> String
    ) {
        self.address = address
        self.port = port
        self.token = token
        self.group = group
        self.logger = logger
        self.text = text
    }

    /// Serves until the task is cancelled; while the port is taken it tries again.
    func run() async {
        while !Task.isCancelled {
            do {
                let channel = try await listen()
                await withTaskCancellationHandler {
                    try? await channel.closeFuture.get()
                } onCancel: {
                    channel.close(promise: nil)
                }
            } catch {
                logger.warning("no metrics, will try again: cannot listen on \(address):\(port): \(error)")
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    /// The shim keeps the port for its own user, so this one shares it.
    func listen() async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: CInt(SO_REUSEPORT))), value: 1)
            .serverChannelOption(.backlog, value: Int32(Self.connections))
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try accept(channel) } }
            .bind(host: address, port: port).get()
    }

    private func accept(_ channel: any Channel) throws {
        guard open.enter(below: Self.connections) else { return channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in open.leave() }
        let timeout = channel.eventLoop.scheduleTask(in: .seconds(Self.seconds)) { channel.close(promise: nil) }
        var request = ScrapeRequest(token: MetricsToken.read(token))
        var isDone = false
        let reader = LineReader(limit: ScrapeRequest.lineLimit) { line in
            guard !isDone else { return }
            let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            let verdict = request.take(text)
            guard verdict != .more else { return }
            isDone = true
            Task { await answer(verdict, channel) }
        } onClose: {
            timeout.cancel()
        }
        try channel.pipeline.syncOperations.addHandler(reader)
    }

    private func answer(_ verdict: ScrapeRequest.Verdict, _ channel: any Channel) async {
        var head: String
        var body = ""
        if case .refuse(let status, let reason) = verdict {
            head = "HTTP/1.1 \(status) \(reason)\r\n"
            if status == 401 { head += "WWW-Authenticate: Bearer\r\n" }
            if status == 405 { head += "Allow: GET\r\n" }
        } else {
            body = await text()
            head = "HTTP/1.1 200 OK\r\nContent-Type: \(PrometheusText.contentType)\r\n"
        }
        head += "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        var buffer = channel.allocator.buffer(capacity: head.utf8.count + body.utf8.count)
        buffer.writeString(head)
        buffer.writeString(body)
        channel.writeAndFlush(buffer).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// How many there are.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func enter(below limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
