import FoundationEssentials

/// One request to an API server, as a value: what is sent, apart from sending it.
public struct KubeRequest: Sendable, Equatable {
    public struct QueryItem: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var method: String
    /// Percent-encoded.
    public var path: String
    /// Not encoded.
    public var query: [QueryItem]
    public var body: Data?
    public var contentType: String?
    /// The form of the answer.
    public var accept = "application/json"
    /// How long the whole exchange may take.
    public var timeout: Duration

    public init(
        method: String, path: String, query: [QueryItem] = [], body: Data? = nil, contentType: String? = nil,
        timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.timeout = timeout
    }

    /// The path and the query, as they stand in the request line.
    public var target: String {
        guard !query.isEmpty else { return path }
        let items = query.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }
        return path + "?" + items.joined(separator: "&")
    }

    /// The value of the first query item of that name.
    public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    static func encode(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                out += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return out
    }
}
