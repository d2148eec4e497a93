import KubeAPI

/// A sandbox that may get new requests, as the request path sees it.
///
/// The sandbox's name is part of its identity: an address that another sandbox takes over is another endpoint, so
/// no pooled connection ever serves two sandboxes.
public struct RouteEndpoint: Sendable, Hashable {
    public let sandbox: String
    public let address: String
    public let port: Int

    public init(sandbox: String, address: String, port: Int) {
        self.sandbox = sandbox
        self.address = address
        self.port = port
    }
}

/// Where the requests of one function go.
public struct FunctionRoute: Sendable, Equatable {
    /// The same for as long as the function is in the table, and never used again after.
    public let id: Int
    /// Differs whenever anything else in here differs, so that caches compare one number.
    public let version: Int
    public let key: ObjectKey
    public let terms: RouteTerms
    /// The ready sandboxes only.
    public let endpoints: [RouteEndpoint]
    /// The longest that one request may take.
    public var timeoutSeconds: Int { terms.timeoutSeconds }
}
