import Glibc
import NIOCore

/// Getting a connection to a sandbox, and another when it fails.
extension ClientConnection {
    /// How long a kept connection may have been unused for a request that must not run twice.
    ///
    /// The sandbox may be closing an older one at this moment, and then no one could tell whether the request has run.
    private static let safeIdleTime = TimeAmount.seconds(1)

    func take(_ pool: UpstreamPool) {
        pool.inFlight += 1
        self.pool = pool
    }

    /// Gets a connection to the chosen sandbox: a kept one, or a new one if a kept one turned out to be closed.
    func connect() {
        guard let pool else { return }
        let longest = exchange.request.isIdempotent ? TimeAmount.hours(1) : Self.safeIdleTime
        if !exchange.hasRetriedStale, let upstream = pool.takeIdle(since: loop.eventLoop.now - longest) {
            return send(on: upstream, reused: true)
        }
        guard pool.connections < limits.connectionsPerSandbox else {
            return fail(.sandboxBusy(limit: limits.connectionsPerSandbox))
        }
        guard let address = pool.address else {
            return connectFailed("its address \(pool.endpoint.address) is not an IP address", isAbsent: false)
        }
        pool.connections += 1
        let attempt = attempt
        let loop = loop
        let connecting = loop.connector.connect(to: address, on: loop.eventLoop, timeout: timeouts.connect)
        connecting.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel): connected(channel, to: pool, attempt: attempt)
            case .failure(let error):
                pool.connections -= 1
                let isAbsent = ConnectError.isAbsent(error)
                if isAbsent { pool.refused(loop.eventLoop.now) }
                guard attempt == self.attempt, exchange.phase == .connecting else { return }
                connectFailed(ConnectError.describe(error, timeout: timeouts.connect), isAbsent: isAbsent)
            }
        }
    }

    private func connected(_ channel: any Channel, to pool: UpstreamPool, attempt: Int) {
        let upstream = UpstreamConnection(pool: pool, loop: loop)
        do {
            try channel.pipeline.syncOperations.addHandler(upstream)
        } catch {
            // The channel closed in between; it never had a handler to say so.
            pool.connections -= 1
            pool.refused(loop.eventLoop.now)
            guard attempt == self.attempt, exchange.phase == .connecting else { return }
            return connectFailed("the connection was closed", isAbsent: true)
        }
        pool.accepted()
        guard attempt == self.attempt, exchange.phase == .connecting, state == .open else {
            // Whoever wanted it is gone. The next request will want one too.
            return upstream.release(reusable: true, now: loop.eventLoop.now)
        }
        send(on: upstream, reused: false)
        upstream.read()
        if let function, function.isHolding { loop.release(function) }
    }

    /// - Parameters:
    ///   - reason: why there is no connection.
    ///   - isAbsent: whether that is because no one is there.
    private func connectFailed(_ reason: String, isAbsent: Bool) {
        guard let function else { return }
        let other = function.choose(excluding: pool, random: loop.random.next())
        let mayWait = isAbsent && function.route.terms.holdsRequests
        switch exchange.connectFailed(hasOther: other != nil, mayWait: mayWait) {
        case .tryAnother:
            guard let other else { return }
            releasePool()
            attempt += 1
            take(other)
            connect()
        case .wait: hold(after: reason)
        case .fail: fail(.connectFailed(reason))
        }
    }

    private func send(on upstream: UpstreamConnection, reused: Bool) {
        self.upstream = upstream
        upstream.attach(self)
        exchange.connected(reused: reused)
        upstream.write(requestHead)
        if inbound.readableBytes > 0, !exchange.isRequestComplete { forward() }
        // Forwarding a malformed body ends the exchange.
        guard self.upstream === upstream else { return }
        upstream.flush()
        extendDeadline()
        if !exchange.isRequestComplete { resumeReading() }
    }

    /// The sandbox's connection is gone; it has already let go of this one.
    func upstreamClosed(_ upstream: UpstreamConnection) {
        guard self.upstream === upstream else { return }
        self.upstream = nil
        switch exchange.upstreamClosed(sawResponse: upstream.sawResponse, endsWithClose: upstream.body == .untilClose) {
        case .retry:
            suspect()
            hold(after: "the connection was closed")
        case .fail:
            suspect()
            fail(.upstreamClosed)
        case .complete: finish(exchange.responseEnded())
        case .abort: abort()
        case .ignore: break
        }
    }

    /// The sandbox's process may have ended; then whoever connects before its socket goes would wait for no one.
    private func suspect() {
        guard let pool, let function, pool.refusedAt == nil else { return }
        pool.suspected(loop.eventLoop.now)
        loop.settle(pool, of: function)
    }

    func releasePool() {
        pool?.inFlight -= 1
        pool = nil
    }

    /// Lets go of everything that the exchange held.
    func releaseUpstream(reusable: Bool, now: NIODeadline) {
        attempt += 1
        if exchange.phase == .held { leaveBacklog() }
        let (upstream, function) = (upstream, function)
        self.upstream = nil
        releasePool()
        function?.counters.ended(now)
        self.function = nil
        loop.give(requestHead)
        requestHead = loop.emptyBuffer
        upstream?.release(reusable: reusable, now: now)
        if let function, function.isHolding { loop.release(function) }
    }
}

/// Names the reason of a failed connect without the noise around it.
enum ConnectError {
    /// Whether no one is there, so that nothing can have been sent, as when a process has just ended.
    static func isAbsent(_ error: any Error) -> Bool {
        guard let error = error as? IOError else { return false }
        return [ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
    }

    static func describe(_ error: any Error, timeout: TimeAmount) -> String {
        switch error {
        case ChannelError.connectTimeout: return "no answer within \(timeout.seconds) s"
        case let error as IOError where error.errnoCode == ECONNREFUSED: return "connection refused"
        case let error as IOError where error.errnoCode == EHOSTUNREACH || error.errnoCode == ENETUNREACH:
            return "no route to its address"
        case let error as IOError where error.errnoCode == EMFILE || error.errnoCode == ENFILE:
            return "the gateway has no file descriptor left"
        default: return "\(error)"
        }
    }
}
