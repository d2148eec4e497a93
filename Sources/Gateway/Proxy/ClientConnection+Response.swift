import NIOCore

/// From the sandbox to the client.
extension ClientConnection {
    /// Bodies up to this size are written with their head in one piece; copying them costs less than a second buffer.
    private static let copyLimit = 16 * 1024

    /// The sandbox sent something.
    func upstreamRead(_ upstream: UpstreamConnection) {
        guard self.upstream === upstream else { return }
        while self.upstream === upstream, exchange.phase == .awaitingHead {
            guard readResponseHead(upstream) else { return }
        }
        guard self.upstream === upstream, upstream.inbound.readableBytes > 0 else { return }
        switch exchange.phase {
        case .responding:
            loop.scratch.clear()
            passResponseBody(upstream)
        case .tunnel:
            write(upstream.takeAll())
            flush()
            extendDeadline()
        default: break
        }
    }

    /// Reads one head, interim or final, if it is complete.
    ///
    /// - Returns: false if more bytes must come first.
    private func readResponseHead(_ upstream: UpstreamConnection) -> Bool {
        switch upstream.finder.advance(upstream.inbound.readableBytesUInt8Span, limit: limits.headBytes) {
        case .incomplete: return false
        case .fault(let fault): fail(.upstreamMalformed(fault.reason))
        case .complete(let length):
            upstream.finder = HeadFinder()
            let buffer = upstream.inbound
            do throws(MessageFault) {
                let head = try ResponseScanner.scan(
                    buffer.readableBytesUInt8Span, length: length, isHEAD: exchange.request.isHEAD,
                    fieldLimit: limits.fields, into: &loop.fields)
                received(head, from: upstream)
            } catch {
                fail(.upstreamMalformed(error.reason))
            }
        }
        return true
    }

    private func received(_ head: ResponseHead, from upstream: UpstreamConnection) {
        loop.scratch.clear()
        switch exchange.received(head, isDraining: loop.isDraining) {
        case .reject(let fault): fail(.upstreamMalformed(fault.reason))
        case .dropInterim: consumeHead(head, upstream)
        case .interim:
            writeHead(head, upstream, isChunked: false, ending: .keepAlive)
            write(loop.scratch)
            flush()
        case .tunnel:
            writeHead(head, upstream, isChunked: false, ending: .upgrade)
            write(loop.scratch)
            flush()
            extendDeadline()
            forward()
            resumeReading()
        case .respond(let response):
            writeHead(head, upstream, isChunked: response.isChunked, ending: response.ending)
            upstream.body = BodyFraming(head.body)
            upstream.announcedTimeout = head.keepAliveTimeout.map { .seconds(Int64($0)) }
            unwrapsChunks = response.unwrapsChunks
            passResponseBody(upstream)
        }
    }

    private func writeHead(
        _ head: ResponseHead, _ upstream: UpstreamConnection, isChunked: Bool, ending: HeadRewriter.Ending
    ) {
        HeadRewriter.response(
            head, upstream.inbound.readableBytesUInt8Span, loop.fields, isChunked: isChunked, ending: ending,
            into: &loop.scratch)
        consumeHead(head, upstream)
    }

    private func consumeHead(_ head: ResponseHead, _ upstream: UpstreamConnection) {
        upstream.inbound.moveReaderIndex(forwardBy: head.length)
        upstream.consumed()
    }

    /// Writes what is in the scratch buffer, and after it what has come of the body.
    private func passResponseBody(_ upstream: UpstreamConnection) {
        do throws(MessageFault) {
            let isComplete = try writeResponseBody(upstream)
            flush()
            upstream.consumed()
            if isComplete {
                finish(exchange.responseEnded())
            } else {
                extendDeadline()
            }
        } catch {
            // The head is gone; the only way left to say that the answer is not whole is to end it early.
            abort()
        }
    }

    private func writeResponseBody(_ upstream: UpstreamConnection) throws(MessageFault) -> Bool {
        let buffer = upstream.inbound
        let progress: BodyFraming.Progress
        if unwrapsChunks {
            progress = try upstream.body.unwrap(buffer.readableBytesUInt8Span, into: &loop.scratch)
            upstream.inbound.moveReaderIndex(forwardBy: progress.count)
        } else {
            progress = try upstream.body.pass(buffer.readableBytesUInt8Span)
            let piece = upstream.inbound.readSlice(length: progress.count)
            if let piece, progress.count > 0 {
                guard loop.scratch.readableBytes > 0, progress.count <= Self.copyLimit else {
                    if loop.scratch.readableBytes > 0 { write(loop.scratch) }
                    write(piece)
                    return progress.isComplete
                }
                loop.scratch.writeImmutableBuffer(piece)
            }
        }
        if loop.scratch.readableBytes > 0 { write(loop.scratch) }
        return progress.isComplete
    }
}
