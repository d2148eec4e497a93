/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    /// Bytes from the start of the text.
    public var offset: Int

    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) at byte \(offset)" }
}

/// A parser of JSON (RFC 8259) into `JSONValue`, made for API objects: one pass, no intermediate tree.
public struct JSONReader {
    /// Deeper nesting is refused, so that hostile input cannot exhaust the stack.
    public static let maximumDepth = 256

    /// More duplicates are not told, and no more of a path: a text could have as many as it has bytes.
    private static let mostDuplicates = 100
    private static let longestPath = 1000

    private enum Step {
        case member(String)
        case item(Int)
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var depth = 0
    /// Where the reader is, while duplicates are wanted.
    private var path: [Step] = []
    private let wantsDuplicates: Bool
    private var duplicates: [String] = []

    private init(_ bytes: UnsafeBufferPointer<UInt8>, wantsDuplicates: Bool) {
        self.bytes = bytes
        self.wantsDuplicates = wantsDuplicates
    }

    /// Parses one JSON text.
    ///
    /// Of members with the same name the last wins.
    public static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSONValue {
        try read(bytes, wantsDuplicates: false).value
    }

    /// Parses one JSON text and also tells the paths of member names that occur twice in their object.
    public static func parseReportingDuplicates(
        _ bytes: some Sequence<UInt8>
    ) throws(JSONError) -> (value: JSONValue, duplicates: [String]) {
        try read(bytes, wantsDuplicates: true)
    }

    private static func read(
        _ bytes: some Sequence<UInt8>, wantsDuplicates: Bool
    ) throws(JSONError) -> (value: JSONValue, duplicates: [String]) {
        func run(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<(JSONValue, [String]), JSONError> {
            var reader = JSONReader(buffer, wantsDuplicates: wantsDuplicates)
            do throws(JSONError) { return .success((try reader.document(), reader.duplicates)) } catch {
                return .failure(error)
            }
        }
        let result = bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
        return try result.get()
    }

    private func fail(_ message: String) -> JSONError { JSONError(message: message, offset: at) }

    private mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try self.value()
        skipSpace()
        guard at == bytes.count else { throw fail("unexpected text after the JSON value") }
        return value
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return }
            at += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard at < bytes.count else { throw fail("unexpected end of JSON input") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        guard at + length <= bytes.count else { throw fail("unexpected end of JSON input") }
        for index in 0..<length where bytes[at + index] != text.utf8Start[index] { throw fail("invalid literal") }
        at += length
        return value
    }

    private mutating func enter() throws(JSONError) {
        at += 1
        depth += 1
        guard depth <= Self.maximumDepth else { throw fail("nesting deeper than \(Self.maximumDepth) levels") }
        skipSpace()
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        var members: [String: JSONValue] = [:]
        if take("}") { return leave(.object(members)) }
        while true {
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw fail("expected a member name") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw fail("expected ':' after a member name") }
            skipSpace()
            if wantsDuplicates { path.append(.member(key)) }
            if members.updateValue(try value(), forKey: key) != nil, wantsDuplicates,
                duplicates.count < Self.mostDuplicates
            {
                duplicates.append(pathText)
            }
            if wantsDuplicates { path.removeLast() }
            skipSpace()
            if take("}") { return leave(.object(members)) }
            guard take(",") else { throw fail("expected ',' or '}' in an object") }
            skipSpace()
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var items: [JSONValue] = []
        if take("]") { return leave(.array(items)) }
        while true {
            if wantsDuplicates { path.append(.item(items.count)) }
            items.append(try value())
            if wantsDuplicates { path.removeLast() }
            skipSpace()
            if take("]") { return leave(.array(items)) }
            guard take(",") else { throw fail("expected ',' or ']' in an array") }
            skipSpace()
        }
    }

    private var pathText: String {
        var text = ""
        for step in path where text.count < Self.longestPath {
            switch step {
            case .member(let key): text += text.isEmpty ? key : ".\(key)"
            case .item(let index): text += "[\(index)]"
            }
        }
        return String(text.prefix(Self.longestPath))
    }

    private mutating func leave(_ value: JSONValue) -> JSONValue {
        depth -= 1
        return value
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
        at += 1
        return true
    }
}

// MARK: - Numbers and strings

extension JSONReader {
    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        _ = take("-")
        let integerDigits = digits()
        guard integerDigits > 0 else { throw fail("invalid character") }
        let first = bytes[at - integerDigits]
        guard first != UInt8(ascii: "0") || integerDigits == 1 else { throw fail("a number starts with 0") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard digits() > 0 else { throw fail("a fraction without digits") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw fail("an exponent without digits") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .int(whole) }
        guard let value = Double(text), value.isFinite else { throw fail("a number out of range") }
        // The writer gives a whole double no fraction: what is read must equal what is read again.
        return Int64(exactly: value).map(JSONValue.int) ?? .double(value)
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                defer { at += 1 }
                return try text(bytes[start..<at])
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<32: throw fail("a control character in a string")
            default: at += 1
            }
        }
        throw fail("unexpected end of JSON input")
    }

    private func text(_ raw: some Collection<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: raw, as: UTF8.self) else { throw fail("a string that is not UTF-8") }
        return text
    }

    /// The rest of a string that has at least one escape.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var decoded = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(decoded)
            case UInt8(ascii: "\\"): decoded.append(contentsOf: try escape())
            case 0..<32: throw fail("a control character in a string")
            default: decoded.append(byte)
            }
        }
        throw fail("unexpected end of JSON input")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard at < bytes.count else { throw fail("unexpected end of JSON input") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return Array(String(try unicodeEscape()).utf8)
        default: throw fail("invalid escape in a string")
        }
    }

    /// One `\uXXXX`, or a surrogate pair of two.
    ///
    /// A lone surrogate reads as U+FFFD, as Go's decoder has it.
    private mutating func unicodeEscape() throws(JSONError) -> Character {
        let replacement = Character("\u{FFFD}")
        let unit = try hexUnit()
        if let scalar = Unicode.Scalar(unit) { return Character(scalar) }
        guard unit < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
        else { return replacement }
        let mark = at
        at += 2
        let low = try hexUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else {
            at = mark
            return replacement
        }
        return Character(scalar)
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard at + 4 <= bytes.count, bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-"),
            let unit = UInt16(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
        else { throw fail("invalid \\u escape in a string") }
        at += 4
        return unit
    }
}
