/// Reads the chunked coding (RFC 9112 section 7.1) piece by piece, strictly.
///
/// It never takes part of a size line or of the trailer section: those stay with the caller until they are complete,
/// so that nothing is passed on before it has been checked. Both have a limit.
struct ChunkScanner: Equatable {
    /// The next piece; its bytes follow those of the last one.
    enum Piece: Equatable {
        /// So many bytes of the body itself.
        case data(Int)
        /// So many bytes of size lines and line ends.
        case framing(Int)
        /// So many bytes of trailer section with its empty line; the message ends after them.
        case end(Int)
        /// Not enough bytes to tell.
        case more
    }

    private enum State: Equatable { case size, data(Int), dataEnd, trailers, ended }

    /// A size line's limit: 16 digits and a few short extensions.
    static let lineLimit = 256
    static let trailerLimit = 8192
    static let trailerFieldLimit = 32

    private var state = State.size

    /// Reads one piece.
    ///
    /// - Parameters:
    ///   - bytes: the message.
    ///   - start: the first byte not yet taken.
    /// - Returns: what the bytes from there on are.
    /// - Throws: why they are no chunks.
    mutating func next(_ bytes: Span<UInt8>, from start: Int) throws(MessageFault) -> Piece {
        guard start < bytes.count else { return .more }
        switch state {
        case .size: return try size(bytes, from: start)
        case .data(let remaining):
            let count = min(remaining, bytes.count - start)
            state = count == remaining ? .dataEnd : .data(remaining - count)
            return .data(count)
        case .dataEnd:
            guard bytes[start] == ASCII.carriageReturn else { throw Self.unendedChunk }
            guard bytes.count - start >= 2 else { return .more }
            guard bytes[start + 1] == ASCII.lineFeed else { throw Self.unendedChunk }
            state = .size
            return .framing(2)
        case .trailers: return try trailers(bytes, from: start)
        case .ended: return .end(0)
        }
    }

    private mutating func size(_ bytes: Span<UInt8>, from start: Int) throws(MessageFault) -> Piece {
        var index = start
        var size = 0
        while index < bytes.count, let digit = ASCII.hexValue(bytes[index]) {
            guard index - start < 15 else { throw MessageFault("A chunk size has more than 15 digits.") }
            size = size << 4 | digit
            index += 1
        }
        guard index > start || index == bytes.count else { throw MessageFault("A chunk has no size.") }
        guard index < bytes.count else { return .more }
        guard bytes[index] == ASCII.carriageReturn || bytes[index] == UInt8(ascii: ";") else {
            throw MessageFault("A chunk size is not a hexadecimal number.")
        }
        // Extensions mean nothing to us; they pass, so they must not hide a line's end.
        while index < bytes.count, ASCII.isFieldValue(bytes[index]) { index += 1 }
        guard index - start <= Self.lineLimit else { throw MessageFault("A chunk's size line is too long.") }
        guard index < bytes.count else { return .more }
        guard bytes[index] == ASCII.carriageReturn else {
            throw MessageFault("A chunk's size line holds a control character.")
        }
        guard index + 1 < bytes.count else { return .more }
        guard bytes[index + 1] == ASCII.lineFeed else { throw MessageFault("A chunk's size line ends with CR alone.") }
        state = size == 0 ? .trailers : .data(size)
        return .framing(index + 2 - start)
    }

    private mutating func trailers(_ bytes: Span<UInt8>, from start: Int) throws(MessageFault) -> Piece {
        // Without fields, the usual case, the section is the empty line alone.
        var finder = HeadFinder()
        let section = bytes.extracting(start..<bytes.count)
        switch finder.advance(section, limit: Self.trailerLimit) {
        case .incomplete: return .more
        case .fault(let fault): throw fault
        case .complete(let length):
            try Self.check(section, length: length)
            state = .ended
            return .end(length)
        }
    }

    /// Refuses trailer fields that would frame, address or authorise a message if someone merged them into its head.
    private static func check(_ section: Span<UInt8>, length: Int) throws(MessageFault) {
        guard length > 2 else { return }
        var fields: [HeaderField] = []
        try FieldScanner.scan(section, 0..<length - 2, limit: trailerFieldLimit, into: &fields)
        for field in fields where field.kind != .endToEnd && field.kind != .requestID {
            throw MessageFault("The trailer section holds a field that only a head may hold.")
        }
    }

    private static let unendedChunk = MessageFault("A chunk is longer than its size says.")
}
