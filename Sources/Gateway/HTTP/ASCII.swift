/// The bytes that HTTP/1.1 gives a meaning to (RFC 9110 section 5.6, RFC 9112 section 2.2).
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let slash = UInt8(ascii: "/")
    static let zero = UInt8(ascii: "0")

    /// `tchar`: what methods and field names are made of.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return (tokensBelow64 >> UInt64(byte)) & 1 == 1 }
        return byte < 128 && (tokensFrom64 >> UInt64(byte - 64)) & 1 == 1
    }

    /// `field-vchar`, space or tab: what field values are made of.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= space ? byte != 0x7f : byte == tab }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

    /// The value of a hexadecimal digit; nil for anything else.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> Int? {
        if isDigit(byte) { return Int(byte - zero) }
        let letter = lowercased(byte) &- UInt8(ascii: "a")
        return letter < 6 ? Int(letter) + 10 : nil
    }

    private static let tokensBelow64 = mask(of: "!#$%&'*+-.0123456789", from: 0)
    private static let tokensFrom64 = mask(of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~", from: 64)

    private static func mask(of characters: StaticString, from base: UInt8) -> UInt64 {
        characters.withUTF8Buffer { $0.reduce(0) { $0 | 1 << UInt64($1 - base) } }
    }
}

extension Span<UInt8> {
    /// Whether the bytes in a range are a word, whatever their case.
    ///
    /// - Parameters:
    ///   - range: where to look; within the span.
    ///   - word: the word in lower case.
    /// - Returns: true if they are equal over their whole length.
    func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { wanted in
            for offset in wanted.indices where ASCII.lowercased(self[range.lowerBound + offset]) != wanted[offset] {
                return false
            }
            return true
        }
    }

    /// Whether two ranges hold the same word, whatever its case.
    func matches(_ range: Range<Int>, _ other: Range<Int>) -> Bool {
        guard range.count == other.count else { return false }
        for offset in 0..<range.count
        where ASCII.lowercased(self[range.lowerBound + offset]) != ASCII.lowercased(self[other.lowerBound + offset]) {
            return false
        }
        return true
    }

    /// Whether a word occurs anywhere in a range, whatever its case.
    func contains(_ range: Range<Int>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard range.count >= length else { return false }
        for start in range.lowerBound...(range.upperBound - length) where matches(start..<start + length, word) {
            return true
        }
        return false
    }

    /// The number that the digits in a range spell; nil unless they are 1 to 18 digits and nothing else.
    func decimal(_ range: Range<Int>) -> Int? {
        guard (1...18).contains(range.count) else { return nil }
        var value = 0
        for index in range {
            guard ASCII.isDigit(self[index]) else { return nil }
            value = value * 10 + Int(self[index] - ASCII.zero)
        }
        return value
    }

    /// The range without spaces and tabs at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, ASCII.isBlank(self[start]) { start += 1 }
        while end > start, ASCII.isBlank(self[end - 1]) { end -= 1 }
        return start..<end
    }
}
