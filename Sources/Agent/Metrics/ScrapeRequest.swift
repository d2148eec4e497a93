/// The head of one HTTP request for metrics, line by line.
struct ScrapeRequest {
    enum Verdict: Equatable {
        case more
        case serve
        case refuse(status: Int, reason: String)
    }

    /// The longest line, and the most of them.
    static let lineLimit = 4096
    static let lines = 64

    private let token: [UInt8]
    private var count = 0
    private var method = ""
    private var path = ""
    private var isAuthorized = false

    /// - Parameter token: what is to be shown; nobody is let in by an empty one.
    init(token: [UInt8]) { self.token = token }

    /// - Parameter line: without its end.
    /// - Returns: what to do, once the head is over or cannot be one.
    mutating func take(_ line: String) -> Verdict {
        count += 1
        if count > Self.lines { return .refuse(status: 431, reason: "Request Header Fields Too Large") }
        if count == 1 { return begin(line) }
        if line.isEmpty { return verdict }
        guard let colon = line.firstIndex(of: ":") else { return .refuse(status: 400, reason: "Bad Request") }
        if line[..<colon].lowercased() == "authorization" {
            isAuthorized = admits(String(line[line.index(after: colon)...]))
        }
        return .more
    }

    private mutating func begin(_ line: String) -> Verdict {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            return .refuse(status: 400, reason: "Bad Request")
        }
        method = String(words[0])
        path = String(words[1].prefix { $0 != "?" })
        return .more
    }

    /// Who has no token learns nothing else.
    private var verdict: Verdict {
        if !isAuthorized { return .refuse(status: 401, reason: "Unauthorized") }
        if method != "GET" { return .refuse(status: 405, reason: "Method Not Allowed") }
        if path != "/metrics" { return .refuse(status: 404, reason: "Not Found") }
        return .serve
    }

    private func admits(_ value: String) -> Bool {
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", !token.isEmpty else { return false }
        return Self.isSame(Array(words[1].utf8), token)
    }

    /// Takes the same time wherever the two differ.
    static func isSame(_ given: [UInt8], _ wanted: [UInt8]) -> Bool {
        var difference = given.count ^ wanted.count
        for index in wanted.indices { difference |= Int(wanted[index] ^ (index < given.count ? given[index] : 0)) }
        return difference == 0
    }
}
