import FoundationEssentials
import KubeAPI
import Logging

/// A client of one Kubernetes API server.
///
/// Every call throws `KubeAPI.Status` when the server answers with an error, `KubeClientError` when there is no usable
/// answer, and `CancellationError` when its task is cancelled.
public final class KubeClient: Sendable {
    /// Lists are fetched in pages of this many objects, as client-go's pager does.
    static let pageSize = 500

    let transport: any KubeTransport
    let logger: Logger
    /// Where requests go, for messages.
    public let server: String

    /// Talks HTTP to the server of `configuration`.
    ///
    /// Nothing is connected until the first request.
    public convenience init(_ configuration: ClientConfiguration, logger: Logger) throws {
        self.init(
            transport: try HTTPTransport(configuration, logger: logger), server: configuration.server, logger: logger)
    }

    /// Talks through any transport.
    public init(transport: any KubeTransport, server: String = "", logger: Logger) {
        self.transport = transport
        self.server = server
        self.logger = logger
    }

    /// Closes all connections; requests and watches under way fail.
    public func shutdown() async { await transport.shutdown() }

    public func get<T: KubeObject>(_ type: T.Type = T.self, namespace: String = "", name: String) async throws -> T {
        try await object(.get(T.resource, namespace: namespace, name: name))
    }

    /// All objects in scope at one version, fetched in pages.
    ///
    /// `namespace` nil means all namespaces.
    public func list<T: KubeObject>(
        _ type: T.Type = T.self, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil
    ) async throws -> ObjectList<T> {
        let scope = KubeRequest.Scope(
            namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        var all = try await decode(ObjectList<T>.self, .list(T.resource, scope, limit: Self.pageSize))
        while let token = all.metadata.continue, !token.isEmpty {
            do {
                let page = try await decode(
                    ObjectList<T>.self, .list(T.resource, scope, limit: Self.pageSize, continue: token))
                all.items += page.items
                all.metadata = page.metadata
            } catch let status as Status where status.isExpired {
                // The version of the first page has been compacted: take everything at once.
                all = try await decode(ObjectList<T>.self, .list(T.resource, scope))
            }
        }
        return all
    }

    /// Sends a request that has no type here.
    /// - Returns: the answer whatever its status is.
    public func request(
        _ method: String, path: String, query: [(String, String)] = [], body: Data? = nil, contentType: String? = nil
    ) async throws -> (status: Int, body: Data) {
        let response = try await transport.send(
            KubeRequest(
                method: method, path: path, query: query.map { .init($0.0, $0.1) }, body: body,
                contentType: contentType))
        return (response.status, response.body)
    }
}

extension KubeClient {
    func object<T: KubeObject>(_ request: KubeRequest) async throws -> T { try await decode(T.self, request) }

    func decode<T: Decodable>(_ type: T.Type, _ request: KubeRequest) async throws -> T {
        let body = try await send(request)
        do {
            return try JSONValue(parsing: body).decoded()
        } catch {
            throw KubeClientError(
                .invalidResponse, "\(request.method) \(server)\(request.path) answered what is no \(T.self)",
                cause: error)
        }
    }

    /// - Returns: the body of a successful answer.
    @discardableResult
    func send(_ request: KubeRequest) async throws -> Data {
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else {
            throw Status(code: response.status, body: response.body)
        }
        return response.body
    }
}
