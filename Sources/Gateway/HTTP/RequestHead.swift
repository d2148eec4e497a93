/// How long a message's body is.
enum BodyLength: Equatable {
    case none
    case bytes(Int)
    case chunked
    /// Until the connection closes: responses only.
    case untilClose
}

/// What the gateway needs to know of a request's head; the rest stays in the bytes.
struct RequestHead: Equatable {
    var method: Range<Int>
    /// The path and query, without the scheme and authority of an absolute-form target.
    var target: Range<Int>
    /// The value of Host; nil only for HTTP/1.0.
    var host: Range<Int>?
    var isHTTP10 = false
    var isHEAD = false
    /// Whether running it twice is the same as once (RFC 9110 section 9.2.2).
    var isIdempotent = false
    var body = BodyLength.none
    /// Whether the client wants the connection to stay open.
    var keepAlive = true
    /// Whether the client asks for another protocol, and may get it.
    var wantsUpgrade = false
    /// Whether the client takes trailer fields (`TE: trailers`).
    var takesTrailers = false
    var hasRequestID = false
    /// The head's bytes, with the empty line.
    var length = 0
    /// Where the field lines begin.
    var fieldsStart = 0
}
