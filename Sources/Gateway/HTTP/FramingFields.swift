/// Gathers what a head says about its body's length, and refuses whatever can be read in two ways.
struct FramingFields {
    private var length: Int?
    private var isChunked = false

    mutating func contentLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(MessageFault) {
        guard length == nil else { throw MessageFault("The message has more than one Content-Length.") }
        guard let number = bytes.decimal(value) else {
            throw MessageFault("Content-Length is not a decimal number of at most 18 digits.")
        }
        length = number
    }

    mutating func transferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(MessageFault) {
        guard !isChunked else { throw MessageFault("The message has more than one Transfer-Encoding.") }
        if bytes.matches(value, "chunked") {
            isChunked = true
        } else if Self.isOtherCodingThenChunked(bytes, value) {
            throw MessageFault("The only transfer coding served is chunked.", status: 501)
        } else {
            throw MessageFault("Transfer-Encoding is not exactly chunked.")
        }
    }

    func length(isHTTP10: Bool) throws(MessageFault) -> BodyLength {
        if isChunked {
            guard length == nil else {
                throw MessageFault("The message has both Content-Length and Transfer-Encoding.")
            }
            guard !isHTTP10 else { throw MessageFault("HTTP/1.0 has no Transfer-Encoding.") }
            return .chunked
        }
        guard let length, length > 0 else { return .none }
        return .bytes(length)
    }

    /// Whether the value is a sound list of other codings with chunked as its last: what RFC 9112 section 6.1 answers with
    /// 501, while a length that cannot be told is a 400.
    private static func isOtherCodingThenChunked(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        var start = value.lowerBound
        while true {
            var end = start
            while end < value.upperBound, bytes[end] != ASCII.comma { end += 1 }
            let coding = bytes.trimmed(start..<end)
            let isLast = end == value.upperBound
            if isLast { return bytes.matches(coding, "chunked") }
            if coding.isEmpty || bytes.matches(coding, "chunked") { return false }
            for index in coding where !ASCII.isToken(bytes[index]) { return false }
            start = end + 1
        }
    }
}
