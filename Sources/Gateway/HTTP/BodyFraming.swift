import NIOCore

/// Follows a message's body to its end.
enum BodyFraming: Equatable {
    case none
    case bytes(remaining: Int)
    case chunked(ChunkScanner)
    case untilClose

    /// How far a body got.
    struct Progress: Equatable {
        /// So many bytes, from the first one on, belong to the body and are sound.
        var count: Int
        /// Whether the body ends with them.
        var isComplete: Bool
    }

    init(_ length: BodyLength) {
        switch length {
        case .none: self = .none
        case .bytes(let count): self = count == 0 ? .none : .bytes(remaining: count)
        case .chunked: self = .chunked(ChunkScanner())
        case .untilClose: self = .untilClose
        }
    }

    var isEmpty: Bool { self == .none }

    /// Measures what may pass as it is, framing and all.
    ///
    /// - Parameter bytes: the body's bytes that have not passed yet. What is not counted must come again.
    /// - Returns: how many of them pass, and whether the body ends there.
    /// - Throws: why they are no body.
    mutating func pass(_ bytes: Span<UInt8>) throws(MessageFault) -> Progress {
        switch self {
        case .none: return Progress(count: 0, isComplete: true)
        case .untilClose: return Progress(count: bytes.count, isComplete: false)
        case .bytes(let remaining):
            let count = min(remaining, bytes.count)
            self = .bytes(remaining: remaining - count)
            return Progress(count: count, isComplete: count == remaining)
        case .chunked(var scanner):
            var taken = 0
            let progress = try walk(&scanner, bytes) { piece in taken += piece.count }
            self = .chunked(scanner)
            return Progress(count: taken, isComplete: progress)
        }
    }

    /// Like `pass`, but writes the body without its chunk framing, for clients of HTTP/1.0.
    ///
    /// Trailers are lost.
    mutating func unwrap(_ bytes: Span<UInt8>, into output: inout ByteBuffer) throws(MessageFault) -> Progress {
        guard case .chunked(var scanner) = self else {
            let progress = try pass(bytes)
            output.writeBytes(bytes.extracting(0..<progress.count).bytes)
            return progress
        }
        var taken = 0
        let isComplete = try walk(&scanner, bytes) { piece in
            if piece.isData { output.writeBytes(bytes.extracting(taken..<taken + piece.count).bytes) }
            taken += piece.count
        }
        self = .chunked(scanner)
        return Progress(count: taken, isComplete: isComplete)
    }

    /// Hands out piece after piece while there are any; true if the last one was the end.
    private func walk(
        _ scanner: inout ChunkScanner, _ bytes: Span<UInt8>, _ take: ((count: Int, isData: Bool)) -> Void
    ) throws(MessageFault) -> Bool {
        var index = 0
        while true {
            switch try scanner.next(bytes, from: index) {
            case .data(let count):
                take((count, true))
                index += count
            case .framing(let count):
                take((count, false))
                index += count
            case .end(let count):
                take((count, false))
                return true
            case .more: return false
            }
        }
    }
}
