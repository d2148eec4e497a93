import KubeAPI

/// One thing wrong with one field, worded as apimachinery's `field.Error` is.
struct FieldError: Sendable, Hashable {
    enum Kind: String, Sendable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case typeInvalid = "FieldValueTypeInvalid"
        case notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case forbidden = "FieldValueForbidden"
    }

    /// The most that are told together: whoever is told that many has enough to mend, and the message can be read.
    static let most = 100

    var kind: Kind
    var path: String
    /// The text after the path.
    var body: String

    var cause: Status.Cause { Status.Cause(reason: kind.rawValue, message: body, field: path) }
    var description: String { path.isEmpty ? body : "\(path): \(body)" }

    static func required(_ path: String, _ detail: String = "") -> FieldError {
        FieldError(kind: .required, path: path, body: "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
    }

    static func invalid(_ path: String, _ value: JSONValue, _ detail: String) -> FieldError {
        FieldError(kind: .invalid, path: path, body: "Invalid value: \(value.shown): \(detail)")
    }

    /// - Parameters:
    ///   - path: the field.
    ///   - found: the JSON type that was found.
    ///   - wanted: the type that the schema wants.
    /// - Returns: the error that kube-openapi gives for a wrong type.
    static func type(_ path: String, found: String, wanted: String) -> FieldError {
        let subject = path.isEmpty ? "" : "\(path) "
        return FieldError(
            kind: .typeInvalid, path: path,
            body: "Invalid value: \"\(found)\": \(subject)in body must be of type \(wanted): \"\(found)\"")
    }

    static func notSupported(_ path: String, _ value: JSONValue, allowed: [JSONValue]) -> FieldError {
        let list = allowed.map(\.shown).joined(separator: ", ")
        return FieldError(
            kind: .notSupported, path: path, body: "Unsupported value: \(value.shown): supported values: \(list)")
    }

    static func duplicate(_ path: String, _ value: JSONValue) -> FieldError {
        FieldError(kind: .duplicate, path: path, body: "Duplicate value: \(value.shown)")
    }

    static func tooLong(_ path: String, limit: Int) -> FieldError {
        FieldError(kind: .tooLong, path: path, body: "Too long: may not be more than \(limit) bytes")
    }

    static func tooMany(_ path: String, count: Int, limit: Int) -> FieldError {
        FieldError(kind: .tooMany, path: path, body: "Too many: \(count): must have at most \(limit) items")
    }

    /// An error that speaks of the whole object, as upstream shows one without a path.
    static func general(_ detail: String, shown value: String = "\"\"") -> FieldError {
        FieldError(kind: .invalid, path: "<nil>", body: "Invalid value: \(value): \(detail)")
    }

    static func forbidden(_ path: String, _ detail: String) -> FieldError {
        FieldError(kind: .forbidden, path: path, body: "Forbidden: \(detail)")
    }
}

extension [FieldError] {
    /// There are more than are told, so there is no use in looking for others.
    var isFull: Bool { count > FieldError.most }

    /// As many as are told, and a word about the rest.
    var told: [FieldError] {
        guard count > FieldError.most else { return self }
        return prefix(FieldError.most) + [.general("too many errors: mend these \(FieldError.most) to see the others")]
    }
}

extension JSONValue {
    /// The value as an error message shows it: its JSON text, cut so that a message stays readable.
    var shown: String {
        let text = String(decoding: serializedBytes(), as: UTF8.self)
        return text.utf8.count <= 400 ? text : "\(text.prefix(400))…"
    }

    /// The JSON type's name, as kube-openapi has it.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// Builds the path of a field, as in `spec.list[0].name` and `spec.map[key.with.dots]`.
enum FieldPath {
    static func member(_ path: String, _ key: String) -> String {
        path.isEmpty ? cut(key) : grown(path, ".\(cut(key))")
    }
    static func index(_ path: String, _ index: Int) -> String { grown(path, "[\(index)]") }
    static func key(_ path: String, _ key: String) -> String { grown(path, "[\(cut(key))]") }
    static func property(_ path: String, _ name: String) -> String { grown(path, ".properties[\(cut(name))]") }

    /// A path is for people: names as long as a body would make a message of each of its fields.
    private static let longestKey = 400
    private static let longestPath = 2000

    private static func cut(_ key: String) -> String {
        key.utf8.count <= longestKey ? key : "\(key.prefix(longestKey))…"
    }

    private static func grown(_ path: String, _ step: String) -> String {
        path.utf8.count > longestPath ? path : path + step
    }
}
