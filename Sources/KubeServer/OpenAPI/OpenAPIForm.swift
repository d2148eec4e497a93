import KubeAPI

/// A version of OpenAPI: how it says what both versions have to say.
protocol OpenAPIForm {
    /// What references to schemas begin with.
    static var references: String { get }
    /// A member that is described by a schema of its own.
    static func described(_ text: String, by schema: String) -> JSONValue
    /// A kind's own schema, as far as the version can say it.
    static func plain(_ schema: JSONValue) -> JSONValue
    static func parameter(_ name: String, _ place: String) -> JSONValue
    static func render(_ operation: OpenAPIOperation) -> JSONValue
}

extension OpenAPIForm {
    static var info: JSONValue { ["title": "Kubernetes", "version": "v1.32.0"] }

    static func reference(_ name: String) -> JSONValue { ["$ref": .string(references + name)] }

    static func paths(_ definitions: [ResourceDefinition]) -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for path in definitions.flatMap(OpenAPIPaths.paths) {
            var item: [String: JSONValue] = [:]
            for operation in path.operations { item[operation.method] = render(operation) }
            if !path.parameters.isEmpty { item["parameters"] = .array(path.parameters.map { parameter($0, "path") }) }
            paths[path.path] = .object(item)
        }
        return .object(paths)
    }

    static func schemas(_ definitions: [ResourceDefinition]) -> JSONValue {
        var schemas = OpenAPISharedSchemas.all
        for definition in definitions {
            schemas[OpenAPINames.schema(definition)] = completed(
                plain(definition.schemaJSON), definition.type, meta: "ObjectMeta")
            if definition.scale != nil {
                schemas[OpenAPINames.scale] = completed(
                    OpenAPISharedSchemas.scale, ResourceDefinition.scaleType, meta: "ObjectMeta")
            }
            if case .review = definition.behaviour { continue }
            schemas[OpenAPINames.listSchema(definition)] = list(definition)
        }
        return .object(schemas)
    }

    private static func completed(_ schema: JSONValue, _ type: ResourceType, meta: String) -> JSONValue {
        var schema = schema
        var properties = schema["properties"]?.objectValue ?? [:]
        properties["apiVersion"] = ["type": "string", "description": "APIVersion of this object's schema."]
        properties["kind"] = ["type": "string", "description": "Kind of this object."]
        properties["metadata"] = described("Standard object's metadata.", by: OpenAPINames.meta + meta)
        schema["properties"] = .object(properties)
        schema["x-kubernetes-group-version-kind"] = [OpenAPINames.gvk(type)]
        return schema
    }

    private static func list(_ definition: ResourceDefinition) -> JSONValue {
        let items: JSONValue = ["type": "array", "items": reference(OpenAPINames.schema(definition))]
        let type = ResourceType(
            group: definition.type.group, version: definition.type.version, kind: definition.listKind,
            plural: definition.type.plural)
        return completed(
            [
                "type": "object", "description": .string("\(definition.listKind) is a list of \(definition.type.kind)"),
                "required": ["items"], "properties": ["items": items],
            ], type, meta: "ListMeta")
    }
}
