import KubeAPI

/// The OpenAPI v3 document of one group and version: for `kubectl explain`, and so that kubectl leaves the validation of
/// fields to the server (it looks for the `fieldValidation` parameter of a kind's PATCH).
enum OpenAPIv3: OpenAPIForm {
    static let references = "#/components/schemas/"

    static func document(_ definitions: [ResourceDefinition]) -> JSONValue {
        [
            "openapi": "3.0.0", "info": info, "paths": paths(definitions),
            "components": ["schemas": schemas(definitions)],
        ]
    }

    static func plain(_ schema: JSONValue) -> JSONValue { schema }

    static func described(_ text: String, by schema: String) -> JSONValue {
        ["description": .string(text), "allOf": [reference(schema)], "default": [:]]
    }

    static func parameter(_ name: String, _ place: String) -> JSONValue {
        var parameter: JSONValue = [
            "name": .string(name), "in": .string(place), "schema": ["type": "string", "uniqueItems": true],
        ]
        if place == "path" { parameter["required"] = true }
        return parameter
    }

    static func render(_ operation: OpenAPIOperation) -> JSONValue {
        func content(_ types: [String], _ schema: String) -> JSONValue {
            let body = JSONValue.object(["schema": reference(schema)])
            return ["content": .object(Dictionary(types.map { ($0, body) }, uniquingKeysWith: { $1 }))]
        }
        var answer = content(["application/json"], operation.response)
        answer["description"] = "OK"
        var rendered: JSONValue = [
            "operationId": .string(operation.name),
            "parameters": .array(operation.query.map { parameter($0, "query") }), "responses": ["200": answer],
            "x-kubernetes-action": .string(operation.action),
            "x-kubernetes-group-version-kind": OpenAPINames.gvk(operation.type),
        ]
        if let body = operation.body { rendered["requestBody"] = content(operation.bodyTypes, body) }
        return rendered
    }
}
