import KubeAPI

extension ValidationRule {
    /// Reads a rule's `fieldPath`, such as `.spec.replicas` or `.labels['a.b']`.
    ///
    /// - Parameters:
    ///   - text: the path.
    ///   - fields: the schema that it goes through.
    ///   - path: where it stands.
    ///   - errors: takes what is wrong with it.
    /// - Returns: what an error's path goes on with after the value's own; nil when the path leads nowhere.
    static func suffix(
        of text: String, in fields: Schema.Fields, at path: String, errors: inout [FieldError]
    ) -> String? {
        var reader = FieldPathReader(rest: text[...], fields: fields)
        if let why = reader.read() {
            errors.append(.invalid(path, .string(text), "fieldPath must be a valid path: \(why)"))
            return nil
        }
        return reader.suffix
    }
}

/// Walks a field path and the schema beside it.
private struct FieldPathReader {
    var rest: Substring
    var fields: Schema.Fields
    var suffix = ""

    /// What is wrong with the path; nil when nothing is.
    mutating func read() -> String? {
        if rest.isEmpty { return "must not be empty" }
        while let next = rest.first {
            rest = rest.dropFirst()
            let name: String
            if next == "." {
                name = String(rest.prefix { $0 != "." && $0 != "[" })
                rest = rest.dropFirst(name.count)
            } else if next == "[" {
                guard let quoted = quotedName() else { return "expected single quoted string" }
                name = quoted
            } else {
                return "expected [ or . but got: \(next)\(rest)"
            }
            if name.isEmpty { return "unexpected end of JSON path" }
            if let why = enter(name) { return why }
        }
        return nil
    }

    private mutating func quotedName() -> String? {
        guard rest.first == "'" else { return nil }
        rest = rest.dropFirst()
        var name = ""
        while let next = rest.popFirst() {
            if next == "'" { return rest.popFirst() == "]" ? name : nil }
            guard next == "\\" else {
                name.append(next)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            let plain: [Character: Character] = ["n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'"]
            guard let character = plain[escaped] else { return nil }
            name.append(character)
        }
        return nil
    }

    private mutating func enter(_ name: String) -> String? {
        if let member = fields.properties[name] {
            suffix += ".\(name)"
            fields = member.fields
        } else if case .values(let values) = fields.additional {
            suffix += "[\(name)]"
            fields = values.fields
        } else {
            return "does not refer to a valid field"
        }
        return nil
    }
}
