/// One field line of a head, as offsets into the bytes that it was read from.
struct HeaderField {
    /// What the gateway does with a field.
    enum Kind: UInt8 {
        /// Passes as it came.
        case endToEnd
        /// Ends here: `Keep-Alive`, `Proxy-*`, what `Connection` names, and `Nest-*` of a client.
        case dropped
        case connection, contentLength, expect, forwardedFor, forwardedHost, forwardedProto, host, keepAlive, nest
        case requestID, te, transferEncoding, upgrade
    }

    /// The first byte of the line.
    let start: Int
    let nameEnd: Int
    /// Without the blanks around it.
    let value: Range<Int>
    /// The first byte after the line's CR LF.
    let end: Int
    var kind: Kind

    var name: Range<Int> { start..<nameEnd }
}

extension HeaderField.Kind {
    /// Whether the name in Connection may take the field out: what frames and addresses the message must stay.
    var canBeNamedByConnection: Bool {
        switch self {
        case .contentLength, .transferEncoding, .host, .connection: false
        default: true
        }
    }

    /// The kind of the field whose name stands in this range.
    static func of(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Self {
        switch name.count {
        case 2: return bytes.matches(name, "te") ? .te : .endToEnd
        case 4: return bytes.matches(name, "host") ? .host : .endToEnd
        case 6: if bytes.matches(name, "expect") { return .expect }
        case 7: if bytes.matches(name, "upgrade") { return .upgrade }
        case 10:
            if bytes.matches(name, "connection") { return .connection }
            if bytes.matches(name, "keep-alive") { return .keepAlive }
        case 12: if bytes.matches(name, "x-request-id") { return .requestID }
        case 14: if bytes.matches(name, "content-length") { return .contentLength }
        case 15: if bytes.matches(name, "x-forwarded-for") { return .forwardedFor }
        case 16: if bytes.matches(name, "x-forwarded-host") { return .forwardedHost }
        case 17:
            if bytes.matches(name, "transfer-encoding") { return .transferEncoding }
            if bytes.matches(name, "x-forwarded-proto") { return .forwardedProto }
        default: break
        }
        return ofPrefix(bytes, name)
    }

    /// `Nest-*` (written with `_` too: CGI-style programs cannot tell the two apart) and `Proxy-*`.
    private static func ofPrefix(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Self {
        guard name.count > 5 else { return .endToEnd }
        let (nest, proxy) = (name.lowerBound..<name.lowerBound + 4, name.lowerBound..<name.lowerBound + 6)
        let separator = bytes[nest.upperBound]
        if separator == UInt8(ascii: "-") || separator == UInt8(ascii: "_"), bytes.matches(nest, "nest") {
            return .nest
        }
        return bytes.matches(proxy, "proxy-") ? .dropped : .endToEnd
    }
}

/// Reads field lines.
enum FieldScanner {
    /// Appends the fields of a head whose lines all end with CR LF.
    ///
    /// - Parameters:
    ///   - bytes: the head.
    ///   - range: the field lines: after the first line, before the empty line.
    ///   - limit: the most fields to take.
    ///   - fields: where they go; it keeps its storage from head to head.
    /// - Throws: why the lines are no fields.
    static func scan(
        _ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int, into fields: inout [HeaderField]
    ) throws(MessageFault) {
        var start = range.lowerBound
        while start < range.upperBound {
            guard fields.count < limit else {
                throw MessageFault("The head has more fields than the limit.", status: 431)
            }
            let field = try line(bytes, from: start)
            fields.append(field)
            start = field.end
        }
    }

    private static func line(_ bytes: Span<UInt8>, from start: Int) throws(MessageFault) -> HeaderField {
        var index = start
        while ASCII.isToken(bytes[index]) { index += 1 }
        let nameEnd = index
        guard bytes[index] == ASCII.colon else {
            if index == start, ASCII.isBlank(bytes[index]) {
                throw MessageFault("A header line begins with a blank (obsolete line folding).")
            }
            if ASCII.isBlank(bytes[index]) { throw MessageFault("A blank stands in or after a header name.") }
            throw MessageFault("A header name holds a character that no name may hold.")
        }
        guard nameEnd > start else { throw MessageFault("A header line has no name.") }
        index += 1
        let valueStart = index
        while ASCII.isFieldValue(bytes[index]) { index += 1 }
        guard bytes[index] == ASCII.carriageReturn else {
            throw MessageFault("A header value holds a control character.")
        }
        return HeaderField(
            start: start, nameEnd: nameEnd, value: bytes.trimmed(valueStart..<index), end: index + 2,
            kind: .of(bytes, start..<nameEnd))
    }
}
