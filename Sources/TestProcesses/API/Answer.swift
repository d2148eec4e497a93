import KubeAPI

/// What an API server answered.
package struct Answer: Sendable {
    /// An answer that a test cannot go on with.
    package struct Unexpected: Error, CustomStringConvertible {
        package let answer: Answer
        package let wanted: String

        package init(answer: Answer, wanted: String) {
            self.answer = answer
            self.wanted = wanted
        }

        package var description: String {
            "\(answer.request) answered \(answer.code) where \(wanted) was expected: \(answer.text.prefix(1000))"
        }
    }

    /// Method and path, for messages.
    package let request: String
    package let code: Int
    /// Names in small letters.
    package let headers: [(String, String)]
    package let bytes: [UInt8]

    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var body: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    package var warnings: [String] { headers.filter { $0.0 == "warning" }.map(\.1) }

    package func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

    /// The body of an answer that has that code.
    /// - Throws: `Unexpected` otherwise.
    @discardableResult
    package func expecting(_ code: Int) throws -> JSONValue {
        guard self.code == code else { throw Unexpected(answer: self, wanted: "\(code)") }
        return body
    }

    /// The fields that a Status blames.
    package var blamedFields: [String] {
        (body["details"]?["causes"]?.arrayValue ?? []).compactMap { $0["field"]?.stringValue }
    }
}

extension JSONValue {
    package var metadata: JSONValue { self["metadata"] ?? .null }
    package var name: String { metadata["name"]?.stringValue ?? "" }
    package var uid: String { metadata["uid"]?.stringValue ?? "" }
    package var version: String { metadata["resourceVersion"]?.stringValue ?? "" }
    package var generation: Int64 { metadata["generation"]?.intValue ?? 0 }
    package var items: [JSONValue] { self["items"]?.arrayValue ?? [] }
    package var names: [String] { items.map(\.name) }

    /// The status of a condition: True, False or Unknown.
    package func condition(_ type: String) -> String? {
        self["status"]?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }?["status"]?.stringValue
    }

    /// The value at a dotted path; numbers are indices of lists.
    package func at(_ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(Optional(self)) { value, key in
            if let index = Int(key), let list = value?.arrayValue { return index < list.count ? list[index] : nil }
            return value?[String(key)]
        }
    }

    /// A copy with the value at a path of member names replaced.
    package func with(_ path: String, _ value: JSONValue?) -> JSONValue {
        var copy = self
        let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
        if keys.count == 2 {
            copy[keys[0]] = (copy[keys[0]] ?? .object([:])).with(keys[1], value)
        } else {
            copy[keys[0]] = value
        }
        return copy
    }
}
