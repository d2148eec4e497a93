import Foundation
import KubeClient
import KubeServer

/// Carries requests to the API server in the same process.
///
/// They are the requests that would go over HTTPS: nothing but the connection is left out.
struct LocalTransport: KubeTransport {
    let server: EmbeddedAPIServer

    func send(_ request: KubeRequest) async throws -> KubeResponse {
        try Task.checkCancellation()
        switch await answer(request) {
        case .whole(let status, let body): return KubeResponse(status: status, body: Data(body))
        case .stream:
            throw KubeClientError(.invalidResponse, "\(request.method) \(request.path) was answered by a watch")
        }
    }

    func open(_ request: KubeRequest) async throws -> KubeResponseStream {
        try Task.checkCancellation()
        switch await answer(request) {
        case .stream(let status, let chunks):
            let reader = ChunkReader(chunks)
            return KubeResponseStream(status: status, chunks: AsyncThrowingStream { try await reader.next() })
        case .whole(let status, let body):
            let (chunks, end) = AsyncThrowingStream<Data, any Error>.makeStream()
            end.yield(Data(body))
            end.finish()
            return KubeResponseStream(status: status, chunks: chunks)
        }
    }

    /// The server ends by itself.
    func shutdown() async {}

    private func answer(_ request: KubeRequest) async -> LocalAnswer {
        await server.answer(
            request.method, request.target, contentType: request.contentType ?? "", accept: request.accept,
            body: request.body.map(Array.init) ?? [])
    }
}

/// Reads a stream from whatever task asks.
private actor ChunkReader {
    private var chunks: AsyncThrowingStream<[UInt8], any Error>.Iterator

    init(_ chunks: AsyncThrowingStream<[UInt8], any Error>) { self.chunks = chunks.makeAsyncIterator() }

    func next() async throws -> Data? {
        var iterator = chunks
        defer { chunks = iterator }
        return try await iterator.next(isolation: self).map { Data($0) }
    }
}
