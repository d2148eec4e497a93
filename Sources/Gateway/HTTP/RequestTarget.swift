/// Brings the forms of a request target (RFC 9112 section 3.2) to one: the path with its query.
enum RequestTarget {
    /// Takes scheme and authority off an absolute-form target.
    ///
    /// The authority must be the Host field's value, so that there is one host and no doubt which.
    static func reduce(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(MessageFault) {
        let target = head.target
        guard bytes[target.lowerBound] != ASCII.slash else { return }
        if target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*") { return }
        let authorityStart = target.lowerBound + 7
        guard target.count > 7, bytes.matches(target.lowerBound..<authorityStart, "http://") else {
            throw MessageFault("The request target is neither a path nor an http URL.")
        }
        var authorityEnd = authorityStart
        while authorityEnd < target.upperBound, bytes[authorityEnd] != ASCII.slash,
            bytes[authorityEnd] != UInt8(ascii: "?")
        { authorityEnd += 1 }
        guard let host = head.host, bytes.matches(authorityStart..<authorityEnd, host) else {
            throw MessageFault("The host of the request target is not that of the Host field.")
        }
        guard authorityEnd < target.upperBound, bytes[authorityEnd] == ASCII.slash else {
            throw MessageFault("The request target has no path.")
        }
        head.target = authorityEnd..<target.upperBound
    }
}

extension Span<UInt8> {
    /// The methods that the gateway treats in a way of their own.
    enum SpelledMethod { case get, head, options, put, delete, connect, trace, other }

    /// Which method stands in a range, case and all.
    func spelled(_ range: Range<Int>) -> SpelledMethod {
        switch range.count {
        case 3: equals(range, "GET") ? .get : equals(range, "PUT") ? .put : .other
        case 4: equals(range, "HEAD") ? .head : .other
        case 5: equals(range, "TRACE") ? .trace : .other
        case 6: equals(range, "DELETE") ? .delete : .other
        case 7: equals(range, "OPTIONS") ? .options : equals(range, "CONNECT") ? .connect : .other
        default: .other
        }
    }

    /// Whether `HTTP/` stands here, which is case-sensitive.
    func isHTTPName(at start: Int) -> Bool { equals(start..<start + 5, "HTTP/") }

    /// Whether a value can be a host and port: no delimiter of a URL but the colon, no blank, not empty.
    func isHost(_ range: Range<Int>) -> Bool {
        for index in range {
            switch self[index] {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
                UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
                return false
            case let byte where byte <= ASCII.space || byte >= 0x7f: return false
            default: continue
            }
        }
        return !range.isEmpty
    }

    private func equals(_ range: Range<Int>, _ word: StaticString) -> Bool {
        word.withUTF8Buffer { wanted in
            for offset in wanted.indices where self[range.lowerBound + offset] != wanted[offset] { return false }
            return true
        }
    }
}
