import KubeAPI

/// What the schema of a CustomResourceDefinition must keep to so that objects can be pruned and defaulted by it: the
/// rules of structural schemas.
///
/// Source: apiextensions-apiserver `pkg/apiserver/schema` and `pkg/apis/apiextensions/validation`, and the document
/// "Extend the Kubernetes API with CustomResourceDefinitions", "Specifying a structural schema".
struct StructuralRules {
    enum Level {
        case root, item, field

        var missingType: String {
            switch self {
            case .root: "must not be empty at the root"
            case .item: "must not be empty for specified array items"
            case .field: "must not be empty for specified object fields"
            }
        }
    }

    /// Where a schema stands.
    struct Place {
        var path: String
        var level = Level.field
        /// Why it may not have a default; nil: it may.
        var defaultRefusal: String?
        var isInMetadata = false

        func below(_ step: String, _ level: Level = .field) -> Place {
            at(FieldPath.member(path, step), level)
        }

        func property(_ name: String) -> Place { at(FieldPath.property(path, name), .field) }

        private func at(_ path: String, _ level: Level) -> Place {
            var place = self
            place.path = path
            place.level = level
            return place
        }
    }

    private(set) var errors: [FieldError] = []

    /// What is wrong with a schema, in the order of its fields.
    static func errors(in schema: JSONValue, at path: String) -> [FieldError] {
        var rules = StructuralRules()
        rules.check(schema, Place(path: path, level: .root))
        return rules.errors
    }

    mutating func add(_ error: FieldError) { errors.append(error) }

    /// - Returns: false when a keyword has a value of the wrong type: nothing more can be said then.
    mutating func checkTypes(_ schema: JSONValue, _ path: String) -> Bool {
        guard let members = schema.objectValue else {
            add(.type(path, found: schema.typeName, wanted: "object"))
            return false
        }
        let before = errors.count
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where !errors.isFull {
            let wanted: String? =
                switch SchemaKeywords.contents[key] {
                case .plain(let type): type
                case .schema, .namedSchemas: "object"
                case .schemas: "array"
                case .schemaOrFlag: value.boolValue == nil ? "object" : "boolean"
                case nil: nil
                }
            guard let wanted, value.typeName != wanted, wanted != "number" || value.number == nil else { continue }
            if key == "items", value.arrayValue != nil {
                add(.forbidden("\(path).items", "items must be a schema object and not an array"))
            } else {
                add(.type("\(path).\(key)", found: value.typeName, wanted: wanted))
            }
        }
        return errors.count == before
    }

    private mutating func check(_ schema: JSONValue, _ place: Place) {
        guard !errors.isFull, checkTypes(schema, place.path) else { return }
        checkUnsupported(schema, place)
        checkStructure(schema, place)
        checkExtensions(schema, place.path)
        ListRules.check(schema, place.path, &errors)
        if let items = schema["items"] { check(items, place.below("items", .item)) }
        checkProperties(schema, place)
        checkAdditional(schema, place)
        ValueRules.check(schema, place.path, &errors)
    }

    private mutating func checkUnsupported(_ schema: JSONValue, _ place: Place) {
        for key in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"]
        where schema[key] != nil {
            add(.forbidden("\(place.path).\(key)", "\(key) is not supported"))
        }
        if schema["uniqueItems"] == true {
            add(
                .forbidden(
                    "\(place.path).uniqueItems",
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
        }
        if let refusal = place.defaultRefusal, schema["default"] != nil {
            add(.forbidden("\(place.path).default", "must not be set \(refusal)"))
        }
        if place.isInMetadata, schema["x-kubernetes-embedded-resource"] == true {
            add(.forbidden("\(place.path).x-kubernetes-embedded-resource", "must not be used inside of resource meta"))
        }
    }

    private mutating func checkStructure(_ schema: JSONValue, _ place: Place) {
        let path = place.path
        let type = schema["type"]?.stringValue ?? ""
        let isEmbedded = schema["x-kubernetes-embedded-resource"] == true
        if isEmbedded, type != "object" {
            add(Self.wrongType(type, at: "\(path).type", "must be object if x-kubernetes-embedded-resource is true"))
        } else if type.isEmpty, schema["x-kubernetes-int-or-string"] != true,
            schema["x-kubernetes-preserve-unknown-fields"] != true
        {
            add(.required("\(path).type", place.level.missingType))
        }
        if place.level == .root, !type.isEmpty, type != "object" {
            add(.invalid("\(path).type", .string(type), "must be object at the root"))
        }
        if place.level == .root, schema["nullable"] == true {
            add(.forbidden("\(path).nullable", "nullable cannot be true at the root"))
        }
        if type == "array", schema["items"] == nil { add(.required("\(path).items", "must be specified")) }
        if isEmbedded, schema["x-kubernetes-preserve-unknown-fields"] != true,
            schema["properties"]?.objectValue?.isEmpty ?? true
        {
            add(
                .required(
                    "\(path).properties",
                    "must not be empty if x-kubernetes-embedded-resource is true without "
                        + "x-kubernetes-preserve-unknown-fields"))
        }
    }

    private mutating func checkExtensions(_ schema: JSONValue, _ path: String) {
        let preserve = "x-kubernetes-preserve-unknown-fields"
        if schema[preserve] == false { add(.invalid("\(path).\(preserve)", false, "must be true or undefined")) }
        if schema["x-kubernetes-int-or-string"] == true {
            for key in [preserve, "x-kubernetes-embedded-resource"] where schema[key] == true {
                add(.invalid("\(path).\(key)", true, "must be false if x-kubernetes-int-or-string is true"))
            }
        }
        if let mapType = schema["x-kubernetes-map-type"] {
            let type = schema["type"]?.stringValue ?? ""
            if type != "object" {
                add(Self.wrongType(type, at: "\(path).type", "must be object if x-kubernetes-map-type is specified"))
            }
            if mapType != "atomic", mapType != "granular" {
                add(.notSupported("\(path).x-kubernetes-map-type", mapType, allowed: ["atomic", "granular"]))
            }
        }
    }

    static func wrongType(_ type: String, at path: String, _ rule: String) -> FieldError {
        type.isEmpty ? .required(path, rule) : .invalid(path, .string(type), rule)
    }

    private mutating func checkProperties(_ schema: JSONValue, _ place: Place) {
        let isObject = place.level == .root || schema["x-kubernetes-embedded-resource"] == true
        for (name, property) in (schema["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            var below = place.property(name)
            if isObject, ["apiVersion", "kind", "metadata"].contains(name) {
                below.isInMetadata = true
                if place.level == .root { below.defaultRefusal = "in top-level \(name)" }
                checkObjectMember(name, property, below.path, isRoot: place.level == .root)
            }
            check(property, below)
        }
    }

    /// A root may say of `metadata` only what names may be.
    private mutating func checkObjectMember(_ name: String, _ schema: JSONValue, _ path: String, isRoot: Bool) {
        let wanted = name == "metadata" ? "object" : "string"
        if schema["type"]?.stringValue != wanted {
            add(.invalid("\(path).type", schema["type"] ?? "", "must be \(wanted)"))
        }
        guard name == "metadata", isRoot else { return }
        let known: Set = ["type", "description", "properties", "default"]
        let names = Set((schema["properties"]?.objectValue ?? [:]).keys)
        if !names.isSubset(of: ["name", "generateName"])
            || !Set((schema.objectValue ?? [:]).keys).isSubset(of: known)
        {
            add(
                .forbidden(
                    path,
                    "must not specify anything other than name and generateName, but metadata is implicitly specified"))
        }
    }

    private mutating func checkAdditional(_ schema: JSONValue, _ place: Place) {
        guard let additional = schema["additionalProperties"] else { return }
        let path = "\(place.path).additionalProperties"
        if place.level == .root { add(.forbidden(path, "must not be used at the root")) }
        if schema["x-kubernetes-embedded-resource"] == true {
            add(.forbidden(path, "must not be used if x-kubernetes-embedded-resource is set"))
        }
        if schema["properties"]?.objectValue?.isEmpty == false, additional != true {
            add(.forbidden(path, "additionalProperties and properties are mutual exclusive"))
        }
        guard additional.objectValue != nil else { return }
        var below = place.below("additionalProperties")
        if place.isInMetadata { below.defaultRefusal = "inside additionalProperties applying to object metadata" }
        check(additional, below)
    }
}
