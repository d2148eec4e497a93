/// Reads the head of a request, strictly: what two readers could take for two different things is refused.
enum RequestScanner {
    /// Reads a complete head, whose lines `HeadFinder` has found to end with CR LF.
    ///
    /// - Parameters:
    ///   - bytes: the message; the head is its first `length` bytes.
    ///   - length: what `HeadFinder` returned.
    ///   - fieldLimit: the most fields to take.
    ///   - fields: gets the head's fields in order; what it held is gone.
    /// - Returns: what the gateway needs to know of it.
    /// - Throws: why it is refused.
    static func scan(
        _ bytes: Span<UInt8>, length: Int, fieldLimit: Int, into fields: inout [HeaderField]
    ) throws(MessageFault) -> RequestHead {
        var lineEnd = 0
        while bytes[lineEnd] != ASCII.carriageReturn { lineEnd += 1 }
        var head = try requestLine(bytes, end: lineEnd)
        head.length = length
        head.fieldsStart = lineEnd + 2
        fields.removeAll(keepingCapacity: true)
        try FieldScanner.scan(bytes, head.fieldsStart..<length - 2, limit: fieldLimit, into: &fields)
        let options = try ConnectionOptions.read(bytes, &fields)
        head.keepAlive = head.isHTTP10 ? options.keepAlive && !options.close : !options.close
        try interpret(bytes, fields, options, &head)
        return head
    }

    /// Reads a request line.
    ///
    /// - Parameters:
    ///   - bytes: the message.
    ///   - end: where the line's CR is.
    /// - Returns: a head with what the line says.
    /// - Throws: why it is refused.
    static func requestLine(_ bytes: Span<UInt8>, end: Int) throws(MessageFault) -> RequestHead {
        var index = 0
        while index < end, ASCII.isToken(bytes[index]) { index += 1 }
        let method = 0..<index
        guard (1...32).contains(method.count), index < end, bytes[index] == ASCII.space else {
            throw MessageFault("The request line does not begin with a method and one space.")
        }
        let start = index + 1
        index = start
        // Printable ASCII only; `#` has no place in a request target (RFC 9112 section 3.2).
        while index < end, bytes[index] > ASCII.space, bytes[index] < 0x7f, bytes[index] != UInt8(ascii: "#") {
            index += 1
        }
        guard index > start else { throw MessageFault("The request line has no target.") }
        guard index < end else { throw MessageFault("The request line has no version: HTTP/0.9 is not served.") }
        guard bytes[index] == ASCII.space else {
            throw MessageFault("The request target holds a character that must be percent-encoded.")
        }
        var head = RequestHead(method: method, target: start..<index)
        head.isHTTP10 = try version(bytes, index + 1..<end)
        try classify(bytes, &head)
        return head
    }

    /// Reads `HTTP/1.0` (true) or `HTTP/1.1` (false).
    private static func version(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(MessageFault) -> Bool {
        let start = range.lowerBound
        guard range.count == 8, bytes.isHTTPName(at: start), ASCII.isDigit(bytes[start + 5]),
            bytes[start + 6] == UInt8(ascii: "."), ASCII.isDigit(bytes[start + 7])
        else { throw MessageFault("The request line does not end with a version such as HTTP/1.1.") }
        guard bytes[start + 5] == UInt8(ascii: "1"), bytes[start + 7] <= UInt8(ascii: "1") else {
            throw MessageFault("Only HTTP/1.0 and HTTP/1.1 are served.", status: 505)
        }
        return bytes[start + 7] == ASCII.zero
    }

    private static func classify(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(MessageFault) {
        // Methods are case-sensitive: `get` is some other method, and passes as such.
        switch bytes.spelled(head.method) {
        case .get, .options, .put, .delete: head.isIdempotent = true
        case .head: (head.isIdempotent, head.isHEAD) = (true, true)
        case .connect: throw MessageFault("CONNECT is not served: this is no forward proxy.", status: 405)
        case .trace: throw MessageFault("TRACE is not served: it would show internal fields.", status: 405)
        case .other: break
        }
    }

    private static func interpret(
        _ bytes: Span<UInt8>, _ fields: [HeaderField], _ options: ConnectionOptions, _ head: inout RequestHead
    ) throws(MessageFault) {
        var framing = FramingFields()
        var upgrade: Range<Int>?
        for field in fields {
            switch field.kind {
            case .host:
                guard head.host == nil else { throw MessageFault("The request has more than one Host field.") }
                guard bytes.isHost(field.value) else { throw MessageFault("The Host field is no host and port.") }
                head.host = field.value
            case .contentLength: try framing.contentLength(bytes, field.value)
            case .transferEncoding: try framing.transferEncoding(bytes, field.value)
            case .upgrade: upgrade = field.value
            case .te: if bytes.contains(field.value, "trailers") { head.takesTrailers = true }
            case .requestID: if !field.value.isEmpty { head.hasRequestID = true }
            default: break
            }
        }
        guard head.isHTTP10 || head.host != nil else { throw MessageFault("The request has no Host field.") }
        head.body = try framing.length(isHTTP10: head.isHTTP10)
        // h2c would let a client speak to the sandbox past every check made here.
        if let upgrade, options.upgrade, !head.isHTTP10, !bytes.contains(upgrade, "h2c") { head.wantsUpgrade = true }
        try RequestTarget.reduce(bytes, &head)
    }
}
