import FoundationEssentials

/// Cuts a stream of bytes into lines, however it arrives in pieces.
///
/// Empty lines are left out.
struct LineFramer {
    struct TooLong: Error, Equatable {
        let limit: Int
    }

    /// The most bytes that one line may have.
    let limit: Int
    private var partial = Data()
    private var chunk = Data()

    init(limit: Int) { self.limit = limit }

    /// Gives the bytes that follow those of the last call.
    ///
    /// The last chunk must have been used up.
    mutating func push(_ bytes: Data) { chunk = bytes }

    /// The next complete line without its end; nil when more bytes are needed.
    mutating func next() throws(TooLong) -> Data? {
        while let length = chunk.withUnsafeBytes({ $0.firstIndex(of: UInt8(ascii: "\n")) }) {
            let piece = chunk.prefix(length)
            chunk = chunk.dropFirst(length + 1)
            let line = try take(piece)
            if !line.isEmpty { return line }
        }
        guard partial.count + chunk.count <= limit else { throw TooLong(limit: limit) }
        partial.append(chunk)
        chunk = Data()
        return nil
    }

    /// What is left when the stream has ended: a line that was cut off.
    var rest: Data { partial }

    private mutating func take(_ piece: Data) throws(TooLong) -> Data {
        guard partial.count + piece.count <= limit else { throw TooLong(limit: limit) }
        guard !partial.isEmpty else { return piece }
        defer { partial = Data() }
        partial.append(piece)
        return partial
    }
}
