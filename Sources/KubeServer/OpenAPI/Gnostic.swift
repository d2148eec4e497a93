import KubeAPI

/// An OpenAPI v2 document as protobuf, the only form that kubectl before 1.27 asks for.
///
/// Source: the field numbers of google/gnostic `openapiv2/OpenAPIv2.proto`.
enum Gnostic {
    static func encode(_ document: JSONValue) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.text(1, document["swagger"]?.stringValue ?? "")
        var info = ProtobufWriter()
        info.text(1, document["info"]?["title"]?.stringValue ?? "")
        info.text(2, document["info"]?["version"]?.stringValue ?? "")
        writer.message(2, info)
        var paths = ProtobufWriter()
        named(document["paths"], into: &paths, 2, item)
        writer.message(8, paths)
        var definitions = ProtobufWriter()
        named(document["definitions"], into: &definitions, 1, schema)
        writer.message(9, definitions)
        return writer.bytes
    }

    /// The entries of a map, as messages of name and value.
    private static func named(
        _ map: JSONValue?, into writer: inout ProtobufWriter, _ field: Int, _ encode: (JSONValue) -> ProtobufWriter
    ) {
        for (name, value) in (map?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufWriter()
            entry.text(1, name)
            entry.message(2, encode(value))
            writer.message(field, entry)
        }
    }

    /// Any value: its YAML text, of which JSON is a part.
    private static func any(_ value: JSONValue) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.text(2, String(decoding: value.serializedBytes(), as: UTF8.self))
        return writer
    }

    private static func extensions(_ value: JSONValue, into writer: inout ProtobufWriter, _ field: Int) {
        named(.object((value.objectValue ?? [:]).filter { $0.key.hasPrefix("x-") }), into: &writer, field, any)
    }

    // MARK: Paths

    private static func item(_ item: JSONValue) -> ProtobufWriter {
        var writer = ProtobufWriter()
        for (method, field) in [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)] {
            if let value = item[method] { writer.message(field, operation(value)) }
        }
        for value in item["parameters"]?.arrayValue ?? [] { writer.message(9, parameter(value)) }
        return writer
    }

    private static func operation(_ operation: JSONValue) -> ProtobufWriter {
        var writer = ProtobufWriter()
        writer.text(5, operation["operationId"]?.stringValue ?? "")
        for (key, field) in [("produces", 6), ("consumes", 7)] {
            for type in operation[key]?.arrayValue ?? [] { writer.text(field, type.stringValue ?? "") }
        }
        for value in operation["parameters"]?.arrayValue ?? [] { writer.message(8, parameter(value)) }
        var responses = ProtobufWriter()
        named(operation["responses"], into: &responses, 1, response)
        writer.message(9, responses)
        extensions(operation, into: &writer, 13)
        return writer
    }

    private static func response(_ response: JSONValue) -> ProtobufWriter {
        var content = ProtobufWriter()
        content.text(1, response["description"]?.stringValue ?? "")
        if let value = response["schema"] {
            var choice = ProtobufWriter()
            choice.message(1, schema(value))
            content.message(2, choice)
        }
        var writer = ProtobufWriter()
        writer.message(1, content)
        return writer
    }

    /// A body, a query parameter or one of the path, each wrapped in the choices that lead to it.
    private static func parameter(_ parameter: JSONValue) -> ProtobufWriter {
        let name = parameter["name"]?.stringValue ?? ""
        let place = parameter["in"]?.stringValue ?? ""
        let isRequired = parameter["required"] == true
        var content = ProtobufWriter()
        var choice = ProtobufWriter()
        if place == "body" {
            content.text(2, name)
            content.text(3, place)
            content.flag(4, isRequired)
            if let value = parameter["schema"] { content.message(5, schema(value)) }
            choice.message(1, content)
        } else {
            let isQuery = place == "query"
            content.flag(1, isRequired)
            content.text(2, place)
            content.text(4, name)
            content.text(isQuery ? 6 : 5, parameter["type"]?.stringValue ?? "")
            content.flag(isQuery ? 20 : 19, parameter["uniqueItems"] == true)
            var kind = ProtobufWriter()
            kind.message(isQuery ? 3 : 4, content)
            choice.message(2, kind)
        }
        var writer = ProtobufWriter()
        writer.message(1, choice)
        return writer
    }

    // MARK: Schemas

    private static let texts = [("$ref", 1), ("format", 2), ("title", 3), ("description", 4), ("pattern", 13)]
    private static let doubles = [("multipleOf", 6), ("maximum", 7), ("minimum", 9)]
    private static let flags = [("exclusiveMaximum", 8), ("exclusiveMinimum", 10), ("uniqueItems", 16)]
    private static let numbers = [
        ("maxLength", 11), ("minLength", 12), ("maxItems", 14), ("minItems", 15), ("maxProperties", 17),
        ("minProperties", 18),
    ]

    private static func schema(_ schema: JSONValue) -> ProtobufWriter {
        var writer = ProtobufWriter()
        for (key, field) in texts { if let text = schema[key]?.stringValue { writer.text(field, text) } }
        for (key, field) in doubles { if let number = schema[key]?.number { writer.double(field, number) } }
        for (key, field) in flags { if let flag = schema[key]?.boolValue { writer.flag(field, flag) } }
        for (key, field) in numbers { if let number = schema[key]?.intValue { writer.number(field, number) } }
        for name in schema["required"]?.arrayValue ?? [] { writer.text(19, name.stringValue ?? "") }
        for value in schema["enum"]?.arrayValue ?? [] { writer.message(20, any(value)) }
        if let additional = schema["additionalProperties"] {
            var item = ProtobufWriter()
            if let flag = additional.boolValue { item.flag(2, flag) } else { item.message(1, Self.schema(additional)) }
            writer.message(21, item)
        }
        if let type = schema["type"]?.stringValue {
            var item = ProtobufWriter()
            item.text(1, type)
            writer.message(22, item)
        }
        if let items = schema["items"] {
            var item = ProtobufWriter()
            item.message(1, Self.schema(items))
            writer.message(23, item)
        }
        if schema["properties"] != nil {
            var properties = ProtobufWriter()
            named(schema["properties"], into: &properties, 1, Self.schema)
            writer.message(25, properties)
        }
        extensions(schema, into: &writer, 31)
        return writer
    }
}
