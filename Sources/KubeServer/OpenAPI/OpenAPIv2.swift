import KubeAPI

/// The OpenAPI v2 document of everything that is served: what kubectl before 1.27 explains, validates and applies by.
enum OpenAPIv2: OpenAPIForm {
    static let references = "#/definitions/"

    static func document(_ definitions: [ResourceDefinition]) -> JSONValue {
        ["swagger": "2.0", "info": info, "paths": paths(definitions), "definitions": schemas(definitions)]
    }

    static func described(_ text: String, by schema: String) -> JSONValue {
        var member = reference(schema)
        member["description"] = .string(text)
        return member
    }

    static func parameter(_ name: String, _ place: String) -> JSONValue {
        var parameter: JSONValue = ["name": .string(name), "in": .string(place), "type": "string", "uniqueItems": true]
        if place == "path" { parameter["required"] = true }
        return parameter
    }

    static func render(_ operation: OpenAPIOperation) -> JSONValue {
        var parameters = operation.query.map { parameter($0, "query") }
        if let body = operation.body {
            parameters.append(["name": "body", "in": "body", "required": true, "schema": reference(body)])
        }
        return [
            "operationId": .string(operation.name), "parameters": .array(parameters),
            "consumes": .array(operation.bodyTypes.map(JSONValue.string)), "produces": ["application/json"],
            "responses": ["200": ["description": "OK", "schema": reference(operation.response)]],
            "x-kubernetes-action": .string(operation.action),
            "x-kubernetes-group-version-kind": OpenAPINames.gvk(operation.type),
        ]
    }

    private static let notInV2: Set<String> = ["oneOf", "anyOf", "allOf", "not", "nullable", "default"]

    /// A schema as v2 can say it.
    ///
    /// v2 has no alternatives and no nulls, and old clients refuse fields that a schema with properties does not name:
    /// so what may be null or of two types gets no type, and what keeps unknown fields no properties.
    static func plain(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        let isOpen = members["x-kubernetes-preserve-unknown-fields"] == true
        let isUntyped = members["nullable"] == true || members["x-kubernetes-int-or-string"] == true
        for key in notInV2 { members[key] = nil }
        if isUntyped { members["type"] = nil }
        if isOpen || isUntyped {
            for key in ["properties", "items", "additionalProperties", "required"] { members[key] = nil }
        }
        if let properties = members["properties"]?.objectValue {
            members["properties"] = .object(properties.mapValues(plain))
        }
        for key in ["items", "additionalProperties"] {
            if let nested = members[key] { members[key] = plain(nested) }
        }
        return .object(members)
    }
}
