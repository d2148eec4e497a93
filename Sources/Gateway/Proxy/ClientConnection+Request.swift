import NIOCore
import Planning

/// From the client to the sandbox.
extension ClientConnection {
    // MARK: Head

    /// Reads a head, if it is complete, and begins its exchange or answers it.
    ///
    /// - Returns: false if more bytes must come first.
    func readHead() -> Bool {
        switch finder.advance(inbound.readableBytesUInt8Span, limit: limits.headBytes) {
        case .complete(2) where !hasSkippedLine:
            inbound.moveReaderIndex(forwardBy: 2)
            hasSkippedLine = true
            finder = HeadFinder()
            return true
        case .complete(let length): begin(length: length)
        case .fault(let fault): refuse(fault)
        case .incomplete: return checkFirstLine()
        }
        return true
    }

    /// Looks at the first line of an incomplete head.
    ///
    /// One that can never become a request, such as HTTP/0.9's, need not wait for the deadline, which counts from the head's first byte.
    private func checkFirstLine() -> Bool {
        deadline = min(deadline, loop.eventLoop.now + timeouts.head)
        guard !hasCheckedLine, let end = finder.firstLineEnd else { return false }
        hasCheckedLine = true
        let buffer = inbound
        do throws(MessageFault) {
            _ = try RequestScanner.requestLine(buffer.readableBytesUInt8Span, end: end - 2)
            return false
        } catch {
            refuse(error)
            return true
        }
    }

    private func begin(length: Int) {
        let buffer = inbound
        do throws(MessageFault) {
            let head = try RequestScanner.scan(
                buffer.readableBytesUInt8Span, length: length, fieldLimit: limits.fields, into: &loop.fields)
            exchange.begin(.init(head))
            attempt += 1
            if loop.isDraining { exchange.closeAfterwards() }
            requestBody = BodyFraming(head.body)
            let destination = route(head)
            finishHead(length)
            switch destination {
            case .gateway: answerHealth()
            case .function: dispatch()
            case .nowhere(let problem): answer(problem)
            }
        } catch {
            refuse(error)
        }
    }

    private func finishHead(_ length: Int) {
        inbound.moveReaderIndex(forwardBy: length)
        releaseInboundIfEmpty()
        finder = HeadFinder()
        (hasSkippedLine, hasCheckedLine) = (false, false)
    }

    private enum Destination { case gateway, function, nowhere(Problem) }

    /// Finds who answers; if it is a function, writes the head for it.
    private func route(_ head: RequestHead) -> Destination {
        let buffer = inbound
        let bytes = buffer.readableBytesUInt8Span
        let start = head.target.lowerBound
        switch PathMatch.of(bytes.extracting(head.target)) {
        case .health: return .gateway
        case .unknown: return .nowhere(Problem(kind: .noSuchPath))
        case .function(let relativeName, let rest):
            guard let table = loop.table else { return .nowhere(Problem(kind: .tableNotLoaded)) }
            let name = start + relativeName.lowerBound..<start + relativeName.upperBound
            guard let route = table.route(bytes.extracting(name)) else {
                return .nowhere(Problem(kind: .unknownFunction, function: buffer.text(name)))
            }
            function = loop.function(route)
            requestHead = loop.takeBuffer()
            HeadRewriter.request(
                head, bytes, loop.fields, path: start + rest..<head.target.upperBound, name: name, by: forwardedBy,
                requestID: head.hasRequestID ? (0, 0) : (loop.random.next(), loop.random.next()), into: &requestHead)
            return .function
        }
    }

    /// Gives the request to a sandbox, or lets it wait for one behind those that wait already.
    private func dispatch() {
        guard let function else { return }
        let now = loop.eventLoop.now
        if !function.isMetered { loop.meter(function) }
        function.counters.began(now)
        ticket = 0
        guard !function.isHolding, let pool = function.choose(random: loop.random.next()), pool.refusedAt == nil
        else { return hold() }
        begin(on: pool, of: function, now: now)
    }

    /// From now on the time of the answer counts.
    func begin(on pool: UpstreamPool, of function: LoopFunction, now: NIODeadline) {
        answerDeadline = now + .seconds(Int64(clamping: function.route.timeoutSeconds))
        deadline = answerDeadline
        take(pool)
        connect()
    }

    func releaseInboundIfEmpty() {
        if inbound.readableBytes == 0 { inbound = loop.emptyBuffer }
    }

    // MARK: Body

    /// Passes on what the client sent, as far as the sandbox takes it.
    func forward() {
        guard let upstream, inbound.readableBytes > 0 else { return }
        if exchange.phase == .tunnel {
            upstream.write(inbound)
            upstream.flush()
            inbound = loop.emptyBuffer
            return extendDeadline()
        }
        guard !exchange.isRequestComplete else { return }
        let buffer = inbound
        do throws(MessageFault) {
            let progress = try requestBody.pass(buffer.readableBytesUInt8Span)
            if progress.count > 0, let piece = inbound.readSlice(length: progress.count) {
                exchange.bodyForwarded()
                upstream.write(piece)
                upstream.flush()
            }
            releaseInboundIfEmpty()
            if progress.isComplete { exchange.requestEnded() }
            extendDeadline()
        } catch {
            refuse(error)
        }
    }
}

extension ByteBuffer {
    /// Readable bytes as text, for messages.
    func text(_ range: Range<Int>) -> String {
        getString(at: readerIndex + range.lowerBound, length: range.count) ?? ""
    }
}
