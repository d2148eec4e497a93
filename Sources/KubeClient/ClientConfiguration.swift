/// Where an API server is and how to speak to it.
public struct ClientConfiguration: Sendable, Equatable {
    /// The server's URL, `https://host:port`, perhaps with a path in front of the API.
    public var server: String
    /// The only authorities to trust, as PEM; nil for the system's.
    public var caPEM: String?
    public var token: String?
    /// A file that holds the token; read again as it rotates.
    ///
    /// Goes before `token`.
    public var tokenFile: String?
    /// The client's own certificate chain and private key, as PEM; both or neither.
    public var clientCertificatePEM: String?
    public var clientKeyPEM: String?
    /// Trusts any certificate.
    ///
    /// For experiments only.
    public var insecureSkipVerify: Bool
    /// The namespace that the configuration names, for programs that take a default from it.
    public var namespace: String

    public init(
        server: String, caPEM: String? = nil, token: String? = nil, tokenFile: String? = nil,
        insecureSkipVerify: Bool = false, namespace: String = "default"
    ) {
        self.server = server
        self.caPEM = caPEM
        self.token = token
        self.tokenFile = tokenFile
        self.insecureSkipVerify = insecureSkipVerify
        self.namespace = namespace
    }
}
