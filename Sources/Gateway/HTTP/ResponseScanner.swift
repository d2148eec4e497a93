/// What the gateway needs to know of a response's head; the rest stays in the bytes.
struct ResponseHead: Equatable {
    var status: Int
    var body = BodyLength.untilClose
    /// Whether the sandbox keeps the connection open for another request.
    var keepAlive = true
    /// How long the sandbox says that it keeps an idle connection (`Keep-Alive: timeout=N`), in seconds.
    var keepAliveTimeout: Int?
    /// The status line without its version: code and reason.
    var statusLine: Range<Int>
    var fieldsStart = 0
    /// The head's bytes, with the empty line.
    var length = 0

    var isInterim: Bool { status < 200 && status != 101 }
}

/// Reads the head of a response as strictly as that of a request: what a sandbox sends is a tenant's choice.
enum ResponseScanner {
    /// Reads a complete head, whose lines `HeadFinder` has found to end with CR LF.
    ///
    /// - Parameters:
    ///   - bytes: the message; the head is its first `length` bytes.
    ///   - length: what `HeadFinder` returned.
    ///   - isHEAD: whether it answers a HEAD request and so has no body.
    ///   - fieldLimit: the most fields to take.
    ///   - fields: gets the head's fields in order; what it held is gone.
    /// - Returns: what the gateway needs to know of it.
    /// - Throws: why it is refused.
    static func scan(
        _ bytes: Span<UInt8>, length: Int, isHEAD: Bool, fieldLimit: Int, into fields: inout [HeaderField]
    ) throws(MessageFault) -> ResponseHead {
        var lineEnd = 0
        while bytes[lineEnd] != ASCII.carriageReturn { lineEnd += 1 }
        var head = try statusLine(bytes, end: lineEnd)
        head.length = length
        head.fieldsStart = lineEnd + 2
        fields.removeAll(keepingCapacity: true)
        try FieldScanner.scan(bytes, head.fieldsStart..<length - 2, limit: fieldLimit, into: &fields)
        let options = try ConnectionOptions.read(bytes, &fields)
        head.keepAlive = head.keepAlive && !options.close
        try interpret(bytes, fields, isHEAD: isHEAD, &head)
        return head
    }

    private static func statusLine(_ bytes: Span<UInt8>, end: Int) throws(MessageFault) -> ResponseHead {
        guard end >= 12, bytes.isHTTPName(at: 0), bytes[5] == UInt8(ascii: "1"), bytes[6] == UInt8(ascii: "."),
            bytes[7] == ASCII.zero || bytes[7] == UInt8(ascii: "1"), bytes[8] == ASCII.space,
            let status = bytes.decimal(9..<12), (100...599).contains(status),
            end == 12 || bytes[12] == ASCII.space
        else { throw MessageFault("The status line is not one of HTTP/1.0 or HTTP/1.1.") }
        for index in 12..<end where !ASCII.isFieldValue(bytes[index]) {
            throw MessageFault("The reason phrase holds a control character.")
        }
        // An HTTP/1.0 server may keep the connection; nothing is lost by not relying on it.
        return ResponseHead(status: status, keepAlive: bytes[7] == UInt8(ascii: "1"), statusLine: 9..<end)
    }

    /// The body's length by RFC 9112 section 6.3.
    private static func interpret(
        _ bytes: Span<UInt8>, _ fields: [HeaderField], isHEAD: Bool, _ head: inout ResponseHead
    ) throws(MessageFault) {
        var framing = FramingFields()
        var isFramed = false
        for field in fields {
            switch field.kind {
            case .contentLength:
                try framing.contentLength(bytes, field.value)
                isFramed = true
            case .transferEncoding:
                try framing.transferEncoding(bytes, field.value)
                isFramed = true
            case .keepAlive: head.keepAliveTimeout = timeout(bytes, field.value)
            default: break
            }
        }
        let length = try framing.length(isHTTP10: false)
        if isHEAD || head.status < 200 || head.status == 204 || head.status == 304 {
            head.body = .none
        } else if isFramed {
            head.body = length
        }
        if head.body == .untilClose { head.keepAlive = false }
    }

    /// The number after `timeout=`; nil if there is none.
    private static func timeout(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Int? {
        guard value.count >= 8 else { return nil }
        for start in value.lowerBound...(value.upperBound - 8) where bytes.matches(start..<start + 8, "timeout=") {
            var end = start + 8
            while end < value.upperBound, ASCII.isDigit(bytes[end]) { end += 1 }
            return bytes.decimal(start + 8..<end)
        }
        return nil
    }
}
