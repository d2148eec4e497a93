import NIOCore
import Planning

/// Waiting for a sandbox while there is none.
///
/// What waits is the request's head and what has been read of its body: the client is not read meanwhile.
extension ClientConnection {
    /// Lets the request wait for a sandbox, if one will come for it and there is room.
    ///
    /// Nothing of it has been written to a sandbox, or what was may run again.
    ///
    /// - Parameter reason: why the last sandbox could not be connected to.
    func hold(after reason: String = "") {
        guard let function else { return }
        releasePool()
        attempt += 1
        refusal = reason
        if ticket > 0, loop.eventLoop.now >= holdDeadline { return failHeld() }
        let bytes = requestHead.readableBytes + inbound.readableBytes
        let decision = HoldDecision.of(
            function.route.terms, hasEndpoints: !function.pools.isEmpty, isStopping: loop.isDraining
        ) {
            loop.quota.admit(function: function.route.id, bytes: bytes, waited: ticket > 0)
        }
        switch decision {
        case .refuse(let refusal): fail(.notHeld(refusal))
        case .hold(let seconds):
            if ticket == 0 {
                ticket = loop.nextTicket()
                holdDeadline = loop.eventLoop.now + .seconds(Int64(clamping: seconds))
            }
            heldBytes = bytes
            deadline = holdDeadline
            exchange.held()
            loop.enqueue(self, of: function)
        }
    }

    /// A sandbox has room for the request.
    func resume(on pool: UpstreamPool, now: NIODeadline) {
        guard let function else { return }
        countOut()
        exchange.released()
        pool.tookFromBacklog(now)
        begin(on: pool, of: function, now: now)
    }

    /// Waits no longer.
    func leaveBacklog() {
        function?.backlog.remove(ticket: ticket)
        countOut()
    }

    /// Bytes that had been asked for before the request began to wait have come.
    func countHeldBytes() {
        let bytes = requestHead.readableBytes + inbound.readableBytes
        loop.quota.grow(by: bytes - heldBytes)
        heldBytes = bytes
    }

    private func countOut() {
        guard let function else { return }
        loop.quota.release(function: function.route.id, bytes: heldBytes)
        heldBytes = 0
    }

    /// It has waited long enough: says for what.
    func failHeld() {
        guard let function else { return }
        let terms = function.route.terms
        let cause: Problem.HeldCause =
            if function.pools.isEmpty {
                .noneReady(trouble: terms.trouble)
            } else if !refusal.isEmpty {
                .refused(refusal)
            } else {
                .busy
            }
        fail(.heldTooLong(seconds: terms.startupTimeoutSeconds, cause))
    }
}
