import NIOCore
import Planning

/// One event loop's connections to one sandbox.
final class UpstreamPool {
    let endpoint: RouteEndpoint
    /// Nil if what the object says is no IP address.
    let address: SocketAddress?
    /// Requests that this loop has given to the sandbox and that it has not yet answered.
    var inFlight = 0
    /// Connections of this loop, those being opened included.
    var connections = 0
    /// The last one used is the first to be used again, so that the others can go.
    private var idle: [UpstreamConnection] = []
    private var isRetired = false
    /// When it got the first request of a backlog; nil if that is still to come.
    var backlogSince: NIODeadline?
    /// When no one was there to connect to, or when that was tried last; nil if someone was.
    private(set) var refusedAt: NIODeadline?
    /// Whether only an answer shows that someone is there: a connection may be to a socket whose process has ended.
    private(set) var needsAnswer = false
    /// Connections on which the sandbox has answered.
    var served = 0

    init(_ endpoint: RouteEndpoint) {
        self.endpoint = endpoint
        address = try? SocketAddress(ipAddress: endpoint.address, port: endpoint.port)
    }

    /// What a backlog goes by.
    func load(_ now: NIODeadline) -> BacklogSpread.Load {
        func since(_ moment: NIODeadline) -> Int64 { (now - moment).nanoseconds / 1_000_000 }
        return .init(
            inFlight: inFlight, milliseconds: backlogSince.map(since) ?? 0, refused: refusedAt.map(since))
    }

    /// A request of a backlog is for it.
    func tookFromBacklog(_ now: NIODeadline) {
        if backlogSince == nil { backlogSince = now }
        if refusedAt != nil { refusedAt = now }
    }

    /// No one was there to connect to: its process has ended.
    func refused(_ now: NIODeadline) {
        refusedAt = now
        backlogSince = nil
        needsAnswer = false
    }

    /// It closed a connection without an answer: its process may have ended.
    func suspected(_ now: NIODeadline) {
        refused(now)
        needsAnswer = true
    }

    /// A connection is there.
    func accepted() { if !needsAnswer { refusedAt = nil } }

    /// It answers.
    func answered() { (refusedAt, needsAnswer) = (nil, false) }

    /// Takes the connection that was used last.
    ///
    /// - Parameter earliest: one that has been unused since before this time is left where it is.
    /// - Returns: nil if there is none to take.
    func takeIdle(since earliest: NIODeadline) -> UpstreamConnection? {
        while let connection = idle.last, connection.idleSince >= earliest {
            idle.removeLast()
            if connection.isActive { return connection }
        }
        return nil
    }

    /// Keeps a connection for the next request.
    ///
    /// - Parameters:
    ///   - connection: one that is between two requests.
    ///   - limit: the most to keep.
    /// - Returns: false if it must be closed instead: enough are kept, or the sandbox is no longer ready.
    func keep(_ connection: UpstreamConnection, limit: Int) -> Bool {
        guard !isRetired, idle.count < limit else { return false }
        idle.append(connection)
        return true
    }

    func forget(_ connection: UpstreamConnection) {
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
    }

    /// The sandbox is no longer ready: requests in flight end as they may, no connection is kept.
    func retire() {
        isRetired = true
        let connections = idle
        idle = []
        for connection in connections { connection.close() }
    }
}
