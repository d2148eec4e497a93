import KubeAPI

/// Finds and replaces members in the JSON text of a stored object without parsing the rest.
///
/// Only for text that `JSONValue.serializedBytes` has written: valid and without spaces.
enum JSONText {
    /// Where the value at a path of member names stands; nil when there is none.
    static func range(of path: [String], in text: [UInt8]) -> Range<Int>? {
        text.withUnsafeBufferPointer { buffer in
            var scanner = Scanner(buffer)
            for key in path where !scanner.enter(key) { return nil }
            let start = scanner.at
            scanner.skipValue()
            return start..<scanner.at
        }
    }

    /// The value at a path of member names; nil when there is none.
    static func value(at path: [String], in text: [UInt8]) -> JSONValue? {
        range(of: path, in: text).flatMap { try? JSONReader.parse(text[$0]) }
    }

    /// Whether a text is one object from its first byte to its last: neither cut off nor run on.
    static func isWhole(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { buffer in
            var scanner = Scanner(buffer)
            guard buffer.first == UInt8(ascii: "{"), buffer.last == UInt8(ascii: "}") else { return false }
            return scanner.skipValue() && scanner.at == buffer.count
        }
    }

    /// The text with another value at a path; the same text when nothing is there.
    static func replacing(_ path: [String], with value: JSONValue, in text: [UInt8]) -> [UInt8] {
        guard let range = range(of: path, in: text) else { return text }
        return Array(text[..<range.lowerBound]) + value.serializedBytes() + text[range.upperBound...]
    }

    private struct Scanner {
        let bytes: UnsafeBufferPointer<UInt8>
        var at = 0

        init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        private func isAt(_ character: UInt8) -> Bool { at < bytes.count && bytes[at] == character }

        /// Moves to the value of a member of the object that starts here; false when it has none of that name.
        mutating func enter(_ key: String) -> Bool {
            guard isAt(UInt8(ascii: "{")) else { return false }
            at += 1
            while isAt(UInt8(ascii: "\"")) {
                let start = at + 1
                skipString()
                let isWanted = bytes[start..<(at - 1)].elementsEqual(key.utf8)
                at += 1
                if isWanted { return true }
                skipValue()
                guard isAt(UInt8(ascii: ",")) else { return false }
                at += 1
            }
            return false
        }

        /// - Returns: whether what was begun has ended.
        @discardableResult
        mutating func skipValue() -> Bool {
            var depth = 0
            while at < bytes.count {
                switch bytes[at] {
                case UInt8(ascii: "\""): skipString()
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    at += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return true }
                    depth -= 1
                    at += 1
                    if depth == 0 { return true }
                case UInt8(ascii: ",") where depth == 0: return true
                default: at += 1
                }
            }
            return depth == 0
        }

        private mutating func skipString() {
            at += 1
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
            }
            at += 1
        }
    }
}

/// The JSON text of an object with a gap for the resourceVersion, which only the commit knows.
struct UnversionedText: Sendable {
    private let text: [UInt8]
    private let gap: Int

    init(_ value: JSONValue) {
        var value = value
        value.setMetadata("resourceVersion", "")
        text = value.serializedBytes()
        // Inside the quotes of the empty text that was just set.
        gap = (JSONText.range(of: ["metadata", "resourceVersion"], in: text)?.lowerBound ?? 0) + 1
    }

    var count: Int { text.count }

    func bytes(revision: Int64) -> [UInt8] {
        let digits = String(revision).utf8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + digits.count)
        bytes += text[..<gap]
        bytes += digits
        bytes += text[gap...]
        return bytes
    }
}
