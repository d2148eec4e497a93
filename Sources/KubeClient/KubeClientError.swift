/// What kept a request from being answered.
///
/// An answer that is an error is a `KubeAPI.Status` instead.
public struct KubeClientError: Error, Sendable, CustomStringConvertible {
    /// An open set: later versions may add codes.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        private init(_ description: String) { self.description = description }

        /// No connection: refused, no route, no such name, or the TLS handshake failed.
        public static let connectFailed = Code("connectFailed")
        public static let timedOut = Code("timedOut")
        /// The connection broke; the request may or may not have been carried out.
        public static let connectionLost = Code("connectionLost")
        /// The answer is not what the Kubernetes API promises.
        public static let invalidResponse = Code("invalidResponse")
        /// The answer, or one watch event, is larger than the client holds in memory.
        public static let tooLarge = Code("tooLarge")
        /// The request cannot be sent, such as one for an object without a name.
        public static let invalidRequest = Code("invalidRequest")
        /// The certificates or the server's address cannot be used.
        public static let invalidConfiguration = Code("invalidConfiguration")
    }

    public let code: Code
    /// What failed, with the server's address.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
