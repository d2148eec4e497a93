import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOSSL

/// Carries requests over HTTP/1.1 with TLS.
///
/// Watches hold connections of their own; all else shares a pool.
final class HTTPTransport: KubeTransport {
    /// The largest answer that is held in memory.
    static let bodyLimit = 128 << 20

    private let client: HTTPClient
    /// Apart because async-http-client knows read timeouts only by client, and a watch may be silent for long.
    private let watching: HTTPClient
    private let base: String
    private let tokens: TokenSource
    private let logger: Logger

    init(_ configuration: ClientConfiguration, logger: Logger) throws {
        base = try Self.base(configuration.server)
        tokens = TokenSource(configuration)
        self.logger = logger
        let http = try HTTPClient.Configuration.kube(configuration)
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: http)
        watching = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: http.forWatches)
    }

    deinit {
        // Whoever forgets to shut a client down loses nothing but a moment; async-http-client would trap.
        for client in [client, watching] { client.shutdown().whenComplete { _ in } }
    }

    func send(_ request: KubeRequest) async throws -> KubeResponse {
        try await naming(request) {
            let response = try await execute(request, by: client)
            var body = Data()
            for try await chunk in response.body {
                guard body.count + chunk.readableBytes <= Self.bodyLimit else {
                    throw KubeClientError(
                        .tooLarge, "\(request.method) \(base)\(request.path) answered more than \(Self.bodyLimit) bytes"
                    )
                }
                body.append(contentsOf: chunk.readableBytesView)
            }
            return KubeResponse(status: Int(response.status.code), body: body)
        }
    }

    func open(_ request: KubeRequest) async throws -> KubeResponseStream {
        try await naming(request) {
            let response = try await execute(request, by: watching)
            let reader = BodyReader(response.body)
            let stream = AsyncThrowingStream { [self] in try await naming(request) { try await reader.next() } }
            return KubeResponseStream(status: Int(response.status.code), chunks: stream)
        }
    }

    func shutdown() async {
        for client in [client, watching] {
            do {
                try await client.shutdown()
            } catch {
                logger.debug("closing connections to \(base): \(error)")
            }
        }
    }

    private func execute(_ request: KubeRequest, by client: HTTPClient) async throws -> HTTPClientResponse {
        var http = HTTPClientRequest(url: base + request.target)
        http.method = .init(rawValue: request.method)
        http.headers.add(name: "Accept", value: request.accept)
        http.headers.add(name: "User-Agent", value: "nest")
        if let token = try tokens.token() { http.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let contentType = request.contentType { http.headers.add(name: "Content-Type", value: contentType) }
        if let body = request.body { http.body = .bytes(ByteBuffer(bytes: body)) }
        return try await client.execute(http, deadline: .now() + TimeAmount(request.timeout))
    }

    /// Runs `body` with its errors turned into ones that name the request.
    private func naming<Result: Sendable>(
        _ request: KubeRequest, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as KubeClientError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw KubeClientError(transport: error, during: "\(request.method) \(base)\(request.path)")
        }
    }

    private static func base(_ server: String) throws -> String {
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw KubeClientError(
                .invalidConfiguration, "server '\(server)' is no URL: it should be like https://127.0.0.1:6443")
        }
        return server.hasSuffix("/") ? String(server.dropLast()) : server
    }
}

/// Reads a response's body piece by piece, for a stream that may be handed from task to task.
private actor BodyReader {
    private var iterator: HTTPClientResponse.Body.AsyncIterator

    init(_ body: HTTPClientResponse.Body) { iterator = body.makeAsyncIterator() }

    func next() async throws -> Data? {
        var iterator = iterator
        defer { self.iterator = iterator }
        guard let buffer = try await iterator.next(isolation: self) else { return nil }
        return Data(buffer.readableBytesView)
    }
}
