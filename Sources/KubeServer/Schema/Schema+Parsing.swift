import KubeAPI

extension Schema {
    /// Reads a schema as it stands in a CustomResourceDefinition.
    ///
    /// - Parameters:
    ///   - json: the `JSONSchemaProps`.
    ///   - path: where it stands, for error messages.
    ///   - errors: takes what is wrong with it.
    /// - Returns: a schema; where something is wrong, one that allows what could not be read.
    static func parse(_ json: JSONValue, at path: String, errors: inout [FieldError]) -> Schema {
        guard case .object(let members) = json else {
            errors.append(.type(path, found: json.typeName, wanted: "object"))
            return Schema(Fields())
        }
        var fields = Fields()
        readType(members, at: path, into: &fields, errors: &errors)
        readMembers(members, at: path, into: &fields, errors: &errors)
        readValueRules(members, at: path, into: &fields, errors: &errors)
        readCombination(members, at: path, into: &fields, errors: &errors)
        readExtensions(members, into: &fields)
        fields.hasDefaults =
            fields.defaultValue != nil || fields.properties.values.contains(where: \.fields.hasDefaults)
            || fields.items?.fields.hasDefaults == true
        if case .values(let values) = fields.additional, values.fields.hasDefaults { fields.hasDefaults = true }
        return Schema(fields)
    }

    private static let types: Set<String> = ["object", "array", "string", "integer", "number", "boolean"]

    private static func readType(
        _ members: [String: JSONValue], at path: String, into fields: inout Fields, errors: inout [FieldError]
    ) {
        fields.type = members["type"]?.stringValue
        if let type = fields.type, !types.contains(type) {
            errors.append(
                .notSupported("\(path).type", .string(type), allowed: types.sorted().map(JSONValue.string)))
        }
        fields.format = members["format"]?.stringValue
        fields.isNullable = members["nullable"]?.boolValue ?? false
    }

    private static func readMembers(
        _ members: [String: JSONValue], at path: String, into fields: inout Fields, errors: inout [FieldError]
    ) {
        for (name, schema) in (members["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            fields.properties[name] = parse(schema, at: "\(path).properties[\(name)]", errors: &errors)
        }
        if let items = members["items"] { fields.items = parse(items, at: "\(path).items", errors: &errors) }
        switch members["additionalProperties"] {
        case .bool(let isAllowed): fields.additional = isAllowed ? .anything : .refused
        case .some(let schema):
            fields.additional = .values(parse(schema, at: "\(path).additionalProperties", errors: &errors))
        case nil: break
        }
        fields.required = (members["required"]?.arrayValue ?? []).compactMap(\.stringValue)
        fields.defaultValue = members["default"]
    }

    private static func readValueRules(
        _ members: [String: JSONValue], at path: String, into fields: inout Fields, errors: inout [FieldError]
    ) {
        fields.allowed = members["enum"]?.arrayValue ?? []
        if let expression = members["pattern"]?.stringValue {
            fields.pattern = Pattern(expression)
            if fields.pattern == nil {
                errors.append(
                    .invalid("\(path).pattern", .string(expression), "must be a valid regular expression"))
            }
        }
        fields.range = Range(
            minimum: members["minimum"]?.number, maximum: members["maximum"]?.number,
            exclusiveMinimum: members["exclusiveMinimum"]?.boolValue ?? false,
            exclusiveMaximum: members["exclusiveMaximum"]?.boolValue ?? false,
            multipleOf: members["multipleOf"]?.number)
        fields.stringLength = length(members, "Length")
        fields.itemCount = length(members, "Items")
        fields.memberCount = length(members, "Properties")
        fields.uniqueItems = members["uniqueItems"]?.boolValue ?? false
    }

    private static func length(_ members: [String: JSONValue], _ suffix: String) -> Length {
        Length(
            minimum: members["min\(suffix)"]?.intValue.flatMap { Int(exactly: $0) },
            maximum: members["max\(suffix)"]?.intValue.flatMap { Int(exactly: $0) })
    }

    private static func readCombination(
        _ members: [String: JSONValue], at path: String, into fields: inout Fields, errors: inout [FieldError]
    ) {
        func list(_ name: String) -> [Schema] {
            (members[name]?.arrayValue ?? []).enumerated().map { index, schema in
                parse(schema, at: "\(path).\(name)[\(index)]", errors: &errors)
            }
        }
        fields.combination = Combination(allOf: list("allOf"), anyOf: list("anyOf"), oneOf: list("oneOf"))
        if let not = members["not"] { fields.combination.not = parse(not, at: "\(path).not", errors: &errors) }
    }

    private static func readExtensions(_ members: [String: JSONValue], into fields: inout Fields) {
        fields.isIntOrString = members["x-kubernetes-int-or-string"]?.boolValue ?? false
        fields.preservesUnknown = members["x-kubernetes-preserve-unknown-fields"]?.boolValue ?? false
        fields.isEmbeddedResource = members["x-kubernetes-embedded-resource"]?.boolValue ?? false
        fields.listType =
            members["x-kubernetes-list-type"]?.stringValue.flatMap(ListType.init(rawValue:)) ?? .atomic
        fields.listMapKeys = (members["x-kubernetes-list-map-keys"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

extension JSONValue {
    /// The value of either kind of number.
    var number: Double? {
        switch self {
        case .int(let whole): Double(whole)
        case .double(let number): number
        default: nil
        }
    }
}
