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
    /// - Returns: the parsed selector.
    /// - Throws: a 400 when the text cannot be read or names another field.
    static func parse(_ text: String, fields: Set<String>) throws(Status) -> FieldQuery {
        var query = FieldQuery()
        for part in text.split(separator: ",") {
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
                    field: field, path: field.split(separator: ".").map(String.init),
                    value: String(part[sign.upperBound...].trimmed), isNegated: isNegated))
        }
        return query
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
