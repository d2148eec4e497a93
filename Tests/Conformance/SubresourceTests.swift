import KubeAPI
import TestProcesses
import Testing

/// status and scale, printer columns and selectable fields of custom kinds.
@Suite struct SubresourceTests {
    private static let version = CustomKind.version(
        spec: [
            "type": "object",
            "properties": ["replicas": ["type": "integer", "default": 1, "minimum": 0], "color": ["type": "string"]],
        ],
        status: [
            "type": "object",
            "properties": [
                "replicas": ["type": "integer"], "selector": ["type": "string"], "phase": ["type": "string"],
            ],
        ],
        extra: [
            "subresources": [
                "status": [:],
                "scale": [
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                    "labelSelectorPath": ".status.selector",
                ],
            ],
            "selectableFields": [["jsonPath": ".spec.color"]],
            "additionalPrinterColumns": [
                ["name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "description": "How many."],
                ["name": "Color", "type": "string", "jsonPath": ".spec.color", "priority": 1],
                ["name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"],
            ],
        ])

    @Test func statusAndSpecAreWrittenApart() async throws {
        try await CustomKind.run(versions: [Self.version]) { kind in
            let (client, path) = (kind.client, kind.path("one"))
            let wanted = kind.object("one", ["color": "red"]).with("status", ["phase": "Lost"])
            let made = try await client.post(kind.path(), wanted).expecting(201)
            #expect(made["status"] == nil, "it is not the writer's of the spec")
            let told = made.with("status", ["phase": "Ready"]).with("spec.color", "blue").with(
                "metadata.labels", ["a": "b"])
            let status = try await client.put(path + "/status", told).expecting(200)
            #expect(status.at("status.phase") == "Ready" && status.at("spec.color") == "red")
            #expect(status.generation == 1)
            let spec = try await client.put(path, status.with("status.phase", "Lost").with("spec.color", "blue"))
            #expect(try spec.expecting(200).at("status.phase") == "Ready" && spec.body.at("spec.color") == "blue")
            #expect(try await client.get(path + "/status").expecting(200) == spec.body)
            expectFailure(
                try await client.patch(path + "/status", ["status": ["phase": 1]]), 422, "Invalid",
                field: "status.phase")
            expectFailure(try await client.put(path + "/status", made), 409, "Conflict")
        }
    }

    @Test func aScaleIsAViewOfIt() async throws {
        try await CustomKind.run(versions: [Self.version]) { kind in
            let client = kind.client
            let made = try await kind.create("one")
            try await client.patch(
                kind.path("one") + "/status", ["status": ["replicas": 1, "selector": "app=x"]]
            ).expecting(200)
            let path = kind.path("one") + "/scale"
            let scale = try await client.get(path).expecting(200)
            #expect(scale["kind"] == "Scale" && scale["apiVersion"] == "autoscaling/v1" && scale.uid == made.uid)
            #expect(scale.at("spec.replicas") == 1 && scale["status"] == ["replicas": 1, "selector": "app=x"])
            let five = try await client.put(path, scale.with("spec.replicas", 5)).expecting(200)
            #expect(five.at("spec.replicas") == 5)
            expectFailure(try await client.put(path, scale.with("spec.replicas", 6)), 409, "Conflict")
            #expect(try await client.patch(path, ["spec": ["replicas": 7]]).expecting(200).at("spec.replicas") == 7)
            let whole = try await client.get(kind.path("one")).expecting(200)
            #expect(whole.at("spec.replicas") == 7 && whole.generation == 3)
            #expect(try await client.patch(path, ["spec": ["replicas": -1]]).code == 422)
        }
    }

    @Test func columnsAreTheDefinitions() async throws {
        try await CustomKind.run(versions: [Self.version]) { kind in
            try await kind.create("one", ["color": "red"])
            let table = try await kind.client.send(
                "GET", kind.path(), accept: "application/json;as=Table;v=v1;g=meta.k8s.io"
            ).expecting(200)
            let columns = table["columnDefinitions"]?.arrayValue ?? []
            #expect(columns.compactMap { $0["name"]?.stringValue } == ["Name", "Replicas", "Color", "Age"])
            #expect(columns.compactMap { $0["priority"]?.intValue } == [0, 0, 1, 0])
            #expect(columns.dropFirst().first?["description"] == "How many.")
            #expect(table.at("rows.0.cells")?.arrayValue?.prefix(3) == ["one", 1, "red"])
        }
    }

    @Test func declaredFieldsSelect() async throws {
        try await CustomKind.run(versions: [Self.version]) { kind in
            try await kind.create("one", ["color": "red"])
            try await kind.create("two", ["color": "blue"])
            let red = try await kind.client.get(kind.path(), ["fieldSelector": "spec.color=red"]).expecting(200)
            #expect(red.names == ["one"])
            let others = try await kind.client.get(kind.path(), ["fieldSelector": "spec.color!=red"]).expecting(200)
            #expect(others.names == ["two"])
            let none = try await kind.client.get(kind.path(), ["fieldSelector": "spec.replicas=1"])
            expectFailure(none, 400, "BadRequest", saying: "field label not supported")
            let watch = try await kind.client.watch(
                kind.path(), ["fieldSelector": "spec.color=red", "resourceVersion": red.version])
            try await kind.client.patch(kind.path("two"), ["spec": ["color": "red"]]).expecting(200)
            let event = try await watch.event()
            #expect(event.type == "ADDED" && event.object.name == "two")
        }
    }
}
