import CEL
import KubeAPI

extension Schema {
    /// What a schema must know of those around it.
    struct Context: Sendable {
        /// It is the schema of whole objects.
        var isRoot = true
        /// It stands below `allOf`, `anyOf`, `oneOf` or `not`, where only values are validated.
        var isNested = false
        /// The list around it whose items cannot be told to be those before an update.
        var uncorrelatable: String?

        static let root = Context()
        var nested: Context { Context(isRoot: false, isNested: true, uncorrelatable: uncorrelatable) }
        var member: Context { Context(isRoot: false, isNested: isNested, uncorrelatable: uncorrelatable) }

        func item(of fields: Fields, at path: String) -> Context {
            var context = member
            if fields.listType != .map { context.uncorrelatable = uncorrelatable ?? path }
            return context
        }
    }

    /// Reads a schema as it stands in a CustomResourceDefinition.
    ///
    /// - Parameters:
    ///   - json: the `JSONSchemaProps`.
    ///   - path: where it stands, for error messages.
    ///   - context: what is around it.
    ///   - errors: takes what is wrong with it.
    /// - Returns: a schema; where something is wrong, one that allows what could not be read.
    static func parse(
        _ json: JSONValue, at path: String, in context: Context = .root, errors: inout [FieldError]
    ) -> Schema {
        guard case .object(let members) = json else {
            errors.append(.type(path, found: json.typeName, wanted: "object"))
            return Schema(Fields())
        }
        var fields = Fields()
        readType(members, at: path, into: &fields, errors: &errors)
        readExtensions(members, into: &fields)
        readMembers(members, at: path, in: context, into: &fields, errors: &errors)
        readValueRules(members, at: path, into: &fields, errors: &errors)
        readCombination(members, at: path, in: context, into: &fields, errors: &errors)
        readRules(members, at: path, in: context, into: &fields, errors: &errors)
        let children = fields.children
        fields.hasDefaults = fields.defaultValue != nil || children.contains(where: \.fields.hasDefaults)
        fields.hasRules = !fields.rules.isEmpty || children.contains(where: \.fields.hasRules)
        fields.hasTransitionRules =
            fields.rules.contains(where: \.isTransition) || children.contains(where: \.fields.hasTransitionRules)
        fields.hasStructure =
            fields.listType != .atomic || fields.uniqueItems || fields.isEmbeddedResource
            || children.contains(where: \.fields.hasStructure)
        return Schema(fields)
    }

    private static func readRules(
        _ members: [String: JSONValue], at path: String, in context: Context, into fields: inout Fields,
        errors: inout [FieldError]
    ) {
        fields.dataType = fields.dataType(isResource: context.isRoot || fields.isEmbeddedResource)
        guard let rules = members["x-kubernetes-validations"]?.arrayValue, !rules.isEmpty else { return }
        let rulesPath = FieldPath.member(path, "x-kubernetes-validations")
        if context.isNested {
            errors.append(.forbidden(rulesPath, "must be empty to be structural"))
            return
        }
        guard let type = fields.dataType else {
            errors.append(
                .invalid(rulesPath, .array(rules), "rules need a schema with a type, whose fields it specifies"))
            return
        }
        for (index, json) in rules.enumerated() where !errors.isFull {
            let rulePath = FieldPath.index(rulesPath, index)
            guard let rule = ValidationRule.parse(json, at: rulePath, in: fields, type: type, errors: &errors) else {
                continue
            }
            if rule.isTransition, let list = context.uncorrelatable {
                errors.append(
                    .invalid(
                        "\(rulePath).rule", .string(rule.text),
                        "oldSelf cannot be used on the uncorrelatable portion of the schema within \(list)"))
            }
            fields.rules.append(rule)
        }
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
        _ members: [String: JSONValue], at path: String, in context: Context, into fields: inout Fields,
        errors: inout [FieldError]
    ) {
        let below = context.member
        for (name, schema) in (members["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            fields.properties[name] = parse(
                schema, at: FieldPath.property(path, name), in: below, errors: &errors)
        }
        if let items = members["items"] {
            let context = context.item(of: fields, at: path)
            fields.items = parse(items, at: FieldPath.member(path, "items"), in: context, errors: &errors)
        }
        switch members["additionalProperties"] {
        case .bool(let isAllowed): fields.additional = isAllowed ? .anything : .refused
        case .some(let schema):
            let place = FieldPath.member(path, "additionalProperties")
            fields.additional = .values(parse(schema, at: place, in: below, errors: &errors))
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
            do throws(RegexError) {
                fields.pattern = try RegularExpression(expression)
            } catch {
                let why = "must be a valid regular expression, but isn't: \(error)"
                errors.append(.invalid("\(path).pattern", .string(expression), why))
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
        _ members: [String: JSONValue], at path: String, in context: Context, into fields: inout Fields,
        errors: inout [FieldError]
    ) {
        func list(_ name: String) -> [Schema] {
            (members[name]?.arrayValue ?? []).enumerated().map { index, schema in
                parse(
                    schema, at: FieldPath.index(FieldPath.member(path, name), index), in: context.nested,
                    errors: &errors)
            }
        }
        fields.combination = Combination(allOf: list("allOf"), anyOf: list("anyOf"), oneOf: list("oneOf"))
        if let not = members["not"] {
            fields.combination.not = parse(
                not, at: FieldPath.member(path, "not"), in: context.nested, errors: &errors)
        }
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

extension Schema.Fields {
    /// The schemas of members and items.
    var children: [Schema] {
        var children = Array(properties.values)
        if let items { children.append(items) }
        if case .values(let values) = additional { children.append(values) }
        return children
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
