import KubeAPI

extension Schema {
    /// Fills in defaults, also in members that a default has just made, and drops nulls that the schema does not allow.
    ///
    /// Source: apiextensions-apiserver `schema/defaulting` (`Default`, `PruneNonNullableNullsWithoutDefaults`).
    func applyDefaults(to value: inout JSONValue) {
        switch value {
        case .object(var members):
            value = .null  // so that `members` is changed in place, not copied
            for (name, schema) in fields.properties {
                let current = members[name]
                if current == nil || (current == .null && !schema.fields.isNullable) {
                    members[name] = schema.fields.defaultValue
                }
            }
            for key in members.keys {
                guard let schema = schema(ofMember: key) else { continue }
                if members[key] == .null, !schema.fields.isNullable, schema.fields.type != nil {
                    members[key] = nil
                } else if members[key]?.isContainer == true {
                    schema.applyDefaults(to: &members[key, default: .null])
                }
            }
            value = .object(members)
        case .array(var items):
            guard let schema = fields.items else { return }
            value = .null
            for index in items.indices where items[index].isContainer { schema.applyDefaults(to: &items[index]) }
            value = .array(items)
        default: break
        }
    }
}

extension JSONValue {
    var isContainer: Bool {
        switch self {
        case .object, .array: true
        default: false
        }
    }
}
