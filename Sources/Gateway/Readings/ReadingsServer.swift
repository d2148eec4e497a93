import NIOCore
import NIOPosix

/// The listener for the readings, and the thread that merges and tells them.
struct ReadingsServer: Sendable {
    /// What may wait to be sent to a reader: a line of 10,000 functions is about a megabyte.
    private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 4 << 20)

    private let group: MultiThreadedEventLoopGroup
    private let hub: NIOLoopBound<ReadingsHub>
    private let listener: any Channel

    var port: Int { listener.localAddress?.port ?? 0 }

    /// Listens, and begins to tell.
    ///
    /// It throws `ReadingsListenError` if it cannot listen.
    static func start(
        _ configuration: ReadingsConfiguration, identity: String, loops: [NIOLoopBound<GatewayLoop>]
    ) async throws -> ReadingsServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let loop = group.next()
            let hub = try await loop.submit {
                let hub = ReadingsHub(eventLoop: loop, identity: identity, loops: loops)
                hub.start()
                return NIOLoopBound(hub, eventLoop: loop)
            }.get()
            let token = configuration.token
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: watermarks)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            ReadingsConnection(hub: hub.value, token: token))
                    }
                }
                .bind(host: configuration.host, port: configuration.port)
                .get()
            return ReadingsServer(group: group, hub: hub, listener: listener)
        } catch {
            try? await group.shutdownGracefully()
            throw ReadingsListenError(configuration, error)
        }
    }

    /// Ends all connections.
    func stop() async {
        let hub = hub
        try? await listener.close()
        try? await hub.eventLoop.submit { hub.value.stop() }.get()
        try? await group.shutdownGracefully()
    }
}
