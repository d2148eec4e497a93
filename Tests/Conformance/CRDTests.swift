import KubeAPI
import TestProcesses
import Testing

/// The life of a CustomResourceDefinition ("Extend the Kubernetes API with CustomResourceDefinitions").
@Suite struct CRDTests {
    private static let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]

    @Test func aDefinitionIsEstablishedAndServed() async throws {
        try await CustomKind.run(spec: Self.open) { kind in
            let crd = try await kind.client.get(kind.definition).expecting(200)
            #expect(crd.condition("NamesAccepted") == "True" && crd.condition("Established") == "True")
            #expect(crd.at("status.acceptedNames.kind") == "Widget")
            #expect(crd.at("status.acceptedNames.plural") == "widgets")
            #expect(crd.at("status.storedVersions") == ["v1"])
            #expect(crd.at("spec.names.listKind") == "WidgetList" && crd.at("spec.conversion.strategy") == "None")
            let made = try await kind.create("one", ["any": ["thing": [1, "two", nil]]])
            #expect(made["spec"] == ["any": ["thing": [1, "two", nil]]])
            let list = try await kind.client.get(kind.path()).expecting(200)
            #expect(list["kind"] == "WidgetList" && list["apiVersion"] == .string("\(kind.group)/v1"))
            #expect(list.items == [made], "each item tells its kind")
        }
    }

    @Test func deletingItDeletesItsObjects() async throws {
        try await CustomKind.run(spec: Self.open) { kind in
            try await kind.create("one")
            let held = kind.object("held").with("metadata.finalizers", ["conformance.nest.dev/hold"])
            try await kind.client.post(kind.path(), held).expecting(201)
            try await kind.client.delete(kind.definition).expecting(200)
            try await Eventually.holds("what holds nothing is gone", within: .seconds(60)) {
                try await kind.client.get(kind.path("one")).code == 404
            }
            let going = try await kind.client.get(kind.definition).expecting(200)
            #expect(going.metadata["deletionTimestamp"] != nil, "an object is still there")
            #expect(going.condition("Terminating") == "True")
            let late = try await kind.client.post(kind.path(), kind.object("late"))
            #expect(late.code >= 400, "nothing new may come: \(late.code)")
            try await kind.client.patch(kind.path("held"), ["metadata": ["finalizers": nil]]).expecting(200)
            try await Eventually.holds("the definition is gone", within: .seconds(60)) {
                try await kind.client.get(kind.definition).code == 404
            }
            try await Eventually.holds("the path is gone", within: .seconds(60)) {
                try await kind.client.get(kind.path()).code == 404
            }
        }
    }

    @Test func itsSchemaMayChange() async throws {
        let first = CustomKind.version(spec: [
            "type": "object", "properties": ["a": ["type": "string", "maxLength": 3]],
        ])
        try await CustomKind.run(versions: [first]) { kind in
            let client = kind.client
            expectFailure(try await client.post(kind.path(), kind.object("one", ["a": "long"])), 422, "Invalid")
            try await kind.create("one", ["a": "abc", "b": "pruned"])
            let schema: JSONValue = [
                "type": "object",
                "properties": ["a": ["type": "string"], "b": ["type": "string", "default": "filled"]],
            ]
            let next: JSONValue = ["spec": ["versions": [CustomKind.version(spec: schema)]]]
            let before = try await client.get(kind.definition).expecting(200)
            let changed = try await client.patch(kind.definition, next).expecting(200)
            #expect(changed.generation == before.generation + 1)
            try await Eventually.holds("the new schema is in use", within: .seconds(60)) {
                try await client.patch(kind.path("one"), ["spec": ["a": "long"]]).code == 200
            }
            // What was stored before is completed as it is read.
            #expect(try await client.get(kind.path("one")).expecting(200)["spec"] == ["a": "long", "b": "filled"])
        }
    }

    @Test func versionsShowTheSameObject() async throws {
        let versions = [
            CustomKind.version("v1", storage: true, spec: Self.open),
            CustomKind.version("v1beta1", storage: false, spec: Self.open, extra: ["deprecated": true]),
            CustomKind.version("v2alpha1", served: false, storage: false, spec: Self.open),
        ]
        try await CustomKind.run(versions: versions) { kind in
            let client = kind.client
            let made = try await kind.create("one", ["a": 1])
            let beta = try await client.get(kind.path("one", version: "v1beta1"))
            #expect(try beta.expecting(200)["apiVersion"] == .string("\(kind.group)/v1beta1"))
            #expect(beta.body["spec"] == ["a": 1] && beta.body.uid == made.uid && beta.body.version == made.version)
            #expect(beta.warnings.contains { $0.contains("deprecated") })
            #expect(try await client.get(kind.path("one", version: "v2alpha1")).code == 404)
            let path = kind.path(version: "v1beta1")
            try await client.post(path, kind.object("two", ["b": 2], version: "v1beta1")).expecting(201)
            #expect(try await client.get(kind.path("two")).expecting(200)["apiVersion"] == .string("\(kind.group)/v1"))
            let list = try await client.get(path).expecting(200)
            #expect(
                list.items.compactMap { $0["apiVersion"]?.stringValue }
                    == Array(repeating: "\(kind.group)/v1beta1", count: 2))
            let wrong = try await client.post(path, kind.object("three", version: "v1"))
            expectFailure(wrong, 400, "BadRequest")
            let group = try await client.get("/apis/\(kind.group)").expecting(200)
            #expect(group["versions"]?.arrayValue?.compactMap { $0["version"] } == ["v1", "v1beta1"])
            let watch = try await client.watch(path, ["fieldSelector": "metadata.name=one"])
            #expect(try await watch.event().object["apiVersion"] == .string("\(kind.group)/v1beta1"))
        }
    }

    @Test func itMayBeOfTheWholeCluster() async throws {
        try await CustomKind.run(versions: [CustomKind.version(spec: Self.open)], scope: "Cluster") { kind in
            let path = "/apis/\(kind.group)/v1/widgets"
            let made = try await kind.client.post(path, kind.object("one")).expecting(201)
            #expect(made.metadata["namespace"] == nil)
            #expect(try await kind.client.get(path + "/one").expecting(200) == made)
            #expect(try await kind.client.get(kind.path("one")).code == 404)
        }
    }

    /// Definitions that cannot be.
    @Test(
        arguments: [
            ("spec.names.plural", "metadata.name", "others"), ("spec.scope", "spec.scope", "Everywhere"),
            ("spec.versions", "spec.versions", []),
            ("spec.versions", "spec.versions", [CustomKind.version(storage: false, spec: ["type": "object"])]),
            (
                "spec.versions", "spec.versions",
                [
                    CustomKind.version("v1", spec: ["type": "object"]),
                    CustomKind.version("v2", spec: ["type": "object"]),
                ]
            ),
            (
                "spec.versions", "spec.versions[0].schema.openAPIV3Schema.properties[spec].type",
                [CustomKind.version(spec: ["properties": ["a": ["type": "string"]]])]
            ),
            (
                "spec.versions", "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type",
                [CustomKind.version(spec: ["type": "object", "properties": ["a": ["type": "odd"]]])]
            ),
            (
                "spec.versions", "spec.versions[0].schema.openAPIV3Schema",
                [["name": "v1", "served": true, "storage": true]]
            ),
        ] as [(String, String, JSONValue)])
    func aBadDefinitionIsRefused(_ path: String, _ field: String, _ value: JSONValue) async throws {
        try await Cluster.run { space in
            let kind = CustomKind(space: space, group: "g\(Name.random()).conformance.nest.dev", plural: "widgets")
            let good = kind.manifest([CustomKind.version(spec: ["type": "object"])])
            let answer = try await space.client.post(CustomKind.definitions, good.with(path, value))
            expectFailure(answer, 422, "Invalid")
            #expect(answer.blamedFields.contains { $0.hasPrefix(field) }, "\(answer.blamedFields)")
            #expect(try await space.client.get(kind.definition).code == 404)
        }
    }
}
