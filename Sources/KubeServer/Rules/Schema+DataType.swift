import CEL

extension Schema.Fields {
    /// What rules may see of values of this schema.
    ///
    /// Only what the schema specifies can be seen, not what `x-kubernetes-preserve-unknown-fields` lets through. Source:
    /// apiserver `cel/common` (`SchemaDeclType`).
    ///
    /// - Parameter isResource: whether it is a whole object, of whose metadata rules see the name.
    /// - Returns: nil when they may see nothing.
    func dataType(isResource: Bool) -> DataType? {
        if isIntOrString { return .any }
        switch type {
        case "boolean": return .scalar(.bool)
        case "integer": return .scalar(.int)
        case "number": return .scalar(.double)
        case "string": return .scalar(stringType)
        case "array": return items?.fields.dataType.map { .list($0, identity: identity) }
        case "object":
            if case .values(let values) = additional, !isResource { return values.fields.dataType.map(DataType.map) }
            return .object(objectType(isResource: isResource))
        default: return nil
        }
    }

    private var stringType: CELType {
        switch format {
        case "byte": .bytes
        case "date", "date-time": .timestamp
        case "duration": .duration
        default: .string
        }
    }

    private var identity: ListIdentity {
        switch listType {
        case .atomic: .ordered
        case .set: .set
        case .map: .map(keys: listMapKeys)
        }
    }

    private func objectType(isResource: Bool) -> ObjectType {
        var known = properties.compactMapValues(\.fields.dataType)
        if isResource {
            let text = DataType.scalar(.string)
            known["apiVersion"] = text
            known["kind"] = text
            known["metadata"] = .object(ObjectType(name: "object", properties: ["name": text, "generateName": text]))
        }
        return ObjectType(name: "object", properties: known)
    }
}
