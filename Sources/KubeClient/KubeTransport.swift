import FoundationEssentials

/// Carries requests to an API server: over HTTP, or to a fake one in tests.
public protocol KubeTransport: Sendable {
    /// Sends a request and waits for the whole answer, which may be an error's.
    /// - Throws: `KubeClientError`, or `CancellationError`.
    func send(_ request: KubeRequest) async throws -> KubeResponse

    /// Sends a request and returns as soon as the answer begins.
    func open(_ request: KubeRequest) async throws -> KubeResponseStream

    /// Closes all connections; requests under way fail.
    func shutdown() async
}

/// A whole answer.
public struct KubeResponse: Sendable, Equatable {
    public var status: Int
    public var body: Data

    public init(status: Int, body: Data) {
        self.status = status
        self.body = body
    }
}

/// An answer that goes on arriving.
///
/// Whoever lets go of it ends it.
public struct KubeResponseStream: Sendable {
    public var status: Int
    /// The body in pieces of any size; the next is fetched when asked for.
    public var chunks: AsyncThrowingStream<Data, any Error>

    public init(status: Int, chunks: AsyncThrowingStream<Data, any Error>) {
        self.status = status
        self.chunks = chunks
    }
}
