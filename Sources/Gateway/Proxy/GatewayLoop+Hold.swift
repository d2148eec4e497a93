import NIOCore
import Planning

/// The requests of this loop that wait for a sandbox.
extension GatewayLoop {
    /// Puts a request in its place among those of its function, and gives the first of them to sandboxes that have room.
    func enqueue(_ client: ClientConnection, of function: LoopFunction) {
        function.backlog.insert(client, ticket: client.ticket)
        holding[function.route.id] = function
        function.isHolding = true
        if function.pools.isEmpty { metNone(function) }
        release(function)
    }

    /// Gives waiting requests to sandboxes, oldest first, as far as those have room.
    func release(_ function: LoopFunction) {
        guard !function.isReleasing else { return }
        function.isReleasing = true
        let now = eventLoop.now
        while !function.backlog.isEmpty, let pool = function.poolForBacklog(now, loops: configuration.eventLoops) {
            function.backlog.popFirst()?.resume(on: pool, now: now)
        }
        function.isReleasing = false
        forget(function)
    }

    /// Lets requests go straight to sandboxes again once none waits.
    private func forget(_ function: LoopFunction) {
        guard function.backlog.isEmpty else { return }
        holding[function.route.id] = nil
        function.isHolding = false
    }

    /// Looks a moment later whether a sandbox has closed all of its connections, as one does whose process has ended.
    ///
    /// If not, requests go there as before.
    func settle(_ pool: UpstreamPool, of function: LoopFunction) {
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(25)) { [self] in
            guard pool.served > 0 else { return }
            pool.answered()
            release(function)
        }
    }

    /// A sandbox may have room by now: one has come, one is tried again, or all get more than at first.
    func releaseAll() {
        for function in holding.values { release(function) }
    }

    /// The table has changed: requests go to sandboxes that have come, and those for which none will come are answered.
    func reviewHeld() {
        for (id, function) in holding {
            guard let route = table?.route(function.route.key), route.id == id else {
                refuseAll(of: function, .unknownFunction)
                continue
            }
            function.update(to: route)
            if route.endpoints.isEmpty, !route.terms.holdsRequests {
                refuseAll(of: function, .notHeld(.noneComes))
            } else {
                release(function)
            }
        }
    }

    /// Answers those who wait now, and none that their connections bring next.
    private func refuseAll(of function: LoopFunction, _ kind: Problem.Kind) {
        function.isReleasing = true
        for _ in 0..<function.backlog.count { function.backlog.popFirst()?.fail(kind) }
        function.isReleasing = false
        forget(function)
    }
}
