import KubeAPI

/// A check of a running sandbox (core/v1 `Probe`), by one of `httpGet` and `tcpSocket`.
///
/// It goes to the one port that a sandbox has.
public struct Probe: Codable, Sendable, Equatable {
    /// An HTTP GET, which must be answered with 200 to 399.
    public struct HTTPGet: Codable, Sendable, Equatable {
        public struct Header: Codable, Sendable, Equatable {
            public var name: String
            public var value: String

            public init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        public var path: String
        public var httpHeaders: [Header]

        public init(path: String = "/", httpHeaders: [Header] = []) {
            self.path = path
            self.httpHeaders = httpHeaders
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            path = try container.decode(.path, default: "/")
            httpHeaders = try container.decode(.httpHeaders, default: [])
        }
    }

    /// A connection, which must be accepted.
    public struct TCPSocket: Codable, Sendable, Equatable {
        public init() {}
    }

    /// A command inside the sandbox: known so that its refusal can say what to do instead.
    public struct Exec: Codable, Sendable, Equatable {
        public var command: [String]

        public init(command: [String] = []) { self.command = command }

        public init(from decoder: any Decoder) throws {
            command = try decoder.container(keyedBy: CodingKeys.self).decode(.command, default: [])
        }
    }

    public var httpGet: HTTPGet?
    public var tcpSocket: TCPSocket?
    /// Refused: sandboxes may not start processes.
    public var exec: Exec?
    /// Seconds from the start of the process to the first check.
    public var initialDelaySeconds: Int
    /// Seconds between checks.
    public var periodSeconds: Int
    /// Seconds that an answer may take.
    public var timeoutSeconds: Int
    /// Successes in a row that turn the answer; 1 but for readiness.
    public var successThreshold: Int
    /// Failures in a row that turn the answer.
    public var failureThreshold: Int

    public init(httpGet: HTTPGet? = nil, tcpSocket: TCPSocket? = nil, exec: Exec? = nil) {
        self.httpGet = httpGet
        self.tcpSocket = tcpSocket
        self.exec = exec
        initialDelaySeconds = 0
        periodSeconds = 10
        timeoutSeconds = 1
        successThreshold = 1
        failureThreshold = 3
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        httpGet = try container.decodeIfPresent(HTTPGet.self, forKey: .httpGet)
        tcpSocket = try container.decodeIfPresent(TCPSocket.self, forKey: .tcpSocket)
        exec = try container.decodeIfPresent(Exec.self, forKey: .exec)
        initialDelaySeconds = try container.decode(.initialDelaySeconds, default: 0)
        periodSeconds = try container.decode(.periodSeconds, default: 10)
        timeoutSeconds = try container.decode(.timeoutSeconds, default: 1)
        successThreshold = try container.decode(.successThreshold, default: 1)
        failureThreshold = try container.decode(.failureThreshold, default: 3)
    }
}
