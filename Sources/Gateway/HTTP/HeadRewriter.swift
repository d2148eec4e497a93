import NIOCore

/// Who asked, as the sandbox is told.
struct ForwardedBy {
    /// The client's IP address.
    var client: String
    /// `http` until the gateway ends TLS itself.
    var proto: StaticString = "http"
}

/// Writes the heads that leave the gateway, copying what passes in runs of bytes.
enum HeadRewriter {
    /// Writes a request's head as the sandbox gets it, always as HTTP/1.1.
    ///
    /// Host passes as sent; an HTTP/1.0 request without one gets the function's name. `X-Forwarded-For` is appended to;
    /// `-Proto` and `-Host` are ours, whatever the client claims. `Via: 1.1 nest` is added (RFC 9110 section 7.6.3).
    ///
    /// - Parameters:
    ///   - head: what `RequestScanner` returned for the bytes.
    ///   - bytes: the message as the client sent it.
    ///   - fields: its fields.
    ///   - path: the part of the target that the function sees; it may lack its slash.
    ///   - name: the bytes `NAMESPACE/NAME` of the function.
    ///   - by: who asked.
    ///   - requestID: 128 random bits, for a request that has no id.
    ///   - output: gets the head.
    static func request(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ fields: [HeaderField], path: Range<Int>, name: Range<Int>,
        by: ForwardedBy, requestID: (UInt64, UInt64), into output: inout ByteBuffer
    ) {
        output.writeBytes(bytes.extracting(head.method).bytes)
        output.writeStaticString(" ")
        if path.isEmpty || bytes[path.lowerBound] != ASCII.slash { output.writeStaticString("/") }
        output.writeBytes(bytes.extracting(path).bytes)
        output.writeStaticString(" HTTP/1.1\r\n")
        copy(bytes, fields, into: &output) { kind in
            switch kind {
            case .endToEnd, .contentLength, .expect, .host, .requestID: true
            default: false
            }
        }
        if let host = head.host {
            output.writeStaticString("X-Forwarded-Host: ")
            output.writeBytes(bytes.extracting(host).bytes)
        } else {
            output.writeStaticString("Host: ")
            writeHost(bytes, name: name, into: &output)
        }
        output.writeStaticString("\r\nX-Forwarded-Proto: ")
        output.writeStaticString(by.proto)
        output.writeStaticString("\r\nX-Forwarded-For: ")
        for field in fields where field.kind == .forwardedFor && !field.value.isEmpty {
            output.writeBytes(bytes.extracting(field.value).bytes)
            output.writeStaticString(", ")
        }
        output.writeString(by.client)
        output.writeStaticString("\r\nVia: 1.1 nest\r\n")
        if !head.hasRequestID { writeRequestID(requestID, into: &output) }
        writeHopByHop(head, bytes, fields, into: &output)
        output.writeStaticString("\r\n")
    }

    private static func writeHopByHop(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ fields: [HeaderField], into output: inout ByteBuffer
    ) {
        if head.body == .chunked { output.writeStaticString("Transfer-Encoding: chunked\r\n") }
        if head.takesTrailers { output.writeStaticString("TE: trailers\r\n") }
        switch (head.wantsUpgrade, head.takesTrailers) {
        case (true, true): output.writeStaticString("Connection: Upgrade, TE\r\n")
        case (true, false): output.writeStaticString("Connection: Upgrade\r\n")
        case (false, true): output.writeStaticString("Connection: TE\r\n")
        case (false, false): break
        }
        if head.wantsUpgrade { copy(bytes, fields, into: &output) { $0 == .upgrade } }
    }

    /// How the client's connection goes on after a response.
    enum Ending { case keepAlive, keepAliveHTTP10, close, upgrade }

    /// Writes a response's head as the client gets it.
    ///
    /// - Parameters:
    ///   - head: what `ResponseScanner` returned for the bytes.
    ///   - bytes: the message as the sandbox sent it.
    ///   - fields: its fields.
    ///   - isChunked: whether the body goes out in the chunked coding.
    ///   - ending: how the connection goes on.
    ///   - output: gets the head.
    static func response(
        _ head: ResponseHead, _ bytes: Span<UInt8>, _ fields: [HeaderField], isChunked: Bool, ending: Ending,
        into output: inout ByteBuffer
    ) {
        output.writeStaticString("HTTP/1.1 ")
        output.writeBytes(bytes.extracting(head.statusLine).bytes)
        output.writeStaticString(head.statusLine.count == 3 ? " \r\n" : "\r\n")
        copy(bytes, fields, into: &output) { kind in
            switch kind {
            case .dropped, .connection, .keepAlive, .te, .transferEncoding: false
            case .upgrade: ending == .upgrade
            default: true
            }
        }
        if isChunked { output.writeStaticString("Transfer-Encoding: chunked\r\n") }
        switch ending {
        case .keepAlive: output.writeStaticString("\r\n")
        case .keepAliveHTTP10: output.writeStaticString("Connection: keep-alive\r\n\r\n")
        case .close: output.writeStaticString("Connection: close\r\n\r\n")
        case .upgrade: output.writeStaticString("Connection: Upgrade\r\n\r\n")
        }
    }

    /// Copies the lines of the kinds that pass; neighbours go in one piece.
    @inline(__always)
    private static func copy(
        _ bytes: Span<UInt8>, _ fields: [HeaderField], into output: inout ByteBuffer,
        passes: (HeaderField.Kind) -> Bool
    ) {
        var start = 0
        var end = 0
        for field in fields where passes(field.kind) {
            if field.start != end {
                if end > start { output.writeBytes(bytes.extracting(start..<end).bytes) }
                start = field.start
            }
            end = field.end
        }
        if end > start { output.writeBytes(bytes.extracting(start..<end).bytes) }
    }

    /// `NAME.NAMESPACE`, from the bytes `NAMESPACE/NAME`.
    private static func writeHost(_ bytes: Span<UInt8>, name: Range<Int>, into output: inout ByteBuffer) {
        var slash = name.lowerBound
        while bytes[slash] != ASCII.slash { slash += 1 }
        output.writeBytes(bytes.extracting(slash + 1..<name.upperBound).bytes)
        output.writeStaticString(".")
        output.writeBytes(bytes.extracting(name.lowerBound..<slash).bytes)
    }

    private static func writeRequestID(_ id: (UInt64, UInt64), into output: inout ByteBuffer) {
        output.writeStaticString("X-Request-Id: ")
        writeHex(id.0, into: &output)
        writeHex(id.1, into: &output)
        output.writeStaticString("\r\n")
    }

    /// Writes 16 hexadecimal digits, as two integers of eight characters: no string is made.
    private static func writeHex(_ half: UInt64, into output: inout ByteBuffer) {
        var spelled: (UInt64, UInt64) = (0, 0)
        for digit in 0..<16 {
            let value = half >> UInt64(60 - digit * 4) & 15
            let character = value < 10 ? value + 48 : value + 87
            if digit < 8 { spelled.0 = spelled.0 << 8 | character } else { spelled.1 = spelled.1 << 8 | character }
        }
        output.writeInteger(spelled.0)
        output.writeInteger(spelled.1)
    }
}
