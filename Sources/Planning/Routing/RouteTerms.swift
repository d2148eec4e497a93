import NestAPI

/// What the requests of a function may count on, wherever its sandboxes are.
public struct RouteTerms: Sendable, Equatable {
    /// The longest that one request may take, in seconds.
    public let timeoutSeconds: Int
    /// The longest that a request waits for a sandbox, in seconds: as long as one may take to become ready.
    public let startupTimeoutSeconds: Int
    /// Requests at once in one sandbox; 0: no limit.
    public let concurrency: Int
    /// Whether a sandbox will come while none is ready.
    public let holdsRequests: Bool
    /// Why none is ready; empty if that is not known.
    public let trouble: String

    init(_ object: SandboxEndpoints) {
        timeoutSeconds = object.timeoutSeconds
        startupTimeoutSeconds = object.startupTimeoutSeconds
        concurrency = object.concurrency
        holdsRequests = object.holdsRequests
        trouble = object.trouble.map { $0.message.isEmpty ? $0.reason : "\($0.reason): \($0.message)" } ?? ""
    }
}
