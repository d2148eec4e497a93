/// A piece of an archive that is fetched by one request, and what is left of it.
struct Segment: Equatable {
    /// The next byte to come.
    var next: Int64
    /// The first byte behind it; nil: to the archive's end.
    var end: Int64?
    /// Tries that brought nothing new.
    var failures = 0
    /// The furthest byte that ever came.
    var furthest: Int64

    init(from next: Int64, to end: Int64?) {
        self.next = next
        self.end = end
        furthest = next
    }

    /// The value of `Range`, without its unit; nil: no need to ask for a part.
    var range: String? {
        guard next > 0 || end != nil else { return nil }
        return "\(next)-" + (end.map { "\($0 - 1)" } ?? "")
    }

    /// The segments of the rest of an archive.
    static func rest(of total: Int64, from start: Int64, size: Int64) -> [Segment] {
        stride(from: start, to: total, by: Int(max(1, size))).map { Segment(from: $0, to: min($0 + size, total)) }
    }
}

/// `Content-Range: bytes 0-99/1000` (RFC 9110, 14.4).
struct ContentRange: Equatable {
    let start: Int64
    /// nil: the server does not know.
    let total: Int64?

    init?(_ value: some StringProtocol) {
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/")
        guard parts.count == 2, let start = Int64(parts[0].prefix { $0 != "-" }) else { return nil }
        self.start = start
        total = Int64(parts[1])
    }
}
