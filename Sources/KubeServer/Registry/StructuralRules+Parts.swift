import KubeAPI

/// The rules of `x-kubernetes-list-type` and its keys.
enum ListRules {
    static func check(_ schema: JSONValue, _ path: String, _ errors: inout [FieldError]) {
        let keys = schema["x-kubernetes-list-map-keys"]?.arrayValue ?? []
        guard let listType = schema["x-kubernetes-list-type"]?.stringValue else {
            if !keys.isEmpty {
                errors.append(
                    .required(
                        "\(path).x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty"))
            }
            return
        }
        let type = schema["type"]?.stringValue ?? ""
        if type != "array" {
            errors.append(
                StructuralRules.wrongType(
                    type, at: "\(path).type", "must be array if x-kubernetes-list-type is specified"))
        }
        if !["atomic", "set", "map"].contains(listType) {
            errors.append(
                .notSupported(
                    "\(path).x-kubernetes-list-type", .string(listType), allowed: ["atomic", "set", "map"]))
        }
        if !keys.isEmpty, listType != "map" {
            errors.append(
                .invalid(
                    "\(path).x-kubernetes-list-type", .string(listType),
                    "must be map if x-kubernetes-list-map-keys is non-empty"))
        }
        if ["set", "map"].contains(listType), schema["items"]?["nullable"] == true {
            errors.append(
                .forbidden("\(path).items.nullable", "cannot be nullable when x-kubernetes-list-type is \(listType)"))
        }
        switch listType {
        case "set": checkSet(schema["items"] ?? [:], "\(path).items", &errors)
        case "map": checkMap(schema, keys, path, &errors)
        default: break
        }
    }

    private static func checkSet(_ items: JSONValue, _ path: String, _ errors: inout [FieldError]) {
        let rule = "must be atomic as item of a list with x-kubernetes-list-type=set"
        for (type, key) in [("array", "x-kubernetes-list-type"), ("object", "x-kubernetes-map-type")]
        where items["type"]?.stringValue == type {
            let isAtomic = items[key] == "atomic" || (type == "array" && items[key] == nil)
            if !isAtomic { errors.append(.invalid("\(path).\(key)", items[key] ?? .null, rule)) }
        }
    }

    private static func checkMap(
        _ schema: JSONValue, _ keys: [JSONValue], _ path: String, _ errors: inout [FieldError]
    ) {
        let keysPath = "\(path).x-kubernetes-list-map-keys"
        if keys.isEmpty { errors.append(.required(keysPath, "must not be empty if x-kubernetes-list-type is map")) }
        guard let items = schema["items"] else {
            errors.append(.required("\(path).items", "must have a schema if x-kubernetes-list-type is map"))
            return
        }
        guard items["type"] == "object" else {
            errors.append(
                .invalid(
                    "\(path).items.type", items["type"] ?? "",
                    "must be object if parent array's x-kubernetes-list-type is map"))
            return
        }
        if Set(keys).count < keys.count {
            errors.append(.invalid(keysPath, .array(keys), "must not contain duplicate entries"))
        }
        for key in keys.compactMap(\.stringValue) where !errors.isFull {
            guard let property = items["properties"]?[key] else {
                errors.append(.invalid(keysPath, .array(keys), "entries must all be names of item properties"))
                continue
            }
            let isRequired = items["required"]?.arrayValue?.contains(.string(key)) ?? false
            checkKey(property, isRequired: isRequired, FieldPath.property("\(path).items", key), &errors)
        }
    }

    private static func checkKey(
        _ property: JSONValue, isRequired: Bool, _ path: String, _ errors: inout [FieldError]
    ) {
        let reason = "this property is in x-kubernetes-list-map-keys, so it"
        if property["type"] == "array" || property["type"] == "object" {
            errors.append(
                .invalid(
                    "\(path).type", property["type"] ?? .null,
                    "must be a scalar type if parent array's x-kubernetes-list-type is map"))
        }
        if !isRequired, property["default"] == nil {
            errors.append(.required("\(path).default", "\(reason) must have a default or be a required property"))
        }
        if property["nullable"] == true {
            errors.append(.forbidden("\(path).nullable", "\(reason) cannot be nullable"))
        }
    }
}

/// The rules of what stands under `allOf`, `anyOf`, `oneOf` and `not`: only validations, of fields that are specified
/// outside of them too.
enum ValueRules {
    private static let empty: [String] = [
        "title", "description", "x-kubernetes-list-map-keys",
    ]
    private static let undefined: [String] = [
        "additionalProperties", "default", "x-kubernetes-list-type", "x-kubernetes-map-type",
    ]
    private static let flags: [String] = [
        "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    ]
    private static let intOrString: JSONValue = [["type": "integer"], ["type": "string"]]

    static func check(_ schema: JSONValue, _ path: String, _ errors: inout [FieldError]) {
        let isIntOrString = schema["x-kubernetes-int-or-string"] == true
        checkCombinations(schema, of: schema, path, isIntOrString: isIntOrString, &errors)
    }

    /// Of an int-or-string, the usual `anyOf` may name both types; also as the first of `allOf`.
    private static func checkCombinations(
        _ schema: JSONValue, of structure: JSONValue, _ path: String, isIntOrString: Bool,
        _ errors: inout [FieldError]
    ) {
        for name in ["allOf", "anyOf", "oneOf"] {
            if name == "anyOf", isIntOrString, schema["anyOf"] == intOrString { continue }
            for (index, nested) in (schema[name]?.arrayValue ?? []).enumerated() {
                let isFirst = name == "allOf" && index == 0
                checkNested(
                    nested, of: structure, FieldPath.index(FieldPath.member(path, name), index),
                    isIntOrString: isIntOrString && isFirst, &errors)
            }
        }
        if let not = schema["not"] {
            checkNested(not, of: structure, FieldPath.member(path, "not"), isIntOrString: false, &errors)
        }
    }

    private static func checkNested(
        _ nested: JSONValue, of structure: JSONValue, _ path: String, isIntOrString: Bool,
        _ errors: inout [FieldError]
    ) {
        if errors.isFull { return }
        var types = StructuralRules()
        guard types.checkTypes(nested, path) else { return errors += types.errors }
        if nested["type"] != nil { errors.append(.forbidden("\(path).type", "must be empty to be structural")) }
        for key in empty where nested[key] != nil {
            errors.append(.forbidden("\(path).\(key)", "must be empty to be structural"))
        }
        for key in undefined where nested[key] != nil {
            errors.append(.forbidden("\(path).\(key)", "must be undefined to be structural"))
        }
        for key in flags where nested[key] == true {
            errors.append(.forbidden("\(path).\(key)", "must be false to be structural"))
        }
        checkCombinations(nested, of: structure, path, isIntOrString: isIntOrString, &errors)
        checkCompleteness(nested, of: structure, path, &errors)
    }

    /// What is validated must also be specified, else it would be pruned before it is looked at.
    private static func checkCompleteness(
        _ nested: JSONValue, of structure: JSONValue, _ path: String, _ errors: inout [FieldError]
    ) {
        if let items = nested["items"] {
            if let specified = structure["items"] {
                checkNested(items, of: specified, FieldPath.member(path, "items"), isIntOrString: false, &errors)
            } else {
                errors.append(.required("\(outside(path)).items", "because it is defined in \(path).items"))
            }
        }
        for (name, property) in (nested["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            if errors.isFull { return }
            let here = FieldPath.property(path, name)
            if let specified = structure["properties"]?[name] {
                checkNested(property, of: specified, here, isIntOrString: false, &errors)
            } else {
                errors.append(.required(FieldPath.property(outside(path), name), "because it is defined in \(here)"))
            }
        }
    }

    /// The path of the schema proper, without the combinations that lead to `path`.
    private static func outside(_ path: String) -> String {
        path.replacing(/\.(?:(?:allOf|anyOf|oneOf)\[[0-9]+\]|not)(?=\.|$)/, with: "")
    }
}
