import KubeAPI

/// Walks a structural schema, or a value beside its schema.
///
/// Paths look like `spec.env[].name`.
enum SchemaPaths {
    /// Every path that the schema names.
    ///
    /// Maps and free-form objects end a path; metadata is Kubernetes' own.
    static func collect(_ schema: JSONValue, at path: String, into paths: inout Set<String>) {
        if let items = schema["items"] { return collect(items, at: path + "[]", into: &paths) }
        for (name, child) in schema["properties"]?.objectValue ?? [:] where !isObjectMeta(path, name) {
            paths.insert("\(path).\(name)")
            collect(child, at: "\(path).\(name)", into: &paths)
        }
    }

    /// Every path that the value has, down to where the schema stops naming fields.
    static func collect(value: JSONValue, schema: JSONValue, at path: String, into paths: inout Set<String>) {
        switch value {
        case .array(let items):
            for item in items { collect(value: item, schema: schema["items"] ?? [:], at: path + "[]", into: &paths) }
        case .object(let members) where schema["additionalProperties"] == nil && !isFreeForm(schema):
            for (name, child) in members where !isObjectMeta(path, name) {
                paths.insert("\(path).\(name)")
                let childSchema = schema[["properties", name]] ?? [:]
                collect(value: child, schema: childSchema, at: "\(path).\(name)", into: &paths)
            }
        default: break
        }
    }

    static func findUndescribed(_ schema: JSONValue, at path: String, into bare: inout [String]) {
        if let items = schema["items"] { findUndescribed(items, at: path + "[]", into: &bare) }
        for (name, child) in schema["properties"]?.objectValue ?? [:] where !isObjectMeta(path, name) {
            if (child["description"]?.stringValue ?? "").isEmpty { bare.append("\(path).\(name)") }
            findUndescribed(child, at: "\(path).\(name)", into: &bare)
        }
    }

    /// The value with only the fields that its schema requires, at each level; and metadata, and the two that name the type.
    static func minimal(_ value: JSONValue, schema: JSONValue, isRoot: Bool = true) -> JSONValue {
        guard case .object(let members) = value, let properties = schema["properties"]?.objectValue else {
            return value
        }
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        let kept = members.filter { name, _ in
            required.contains(name) || (isRoot && ["apiVersion", "kind", "metadata"].contains(name))
        }
        return .object(
            Dictionary(
                uniqueKeysWithValues: kept.map { name, child in
                    (name, minimal(child, schema: properties[name] ?? [:], isRoot: false))
                }))
    }

    /// The value with the schema's defaults filled in, nested ones too (apiextensions "Defaulting").
    static func defaulted(_ value: JSONValue, schema: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map { defaulted($0, schema: schema["items"] ?? [:]) })
        case .object(var members):
            for (name, child) in schema["properties"]?.objectValue ?? [:] {
                if let present = members[name] ?? child["default"] { members[name] = defaulted(present, schema: child) }
            }
            return .object(members)
        default: return value
        }
    }

    /// Paths at which `value` says something that `other` does not say as well.
    static func differences(_ value: JSONValue, _ other: JSONValue?, at path: String = "") -> [String] {
        switch (value, other) {
        case (.object(let members), .object(let others)?):
            return members.sorted { $0.key < $1.key }.flatMap {
                differences($0.value, others[$0.key], at: "\(path).\($0.key)")
            }
        case (.object(let members), nil) where members.isEmpty: return []
        case (.int(let whole), .double(let number)?) where Double(whole) == number: return []
        default: return value == other ? [] : [path]
        }
    }

    private static func isObjectMeta(_ path: String, _ name: String) -> Bool { path.isEmpty && name == "metadata" }
    private static func isFreeForm(_ schema: JSONValue) -> Bool {
        schema["x-kubernetes-preserve-unknown-fields"] == true || schema["properties"] == nil
    }
}
