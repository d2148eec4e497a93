/// Where a gateway tells of its load, and whom.
public struct ReadingsConfiguration: Sendable {
    /// The gateway's name among all; nil: made of the host's name and the gateway's port.
    public var identity: String?
    /// The IP address to listen on, by which readers reach it: never the public one.
    public var host: String
    /// The port to listen on; 0 for any that is free.
    public var port: Int
    /// The word that readers show, asked for at each request so that it can be replaced; an empty one admits nobody.
    public var token: @Sendable () -> [UInt8]

    /// - Parameters:
    ///   - identity: the gateway's name among all; nil: made of the host's name and the gateway's port.
    ///   - host: the IP address to listen on.
    ///   - port: the port to listen on; 0 for any that is free.
    ///   - token: gives the word that readers show.
    public init(
        identity: String? = nil, host: String = "127.0.0.1", port: Int = 0, token: @escaping @Sendable () -> [UInt8]
    ) {
        self.identity = identity
        self.host = host
        self.port = port
        self.token = token
    }
}
