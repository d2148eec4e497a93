import KubeAPI
import Logging
import NIOCore
import Planning

/// Everything that one event loop needs to serve requests: its copy of the routing table, its connections, its scratch
/// space.
///
/// It is confined to that loop, so nothing in it is locked.
final class GatewayLoop {
    /// How exactly deadlines are kept.
    private static let tick = TimeAmount.milliseconds(100)
    private static let sweepInterval = TimeAmount.seconds(1)
    private static let spareLimit = 1024

    let eventLoop: any EventLoop
    let configuration: GatewayConfiguration
    let connector: any UpstreamConnector
    let clientLimit: Int
    /// Shared by all loops.
    let quota: HoldQuota

    /// Nil until the functions are known.
    private(set) var table: RoutingTable?
    private var functions: [Int: LoopFunction] = [:]
    /// Those of them that requests wait for.
    var holding: [Int: LoopFunction] = [:]
    private var lastTicket = 0
    /// Functions that the next sample holds.
    var metered: [LoopFunction] = []
    /// When the last sample was taken.
    var sampledAt: NIODeadline
    /// Hears of functions whose requests meet no sandbox; nil if no one asks.
    var onUrgency: (@Sendable (ObjectKey) -> Void)?
    private var needsSweep = false
    private var nextSweep = NIODeadline.uptimeNanoseconds(0)

    private var clients: [ClientConnection] = []
    private var upstreams: [UpstreamConnection] = []
    private var isTicking = false
    private(set) var isDraining = false
    private var drained: EventLoopPromise<Void>?

    /// For the fields of the head being read: no head is read while another is.
    var fields: [HeaderField] = []
    /// For what is being written: written bytes are gone before the next are.
    var scratch = ByteBuffer()
    let emptyBuffer = ByteBuffer()
    /// Buffers for request heads, which must last as long as their request.
    private var spareBuffers: [ByteBuffer] = []
    var random: SplitMix64

    init(
        eventLoop: any EventLoop, configuration: GatewayConfiguration, connector: any UpstreamConnector,
        table: RoutingTable?, quota: HoldQuota? = nil, seed: UInt64 = .random(in: 0 ... .max)
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.connector = connector
        self.table = table
        sampledAt = eventLoop.now
        self.quota = quota ?? HoldQuota(configuration.limits.held)
        clientLimit = max(1, configuration.limits.clientConnections / configuration.eventLoops)
        random = SplitMix64(seed: seed)
        fields.reserveCapacity(configuration.limits.fields)
    }

    // MARK: Routes

    /// Routes by this table from now on.
    ///
    /// Requests in flight end where they are; those that wait for a sandbox may have one now.
    func update(table: RoutingTable) {
        self.table = table
        needsSweep = true
        if !holding.isEmpty { reviewHeld() }
        startTicking()
    }

    /// A place behind all requests of this loop that have waited so far.
    func nextTicket() -> Int {
        lastTicket += 1
        return lastTicket
    }

    /// This loop's side of a function, brought up to date with the table.
    func function(_ route: FunctionRoute) -> LoopFunction {
        if let function = functions[route.id] {
            function.update(to: route)
            return function
        }
        let function = LoopFunction(route)
        functions[route.id] = function
        return function
    }

    /// This loop's side of a function, if it has had a request.
    func existing(_ id: Int) -> LoopFunction? { functions[id] }

    /// Lets go of functions and endpoints that the table no longer has.
    ///
    /// Those with requests see it at once; this is for those without.
    private func sweep() {
        needsSweep = false
        for (id, function) in functions {
            if let route = table?.route(function.route.key), route.id == id {
                function.update(to: route)
            } else {
                functions[id] = nil
                function.retire()
            }
        }
    }

    // MARK: Buffers

    func takeBuffer() -> ByteBuffer {
        var buffer = spareBuffers.popLast() ?? ByteBuffer()
        buffer.clear(minimumCapacity: 1024)
        return buffer
    }

    func give(_ buffer: ByteBuffer) {
        if spareBuffers.count < Self.spareLimit, (1...4096).contains(buffer.capacity) { spareBuffers.append(buffer) }
    }

    // MARK: Connections

    var isFull: Bool { clients.count >= clientLimit }
    var isEmpty: Bool { clients.isEmpty }
    var upstreamCount: Int { upstreams.count }

    func add(_ client: ClientConnection) {
        client.place = clients.count
        clients.append(client)
        startTicking()
    }

    func remove(_ client: ClientConnection) {
        guard client.place >= 0 else { return }
        let last = clients.removeLast()
        if last !== client {
            clients[client.place] = last
            last.place = client.place
        }
        client.place = -1
        if clients.isEmpty, isDraining { finishDraining() }
    }

    func add(_ upstream: UpstreamConnection) {
        upstream.place = upstreams.count
        upstreams.append(upstream)
        startTicking()
    }

    func remove(_ upstream: UpstreamConnection) {
        guard upstream.place >= 0 else { return }
        let last = upstreams.removeLast()
        if last !== upstream {
            upstreams[upstream.place] = last
            last.place = upstream.place
        }
        upstream.place = -1
    }

    // MARK: Deadlines

    /// One tick looks at all connections: a timer for each would cost every request an allocation.
    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        scheduleTick()
    }

    private func scheduleTick() {
        eventLoop.assumeIsolated().scheduleTask(in: Self.tick) { [self] in
            ticked()
            isTicking = !clients.isEmpty || !upstreams.isEmpty || needsSweep
            if isTicking { scheduleTick() }
        }
    }

    private func ticked() {
        let now = eventLoop.now
        if needsSweep, now >= nextSweep {
            nextSweep = now + Self.sweepInterval
            sweep()
        }
        // Backwards: whoever closes is replaced in the list by one that has been looked at.
        for index in clients.indices.reversed() where index < clients.count && clients[index].deadline <= now {
            clients[index].deadlineReached(now)
        }
        for index in upstreams.indices.reversed() where index < upstreams.count && upstreams[index].deadline <= now {
            upstreams[index].deadlineReached()
        }
        if !holding.isEmpty {
            releaseAll()
            sayUrgent()
        }
    }

    // MARK: Stopping

    /// Takes no more requests.
    ///
    /// - Returns: when the last client is gone: when its request is answered, or the time for that is over.
    func drain() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        isDraining = true
        drained = promise
        for client in clients { client.drain() }
        if clients.isEmpty {
            finishDraining()
        } else {
            eventLoop.assumeIsolated().scheduleTask(in: configuration.timeouts.drain) { [self] in
                for client in clients { client.abort() }
            }
        }
        return promise.futureResult
    }

    private func finishDraining() {
        for upstream in upstreams where !upstream.hasClient { upstream.close() }
        drained?.succeed()
        drained = nil
    }
}
