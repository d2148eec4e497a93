import KubeAPI

/// The members that an `openAPIV3Schema` may have (`apiextensions.k8s.io/v1` JSONSchemaProps).
///
/// A schema holds schemas, so this cannot be said with a `Schema` itself.
enum SchemaKeywords {
    /// What stands behind a keyword.
    enum Content: Sendable {
        /// Anything of this JSON type; nil: of any type.
        case plain(String?)
        case schema
        case schemas
        case namedSchemas
        /// A schema, or a flag.
        case schemaOrFlag
    }

    static let contents: [String: Content] = {
        var contents: [String: Content] = [
            "items": .schema, "not": .schema, "allOf": .schemas, "anyOf": .schemas, "oneOf": .schemas,
            "properties": .namedSchemas, "patternProperties": .namedSchemas, "definitions": .namedSchemas,
            "additionalProperties": .schemaOrFlag, "additionalItems": .schemaOrFlag,
            "default": .plain(nil), "example": .plain(nil), "dependencies": .plain("object"),
            "externalDocs": .plain("object"),
        ]
        for name in ["id", "$schema", "$ref", "description", "type", "format", "title", "pattern"] {
            contents[name] = .plain("string")
        }
        for name in ["x-kubernetes-list-type", "x-kubernetes-map-type"] { contents[name] = .plain("string") }
        for name in ["maximum", "minimum", "multipleOf"] { contents[name] = .plain("number") }
        for name in ["maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"] {
            contents[name] = .plain("integer")
        }
        for name in [
            "exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable", "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
        ] {
            contents[name] = .plain("boolean")
        }
        for name in ["enum", "required", "x-kubernetes-list-map-keys", "x-kubernetes-validations"] {
            contents[name] = .plain("array")
        }
        return contents
    }()

    /// Removes unknown members from the schemas of a CustomResourceDefinition.
    ///
    /// - Returns: the paths of what was removed.
    static func prune(_ crd: inout JSONValue) -> [String] {
        guard var versions = crd["spec"]?["versions"]?.arrayValue else { return [] }
        var removed: [String] = []
        for index in versions.indices {
            guard var schema = versions[index]["schema"]?["openAPIV3Schema"] else { continue }
            prune(&schema, at: "spec.versions[\(index)].schema.openAPIV3Schema", removed: &removed)
            versions[index].set(schema, at: ["schema", "openAPIV3Schema"])
        }
        if !removed.isEmpty { crd.set(.array(versions), at: ["spec", "versions"]) }
        return removed
    }

    private static func prune(_ schema: inout JSONValue, at path: String, removed: inout [String]) {
        guard case .object(var members) = schema else { return }
        for key in members.keys.sorted() {
            let memberPath = FieldPath.member(path, key)
            guard let content = contents[key], members[key] != .null else {
                if members[key] != .null, removed.count < Schema.mostTold { removed.append(memberPath) }
                members[key] = nil
                continue
            }
            switch content {
            case .plain: break
            case .schema, .schemaOrFlag: prune(&members[key, default: .null], at: memberPath, removed: &removed)
            case .schemas: pruneList(&members[key, default: .null], at: memberPath, removed: &removed)
            case .namedSchemas: pruneNamed(&members[key, default: .null], at: memberPath, removed: &removed)
            }
        }
        schema = .object(members)
    }

    private static func pruneList(_ value: inout JSONValue, at path: String, removed: inout [String]) {
        guard var items = value.arrayValue else { return }
        for index in items.indices { prune(&items[index], at: FieldPath.index(path, index), removed: &removed) }
        value = .array(items)
    }

    private static func pruneNamed(_ value: inout JSONValue, at path: String, removed: inout [String]) {
        guard var members = value.objectValue else { return }
        for key in members.keys.sorted() {
            prune(&members[key, default: .null], at: FieldPath.member(path, key), removed: &removed)
        }
        value = .object(members)
    }
}
