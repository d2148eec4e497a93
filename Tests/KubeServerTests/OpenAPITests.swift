import KubeAPI
import Testing

@testable import KubeServer

/// The OpenAPI documents.
@Suite struct OpenAPITests {
    private static func definitions() throws -> [ResourceDefinition] {
        var errors: [FieldError] = []
        return BuiltIns.definitions + CustomResource.definitions(of: try Widget.crdJSON, errors: &errors)
    }

    /// What a schema becomes in v2, which has neither nulls nor alternatives.
    @Test(
        arguments: [
            (["type": "string", "nullable": true], [:]),
            (["x-kubernetes-int-or-string": true], ["x-kubernetes-int-or-string": true]),
            (
                ["x-kubernetes-int-or-string": true, "anyOf": [["type": "integer"], ["type": "string"]]],
                ["x-kubernetes-int-or-string": true]
            ),
            (
                [
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "properties": ["a": ["type": "string"]],
                ],
                ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
            ),
            (
                ["type": "array", "items": ["type": "string", "default": "x", "enum": ["x"]]],
                ["type": "array", "items": ["type": "string", "enum": ["x"]]]
            ),
            (
                ["type": "object", "additionalProperties": ["type": "string", "nullable": true]],
                ["type": "object", "additionalProperties": [:]]
            ),
        ] as [(JSONValue, JSONValue)])
    func plainSchemas(schema: JSONValue, wanted: JSONValue) { #expect(OpenAPIv2.plain(schema) == wanted) }

    @Test func v2DefinesEveryKindAndEveryReferenceLeadsSomewhere() throws {
        let document = OpenAPIv2.document(try Self.definitions())
        let definitions = document["definitions"]?.objectValue ?? [:]
        let widget = definitions["com.example.v1.Widget"]
        #expect(
            widget?["x-kubernetes-group-version-kind"] == [
                ["group": "example.com", "version": "v1", "kind": "Widget"]
            ])
        #expect(widget?["properties"]?["spec"]?["properties"]?["replicas"]?["description"] == "How many.")
        #expect(
            widget?["properties"]?["metadata"]?["$ref"]
                == "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
        for name in [
            "io.k8s.api.core.v1.Pod", "io.k8s.api.events.v1.Event", "io.k8s.api.core.v1.ConfigMapList",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
            "io.k8s.api.autoscaling.v1.Scale", "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
        ] {
            #expect(definitions[name] != nil, "\(name)")
        }
        let references = Self.references(in: document)
        #expect(!references.isEmpty)
        for reference in references {
            #expect(definitions[String(reference.dropFirst("#/definitions/".count))] != nil, "\(reference)")
        }
        let patch = document["paths"]?["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]?["patch"]
        #expect(
            patch?["x-kubernetes-group-version-kind"] == ["group": "example.com", "version": "v1", "kind": "Widget"])
        let names = patch?["parameters"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
        #expect(names == ["dryRun", "fieldManager", "fieldValidation", "body"])
    }

    @Test func v3ReferencesLeadSomewhere() throws {
        let document = OpenAPIv3.document(try Self.definitions())
        for reference in Self.references(in: document) {
            let name = String(reference.dropFirst("#/components/schemas/".count))
            #expect(document["components"]?["schemas"]?[name] != nil, "\(reference)")
        }
        let scale = document["paths"]?["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale"]
        #expect(scale?.objectValue?.keys.sorted() == ["get", "parameters", "patch", "put"])
        #expect(
            scale?["patch"]?["x-kubernetes-group-version-kind"] == [
                "group": "autoscaling", "version": "v1", "kind": "Scale",
            ])
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { key, value in
                if key == "$ref", let text = value.stringValue { return [text] }
                return references(in: value)
            }
        case .array(let items): items.flatMap(references)
        default: []
        }
    }

    @Test func protobufIsReadAsItWasMeant() throws {
        let document: JSONValue = [
            "swagger": "2.0", "info": ["title": "T", "version": "v"],
            "definitions": [
                "a": [
                    "type": "object", "required": ["b"], "x-kubernetes-y": ["z": 1],
                    "properties": ["b": ["type": "integer", "minimum": 1.5, "maxLength": 300]],
                ]
            ],
        ]
        let text = ProtobufType.message([1: ("value", .text)])
        let property = ProtobufType.message([11: ("maxLength", .number), 22: ("type", text)])
        let schema = ProtobufType.message([
            19: ("required", .list(.text)), 22: ("type", text),
            25: (
                "properties", .message([1: ("entries", .list(.message([1: ("name", .text), 2: ("value", property)])))])
            ),
            31: ("extensions", .list(.message([1: ("name", .text), 2: ("value", .message([2: ("yaml", .text)]))]))),
        ])
        let whole = ProtobufType.message([
            1: ("swagger", .text), 2: ("info", .message([1: ("title", .text), 2: ("version", .text)])),
            9: (
                "definitions", .message([1: ("entries", .list(.message([1: ("name", .text), 2: ("value", schema)])))])
            ),
        ])
        let read = try ProtobufDecoding.value(.bytes(Gnostic.encode(document)[...]), whole)
        #expect(
            read == [
                "swagger": "2.0", "info": ["title": "T", "version": "v"],
                "definitions": [
                    "entries": [
                        [
                            "name": "a",
                            "value": [
                                "required": ["b"], "type": ["value": "object"],
                                "properties": [
                                    "entries": [
                                        ["name": "b", "value": ["maxLength": 300, "type": ["value": "integer"]]]
                                    ]
                                ],
                                "extensions": [["name": "x-kubernetes-y", "value": ["yaml": "{\"z\":1}"]]],
                            ],
                        ]
                    ]
                ],
            ])
    }

    @Test func documentsAreMadeOnceAndCachedByClients() async throws {
        try await TestServer.run { test in
            let registry = test.server.registry
            let first = registry.snapshot.documents.v2(registry.snapshot)
            #expect(registry.snapshot.documents === registry.snapshot.documents)
            let reply = try await test.request("GET", "/openapi/v2")
            #expect(reply.headers["etag"] == "\"\(first.hash)\"")
            #expect(reply.body["definitions"]?["com.example.v1.Widget"] == nil)
            let known = try await test.request("GET", "/openapi/v2", headers: ["If-None-Match": "\"\(first.hash)\""])
            #expect(known.code == 304 && known.text.isEmpty)
            try await test.server.apply(crd: Widget.crdJSON)
            let changed = try await test.request("GET", "/openapi/v2", headers: ["If-None-Match": "\"\(first.hash)\""])
            #expect(changed.code == 200)
            #expect(changed.body["definitions"]?["com.example.v1.Widget"] != nil)
            let index = try await test.request("GET", "/openapi/v3")
            let path = index.body["paths"]?["apis/example.com/v1"]?["serverRelativeURL"]?.stringValue ?? ""
            let document = try await test.request("GET", path)
            #expect(document.headers["cache-control"]?.contains("immutable") == true)
            #expect(document.body["components"]?["schemas"]?["com.example.v1.Widget"] != nil)
            let moved = try await test.request("GET", "/openapi/v3/apis/example.com/v1?hash=0")
            #expect(moved.code == 200 && moved.text == document.text, "it leads on to the document that there is")
            let proto = try await test.request(
                "GET", "/openapi/v2", accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
            #expect(proto.headers["content-type"] == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        }
    }
}

/// Events in both of their groups.
@Suite struct EventFormsTests {
    @Test func theFormsSayTheSame() {
        let core: JSONValue = [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"], "involvedObject": ["name": "a"],
            "message": "m", "reportingComponent": "c", "source": ["component": "s"], "count": 2,
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:01Z", "reason": "R",
        ]
        let grouped = EventForms.grouped(core)
        #expect(
            grouped == [
                "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e"],
                "regarding": ["name": "a"], "note": "m", "reportingController": "c",
                "deprecatedSource": ["component": "s"], "deprecatedCount": 2,
                "deprecatedFirstTimestamp": "2026-01-01T00:00:00Z", "deprecatedLastTimestamp": "2026-01-01T00:00:01Z",
                "reason": "R",
            ])
        #expect(EventForms.core(grouped) == core)
    }

    @Test func oneEventInBothGroups() async throws {
        try await TestServer.run { test in
            let core = "/api/v1/namespaces/default/events"
            let grouped = "/apis/events.k8s.io/v1/namespaces/default/events"
            let event: JSONValue = [
                "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e"],
                "regarding": ["kind": "Pod", "name": "p", "namespace": "default"], "note": "hot", "reason": "Melted",
                "type": "Warning", "action": "a", "reportingController": "sun", "reportingInstance": "sun-1",
                "eventTime": "2026-01-01T00:00:00.000001Z",
            ]
            #expect(try await test.request("POST", grouped, event).body["note"] == "hot")
            let read = try await test.request("GET", core + "/e").body
            #expect(read["message"] == "hot" && read["involvedObject"]?["name"] == "p")
            for (path, field, count) in [
                (core, "involvedObject.name=p", 1), (core, "involvedObject.name=q", 0),
                (grouped, "regarding.name=p", 1),
                (grouped, "reportingController=sun", 1), (core, "reportingComponent!=sun", 0), (core, "source=x", 0),
            ] {
                let query = field.replacing("=", with: "%3D").replacing("!", with: "%21")
                let list = try await test.request("GET", "\(path)?fieldSelector=\(query)").body
                #expect(list["items"]?.arrayValue?.count == count, "\(field)")
            }
            let patched = try await test.request(
                "PATCH", grouped + "/e", ["note": "cold"], type: "application/merge-patch+json")
            #expect(patched.body["note"] == "cold" && patched.body["message"] == nil)
            try await test.watch(grouped + "?watch=1&resourceVersion=0") { next in
                let seen = try await next()?["object"]
                #expect(seen?["apiVersion"] == "events.k8s.io/v1" && seen?["note"] == "cold")
            }
            #expect(try await test.request("DELETE", grouped + "/e").code == 200)
            #expect(try await test.request("GET", core + "/e").code == 404)
        }
    }
}
