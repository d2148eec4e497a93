import NIOCore
import NIOPosix

/// Opens connections to sandboxes; a test's own opens embedded channels.
protocol UpstreamConnector: Sendable {
    /// Connects within the time given.
    ///
    /// - Returns: a channel on `eventLoop` that does not read by itself.
    func connect(
        to address: SocketAddress, on eventLoop: any EventLoop, timeout: TimeAmount
    ) -> EventLoopFuture<any Channel>
}

/// Connects by TCP.
struct TCPConnector: UpstreamConnector {
    /// What a sandbox may have sent before the gateway reads: when it closes, all of it is read at once, however slow the
    /// client is, so it must be little.
    private static let receiveBuffer = 256 * 1024

    func connect(
        to address: SocketAddress, on eventLoop: any EventLoop, timeout: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: Self.receiveBuffer)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(timeout)
            .connect(to: address)
    }
}
