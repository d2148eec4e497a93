import NIOCore

/// How exchanges and connections end.
extension ClientConnection {
    /// Answers with a problem in place of the sandbox.
    func fail(_ kind: Problem.Kind) {
        function?.counters.failures += 1
        answer(Problem(kind: kind, function: function?.name ?? "", sandbox: pool?.endpoint.sandbox ?? ""))
    }

    /// The client's bytes are no request: says why, and ends the connection, for no one knows where the next one begins.
    func refuse(_ fault: MessageFault) {
        guard exchange.phase != .responding, exchange.phase != .tunnel else { return abort() }
        exchange.closeAfterwards()
        answer(
            Problem(
                kind: .malformed(fault), function: function?.name ?? "", sandbox: pool?.endpoint.sandbox ?? ""))
    }

    /// Answers with a problem; the connection lives on if the request has come to its end.
    func answer(_ problem: Problem) {
        let (isHEAD, now) = (exchange.request.isHEAD, loop.eventLoop.now)
        releaseUpstream(reusable: false, now: now)
        let completion = exchange.answered()
        loop.scratch.clear()
        problem.write(closes: completion.closesClient, omitsBody: isHEAD, into: &loop.scratch)
        write(loop.scratch)
        flush()
        next(completion, now)
    }

    func answerHealth() {
        let isHEAD = exchange.request.isHEAD
        let completion = exchange.answered()
        loop.scratch.clear()
        loop.scratch.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n")
        loop.scratch.writeStaticString(completion.closesClient ? "Connection: close\r\n\r\n" : "\r\n")
        if !isHEAD { loop.scratch.writeStaticString("ok\n") }
        write(loop.scratch)
        flush()
        next(completion, loop.eventLoop.now)
    }

    /// The sandbox's answer has been passed on whole.
    func finish(_ completion: Exchange.Completion) {
        let now = loop.eventLoop.now
        releaseUpstream(reusable: completion.reusesUpstream, now: now)
        next(completion, now)
    }

    private func next(_ completion: Exchange.Completion, _ now: NIODeadline) {
        if completion.closesClient || loop.isDraining { return end() }
        deadline = now + timeouts.keepAlive
        // What the client sent meanwhile is its next request.
        guard !isProcessing else { return }
        process()
        resumeReading()
    }

    /// Ends the connection once all is written.
    ///
    /// Only our side closes at first: a close with bytes unread would reset the connection and could take the answer away
    /// from the client (RFC 9112 section 9.6). What still comes is thrown away.
    func end() {
        guard state == .open, let context else { return }
        state = .ending
        inbound = loop.emptyBuffer
        deadline = loop.eventLoop.now + timeouts.bodyIdle
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            if state == .ending { deadline = loop.eventLoop.now + timeouts.linger }
        }
        context.close(mode: .output, promise: written)
        context.read()
    }

    /// Ends the connection now, and with it the exchange.
    func abort() {
        guard state != .closed else { return }
        state = .closed
        releaseUpstream(reusable: false, now: loop.eventLoop.now)
        context?.close(mode: .all, promise: nil)
    }
}
