import ControllerRuntime
import KubeClient
import Logging
import NIOCore
import NIOPosix
import NestAPI
import Planning

/// The gateway: answers `/fn/NAMESPACE/NAME/…` from the ready sandboxes of that SandboxDeployment.
///
/// ```swift
/// let gateway = GatewayServer(configuration: .init(port: 8080), client: client, logger: logger)
/// try await gateway.run()          // until its task is cancelled
/// ```
/// Without a client it routes by the tables that `update(table:)` gives it.
public final class GatewayServer: Sendable {
    private let configuration: GatewayConfiguration
    private let client: KubeClient?
    private let logger: Logger
    private let feed = TableFeed()
    private let ready = ReadySignal()
    private let told = ReadySignal()
    private let bound = ReadySignal()

    /// - Parameters:
    ///   - configuration: where to listen, limits and times.
    ///   - client: reads SandboxEndpoints; nil if `update(table:)` is to say what they are.
    ///   - logger: gets what happens to the gateway, never what happens to a request.
    public init(configuration: GatewayConfiguration, client: KubeClient?, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
    }

    /// Routes by this table from now on; requests in flight end where they are.
    public func update(table: RoutingTable) { feed.replace(with: table) }

    /// Waits until the gateway listens and knows the functions.
    ///
    /// - Returns: the port it listens on.
    public func waitUntilReady() async throws -> Int { try await ready.wait() }

    /// Waits until clients can connect, though they may have to wait for an answer.
    ///
    /// - Returns: the port it listens on.
    func waitUntilBound() async throws -> Int { try await bound.wait() }

    /// Waits until the gateway tells of its load.
    ///
    /// - Returns: the port at which it does.
    public func waitForReadings() async throws -> Int { try await told.wait() }

    /// Serves until the task is cancelled, then stops: takes no more connections, lets requests in flight end for as long as
    /// the configuration says, closes the rest.
    ///
    /// It can be run once. It throws if it cannot listen.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        do {
            try await serve(on: group)
        } catch {
            for signal in [bound, ready, told] { signal.settle(.failure(error)) }
            try? await group.shutdownGracefully()
            throw error
        }
        for signal in [bound, ready, told] { signal.settle(.failure(CancellationError())) }
        try await group.shutdownGracefully()
    }

    private func serve(on group: MultiThreadedEventLoopGroup) async throws {
        let loops = LoopSet(try await makeLoops(on: group))
        let listener = try await listen(on: group, loops)
        feed.attach(loops.all)
        let port = listener.localAddress?.port ?? 0
        bound.settle(.success(port))
        logger.info("gateway listens", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
        do {
            try await tell(loops, port: port) { registration in
                await follow(port: port, registration) { _ = listener.setOption(.autoRead, value: true) }
            }
        } catch {
            try? await listener.close()
            throw error
        }
        // The task is cancelled from here on, so what must still be waited for is waited for by futures.
        try? await listener.close()
        try await EventLoopFuture.andAllComplete(loops.drain(), on: group.any()).get()
    }

    /// Tells of the load while the body runs; the body gets what is to be known of that.
    private func tell(
        _ loops: LoopSet, port: Int, _ body: (GatewayRegistration?) async -> Void
    ) async throws {
        guard let readings = configuration.readings else { return await body(nil) }
        let identity = readings.identity ?? GatewayIdentity.of(host: GatewayIdentity.hostName, port: port)
        let server = try await ReadingsServer.start(readings, identity: identity, loops: loops.all)
        logger.info(
            "readings", metadata: ["host": "\(readings.host)", "port": "\(server.port)", "identity": "\(identity)"])
        told.settle(.success(server.port))
        let host = readings.host.contains(":") ? "[\(readings.host)]" : readings.host
        await body(
            client.map {
                GatewayRegistration(
                    client: $0, identity: identity, readings: "http://\(host):\(server.port)", logger: logger)
            })
        await server.stop()
    }

    /// Follows the functions until cancellation, and says when they are known.
    ///
    /// What is known stays known while the API server is away: the informer only ever adds to or replaces it.
    /// - Parameters:
    ///   - port: where it listens.
    ///   - registration: of its readings.
    ///   - open: begins to accept connections, once they are known or that takes too long.
    private func follow(
        port: Int, _ registration: GatewayRegistration?, open: @escaping @Sendable () -> Void
    ) async {
        guard let client else {
            open()
            ready.settle(.success(port))
            let (forever, end) = AsyncStream.makeStream(of: Never.self)
            return await withTaskCancellationHandler {
                for await _ in forever {}
            } onCancel: {
                end.finish()
            }
        }
        let informer = Informer<SandboxEndpoints>(client: client, logger: logger)
        let feed = feed
        informer.onChange { change in
            switch change {
            case .added(let object), .updated(_, let object): feed.set(object)
            case .deleted(let object): feed.remove(object.key)
            }
        }
        await withTaskGroup { tasks in
            tasks.addTask { await informer.run() }
            if let registration { tasks.addTask { await registration.run() } }
            tasks.addTask { [ready] in
                guard (try? await informer.waitForSync()) != nil else { return }
                feed.loaded()
                open()
                ready.settle(.success(port))
            }
            tasks.addTask { [patience = configuration.timeouts.firstTable] in
                try? await Task.sleep(for: .nanoseconds(patience.nanoseconds))
                if !Task.isCancelled { open() }
            }
            await tasks.waitForAll()
        }
    }

    private func makeLoops(on group: MultiThreadedEventLoopGroup) async throws -> [NIOLoopBound<GatewayLoop>] {
        var loops: [NIOLoopBound<GatewayLoop>] = []
        let quota = HoldQuota(configuration.limits.held)
        for eventLoop in group.makeIterator() {
            let (configuration, table) = (configuration, feed.table)
            let loop = try await eventLoop.submit {
                let loop = GatewayLoop(
                    eventLoop: eventLoop, configuration: configuration, connector: TCPConnector(), table: table,
                    quota: quota)
                return NIOLoopBound(loop, eventLoop: eventLoop)
            }.get()
            loops.append(loop)
        }
        return loops
    }

    private func listen(on group: MultiThreadedEventLoopGroup, _ loops: LoopSet) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Until the functions are known.
            .serverChannelOption(.autoRead, value: false)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[channel.eventLoop] else { throw ChannelError.ioOnClosedChannel }
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(loop: loop.value))
                }
            }
            .bind(host: configuration.host, port: configuration.port)
            .get()
    }
}

/// The gateway's loops, found by their event loop.
private struct LoopSet: Sendable {
    let all: [NIOLoopBound<GatewayLoop>]
    private let byEventLoop: [ObjectIdentifier: NIOLoopBound<GatewayLoop>]

    init(_ loops: [NIOLoopBound<GatewayLoop>]) {
        all = loops
        byEventLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
    }

    subscript(eventLoop: any EventLoop) -> NIOLoopBound<GatewayLoop>? { byEventLoop[ObjectIdentifier(eventLoop)] }

    /// Stops all loops.
    ///
    /// - Returns: when each has seen its last client go.
    func drain() -> [EventLoopFuture<Void>] {
        all.map { loop in loop.eventLoop.flatSubmit { loop.value.drain() } }
    }
}
