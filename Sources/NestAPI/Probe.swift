/// A check of a running sandbox (core/v1 `Probe`).
public struct Probe: Codable, Sendable, Equatable {
    public struct HTTPGet: Codable, Sendable, Equatable {
        public var path: String

        public init(path: String) { self.path = path }
    }

    public var httpGet: HTTPGet
    /// Seconds between checks.
    public var periodSeconds: Int
    /// Failures in a row that turn the answer.
    public var failureThreshold: Int

    public init(httpGet: HTTPGet, periodSeconds: Int = 10, failureThreshold: Int = 3) {
        self.httpGet = httpGet
        self.periodSeconds = periodSeconds
        self.failureThreshold = failureThreshold
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        httpGet = try container.decode(HTTPGet.self, forKey: .httpGet)
        periodSeconds = try container.decode(.periodSeconds, default: 10)
        failureThreshold = try container.decode(.failureThreshold, default: 3)
    }
}
