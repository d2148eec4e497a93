import KubeAPI

/// A field selector: `metadata.name=a,status.phase!=Running`.
struct FieldQuery: Sendable, Equatable {
    struct Requirement: Sendable, Equatable {
        var field: String
        var path: [String]
        var value: String
        var isNegated: Bool
    }

    var requirements: [Requirement] = []

    /// The name that the selector pins, if it does: then only one object has to be looked at.
    var pinnedName: String? {
        requirements.first { $0.field == "metadata.name" && !$0.isNegated }?.value
    }

    /// A value that a field must have, if there is one: watches are found by it.
    var pin: Requirement? { requirements.first { !$0.isNegated } }

    func matches(_ object: JSONValue) -> Bool { matches { object[$0] } }

    /// - Parameter field: gives the value at a path.
    /// - Returns: whether it has all the values that are wanted.
    func matches(_ field: ([String]) -> JSONValue?) -> Bool {
        requirements.allSatisfy { requirement in
            let found = field(requirement.path)?.fieldText ?? ""
            return (found == requirement.value) != requirement.isNegated
        }
    }

    /// - Parameters:
    ///   - text: the `fieldSelector` parameter.
    ///   - fields: the fields that the resource can be selected by, in their dotted form.
    ///   - aliases: where those fields are stored that are stored under another name.
    /// - Returns: the parsed selector.
    /// - Throws: a 400 when the text cannot be read or names another field.
    static func parse(
        _ text: String, fields: Set<String>, aliases: [String: String] = [:]
    ) throws(Status) -> FieldQuery {
        var query = FieldQuery()
        for part in split(text) {
            let isNegated = part.contains("!=")
            guard let sign = part.firstRange(of: isNegated ? "!=" : part.contains("==") ? "==" : "=") else {
                throw .badRequest("invalid field selector \"\(text)\": can't understand '\(part)'")
            }
            let field = String(part[..<sign.lowerBound].trimmed)
            guard field == "metadata.name" || field == "metadata.namespace" || fields.contains(field) else {
                throw .badRequest("field label not supported: \(field)")
            }
            query.requirements.append(
                Requirement(
                    field: field, path: (aliases[field] ?? field).split(separator: ".").map(String.init),
                    value: try unescaped(part[sign.upperBound...].trimmed), isNegated: isNegated))
        }
        return query
    }

    /// The parts between commas that have no backslash before them.
    private static func split(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isEscaped = false
        for index in text.indices {
            if text[index] == ",", !isEscaped {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
            isEscaped = text[index] == "\\" && !isEscaped
        }
        return (parts + [text[start...]]).filter { !$0.isEmpty }
    }

    /// A value in which `\\`, `\,` and `\=` stand for themselves (apimachinery `fields.UnescapeValue`).
    private static func unescaped(_ text: Substring) throws(Status) -> String {
        var value = ""
        var rest = text
        while let next = rest.popFirst() {
            guard next == "\\" else {
                value.append(next)
                continue
            }
            guard let escaped = rest.popFirst(), ["\\", ",", "="].contains(escaped) else {
                throw .badRequest("invalid field selector: invalid escape sequence in \"\(text)\"")
            }
            value.append(escaped)
        }
        return value
    }
}

extension JSONValue {
    /// The text that a field selector compares with.
    var fieldText: String? {
        switch self {
        case .string(let text): text
        case .int(let whole): String(whole)
        case .bool(let flag): String(flag)
        default: nil
        }
    }
}
