import KubeAPI

/// What the server answers to a request of its own process.
public enum LocalAnswer: Sendable {
    case whole(status: Int, body: [UInt8])
    /// An answer that goes on, a piece of its text at a time.
    ///
    /// Whoever lets go of it ends it.
    case stream(status: Int, AsyncThrowingStream<[UInt8], any Error>)
}

extension EmbeddedAPIServer {
    /// Answers a request of this process: the same as over HTTPS, without a connection, and always let in.
    /// - Parameters:
    ///   - method: the HTTP method.
    ///   - target: path and query, as they stand in a request line.
    ///   - contentType: of the body; empty where there is none.
    ///   - accept: the forms that the answer may have; empty for JSON.
    ///   - body: empty where there is none.
    /// - Returns: the answer, whatever its status is.
    public func answer(
        _ method: String, _ target: String, contentType: String = "", accept: String = "", body: [UInt8] = []
    ) async -> LocalAnswer {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var call = APICall(method: method, path: String(parts[0]))
        call.query = Query(parts.count > 1 ? String(parts[1]) : "")
        call.contentType = contentType
        call.accept = accept
        call.body = body
        let reply = body.count > APIResponder.maximumBody ? APIReply(.tooLarge) : await handler.handle(call)
        switch reply.body {
        case .bytes(let bytes): return .whole(status: reply.code, body: bytes)
        case .watch(let watch):
            let stream = LocalStream(onLetGo: { watch.watcher.finish() }) { send in try await watch.run(send) }
            return .stream(status: reply.code, stream.chunks())
        case .log(let read):
            let stream = LocalStream { [store] send in try await read({ store.isOpen && !Task.isCancelled }, send) }
            return .stream(status: reply.code, stream.chunks())
        }
    }
}

/// Runs what writes an answer for a reader in this process; ends it when the reader lets go.
private final class LocalStream: Sendable {
    typealias Send = @Sendable ([UInt8]) async throws -> Void

    private let handoff = Handoff<[UInt8]>()
    private let task: Task<Void, Never>

    init(
        onLetGo: @escaping @Sendable () -> Void = {}, _ write: @escaping @Sendable (@escaping Send) async throws -> Void
    ) {
        task = Task { [handoff] in
            await withTaskCancellationHandler {
                // As over a connection: an answer that cannot go on breaks off.
                do { try await write { await handoff.offer($0) } } catch {}
                handoff.end()
            } onCancel: {
                onLetGo()
            }
        }
    }

    deinit {
        task.cancel()
        handoff.end()
    }

    func chunks() -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { await self.handoff.take() }
    }
}
