import NIOCore

/// Judges a request for the readings.
enum ReadingsRequest {
    /// - Parameters:
    ///   - buffer: begins with a complete head.
    ///   - length: the head's.
    ///   - token: what is to be shown; nobody is let in by an empty one.
    /// - Returns: the status of the answer: 200 for who may read. Who shows no token learns nothing else.
    static func status(_ buffer: ByteBuffer, length: Int, token: [UInt8]) -> Int {
        let bytes = buffer.readableBytesUInt8Span
        var fields: [HeaderField] = []
        do throws(MessageFault) {
            let head = try RequestScanner.scan(bytes, length: length, fieldLimit: 64, into: &fields)
            let shown = fields.filter { bytes.matches($0.name, "authorization") }
            guard shown.count == 1, admits(buffer.text(shown[0].value), token) else { return 401 }
            guard buffer.text(head.method) == "GET" else { return 405 }
            return buffer.text(head.target).prefix { $0 != "?" } == "/readings" ? 200 : 404
        } catch {
            return error.status
        }
    }

    private static func admits(_ value: String, _ token: [UInt8]) -> Bool {
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", !token.isEmpty else { return false }
        return isSame(Array(words[1].utf8), token)
    }

    /// Takes the same time wherever the two differ.
    private static func isSame(_ given: [UInt8], _ wanted: [UInt8]) -> Bool {
        var difference = given.count ^ wanted.count
        for index in wanted.indices { difference |= Int(wanted[index] ^ (index < given.count ? given[index] : 0)) }
        return difference == 0
    }
}
