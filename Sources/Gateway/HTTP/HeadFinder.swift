/// Finds where a head ends, over any number of reads, looking at each byte once.
///
/// Every line must end with CR LF: a LF or CR alone is refused, because those who take one for a line's end and those
/// who do not see different messages (RFC 9112 section 2.2).
struct HeadFinder {
    enum Outcome: Equatable {
        /// The head's length, with the empty line that ends it.
        case complete(Int)
        case incomplete
        case fault(MessageFault)
    }

    /// Where the first line ends, its CR LF included, once that is known.
    private(set) var firstLineEnd: Int?
    private var position = 0
    private var lineStart = 0
    private var afterCarriageReturn = false

    /// Looks at what has come since the last call.
    ///
    /// - Parameters:
    ///   - bytes: all bytes of the message so far: those of the last call, and more.
    ///   - limit: the longest head to take.
    /// - Returns: whether the head is complete, or why it never can be.
    mutating func advance(_ bytes: Span<UInt8>, limit: Int) -> Outcome {
        let end = min(bytes.count, limit)
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == ASCII.lineFeed {
                guard afterCarriageReturn else { return .fault(MessageFault("A line ends with LF alone, not CR LF.")) }
                afterCarriageReturn = false
                if position - lineStart == 2 { return .complete(position) }
                if firstLineEnd == nil { firstLineEnd = position }
                lineStart = position
            } else if afterCarriageReturn {
                return .fault(MessageFault("A CR stands where no line ends."))
            } else {
                afterCarriageReturn = byte == ASCII.carriageReturn
            }
        }
        guard bytes.count < limit else {
            return .fault(MessageFault("The head is longer than the limit.", status: 431))
        }
        return .incomplete
    }
}
