import KubeAPI

/// OpenAPI documents, made from the schemas: for `kubectl explain`, and so that kubectl leaves the validation of fields
/// to the server (it looks for the `fieldValidation` parameter of a kind's PATCH).
enum OpenAPI {
    /// `/openapi/v3`: where the documents are.
    ///
    /// The hash lets clients cache them.
    static func index(_ snapshot: ResourceRegistry.Snapshot) -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for (path, definitions) in groupVersions(snapshot) {
            var hasher = StableHash()
            for definition in definitions {
                hasher.combine(Array(definition.type.kind.utf8))
                hasher.combine(definition.schemaJSON.serializedBytes())
            }
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hasher.text)")]
        }
        return ["paths": .object(paths)]
    }

    private static func groupVersions(_ snapshot: ResourceRegistry.Snapshot) -> [String: [ResourceDefinition]] {
        Dictionary(grouping: snapshot.all) { definition in
            definition.type.group.isEmpty ? "api/v1" : "apis/\(definition.type.apiVersion)"
        }
    }

    /// - Parameters:
    ///   - groupVersion: as in `apis/apps/v1` or `api/v1`.
    ///   - snapshot: what is served.
    /// - Returns: the document; nil when nothing is served there.
    static func document(groupVersion: String, _ snapshot: ResourceRegistry.Snapshot) -> JSONValue? {
        guard let definitions = groupVersions(snapshot)[groupVersion] else { return nil }
        var paths: [String: JSONValue] = [:]
        var schemas: [String: JSONValue] = ["\(metaPrefix)ObjectMeta": objectMeta]
        for definition in definitions {
            let collection = pathPrefix(definition) + definition.type.plural
            paths["/\(collection)"] = collectionOperations(definition)
            paths["/\(collection)/{name}"] = objectOperations(definition)
            schemas[schemaName(definition)] = schema(definition)
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.32.0"], "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }

    private static let metaPrefix = "io.k8s.apimachinery.pkg.apis.meta.v1."

    private static func pathPrefix(_ definition: ResourceDefinition) -> String {
        let root = definition.type.group.isEmpty ? "api/v1/" : "apis/\(definition.type.apiVersion)/"
        return root + (definition.type.isNamespaced ? "namespaces/{namespace}/" : "")
    }

    private static func schemaName(_ definition: ResourceDefinition) -> String {
        let group = definition.type.group.isEmpty ? "io.k8s.api.core" : definition.type.group.reversedDomain
        return "\(group).\(definition.type.version).\(definition.type.kind)"
    }

    private static func gvk(_ definition: ResourceDefinition) -> JSONValue {
        [
            "group": .string(definition.type.group), "version": .string(definition.type.version),
            "kind": .string(definition.type.kind),
        ]
    }

    private static func operation(
        _ definition: ResourceDefinition, _ action: String, parameters: [String] = []
    ) -> JSONValue {
        let list = parameters.map { name in
            JSONValue.object(["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]])
        }
        let reference = JSONValue.string("#/components/schemas/\(schemaName(definition))")
        return [
            "operationId": .string("\(action)\(definition.type.kind)"), "parameters": .array(list),
            "responses": [
                "200": ["description": "OK", "content": ["application/json": ["schema": ["$ref": reference]]]]
            ],
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": gvk(definition),
        ]
    }

    private static let writeParameters = ["dryRun", "fieldValidation"]

    private static func collectionOperations(_ definition: ResourceDefinition) -> JSONValue {
        [
            "get": operation(definition, "list", parameters: ["labelSelector", "fieldSelector"]),
            "post": operation(definition, "post", parameters: writeParameters),
        ]
    }

    private static func objectOperations(_ definition: ResourceDefinition) -> JSONValue {
        [
            "get": operation(definition, "get"),
            "put": operation(definition, "put", parameters: writeParameters),
            "patch": operation(definition, "patch", parameters: writeParameters),
            "delete": operation(definition, "delete", parameters: ["dryRun"]),
        ]
    }

    private static func schema(_ definition: ResourceDefinition) -> JSONValue {
        var schema = definition.schemaJSON
        var properties = schema["properties"]?.objectValue ?? [:]
        properties["apiVersion"] = ["type": "string", "description": "APIVersion of this object's schema."]
        properties["kind"] = ["type": "string", "description": "Kind of this object."]
        properties["metadata"] = [
            "description": "Standard object's metadata.",
            "allOf": [["$ref": .string("#/components/schemas/\(metaPrefix)ObjectMeta")]], "default": [:],
        ]
        schema["properties"] = .object(properties)
        schema["x-kubernetes-group-version-kind"] = [gvk(definition)]
        return schema
    }

    private static let objectMeta: JSONValue = {
        func text(_ description: String) -> JSONValue { ["type": "string", "description": .string(description)] }
        func map(_ description: String) -> JSONValue {
            ["type": "object", "additionalProperties": ["type": "string"], "description": .string(description)]
        }
        return [
            "type": "object", "description": "ObjectMeta is metadata that all persisted resources must have.",
            "properties": [
                "name": text("Unique within a namespace; cannot be changed."),
                "generateName": text("A prefix from which the server makes a unique name when name is empty."),
                "namespace": text("The space within which the name must be unique."),
                "uid": text("Unique in time and space; set by the server."),
                "resourceVersion": text("Changes with every write; for optimistic concurrency and watches."),
                "generation": ["type": "integer", "format": "int64", "description": "Counts changes of the spec."],
                "creationTimestamp": text("When the object was created."),
                "deletionTimestamp": text("When the object is to go; set when its deletion has begun."),
                "labels": map("Keys and values to select the object by."),
                "annotations": map("Keys and values for tools."),
                "finalizers": ["type": "array", "items": ["type": "string"], "description": "Hold a deletion back."],
                "ownerReferences": [
                    "type": "array", "items": ["type": "object"],
                    "description": "The object goes when the last of these is gone.",
                ],
            ],
        ]
    }()

    // MARK: v2

    /// There is no v2 document: v3 says it all.
    ///
    /// Clients that insist get one without definitions.
    static let emptyV2: JSONValue = [
        "swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1.32.0"], "paths": [:], "definitions": [:],
    ]

    static let v2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    /// `emptyV2` as gnostic's protobuf: field 1 swagger, field 2 info with field 1 title and field 2 version.
    static let emptyV2Protobuf: [UInt8] = {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        let info = field(1, Array("Kubernetes".utf8)) + field(2, Array("v1.32.0".utf8))
        return field(1, Array("2.0".utf8)) + field(2, info)
    }()
}

extension String {
    fileprivate var reversedDomain: String { split(separator: ".").reversed().joined(separator: ".") }
}

/// FNV-1a, 64 bits: the same text has the same hash in every process.
private struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func combine(_ bytes: [UInt8]) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    var text: String { String(state, radix: 16, uppercase: true) }
}
