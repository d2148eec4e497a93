import KubeAPI
import TestProcesses
import Testing

/// Other forms of the same objects: Table and PartialObjectMetadata (API concepts, "Alternate representations").
@Suite struct FormTests {
    private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    private static let partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"
    private static let partials = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

    @Test func aTableHasColumnsAndRows() async throws {
        try await Cluster.run { space in
            let one = try await space.createConfigMap("one", ["a": "1", "b": "2"], labels: ["mine": ""])
            let list = try await space.client.send(
                "GET", space.configMap(), ["labelSelector": "mine"], accept: Self.table
            ).expecting(200)
            #expect(list["kind"] == "Table" && list["apiVersion"] == "meta.k8s.io/v1" && !list.version.isEmpty)
            let columns = list["columnDefinitions"]?.arrayValue ?? []
            #expect(columns.compactMap { $0["name"]?.stringValue } == ["Name", "Data", "Age"])
            #expect(columns.first?["format"] == "name" && columns.first?["type"] == "string")
            for column in columns { #expect(column["priority"]?.intValue != nil && column["description"] != nil) }
            let rows = list["rows"]?.arrayValue ?? []
            #expect(rows.count == 1)
            #expect(rows.first?["cells"]?.arrayValue?.prefix(2) == ["one", 2])
            #expect(rows.first?.at("object.kind") == "PartialObjectMetadata")
            #expect(rows.first?.at("object.metadata") == one.metadata)

            let single = try await space.client.send("GET", space.configMap("one"), accept: Self.table).expecting(200)
            #expect(single["kind"] == "Table" && single.at("rows.0.cells.0") == "one")
        }
    }

    @Test(arguments: [("None", nil), ("Metadata", "PartialObjectMetadata"), ("Object", "ConfigMap")])
    func aRowHoldsWhatIsAskedFor(_ include: String, _ kind: String?) async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            let table = try await space.client.send(
                "GET", space.configMap("one"), ["includeObject": include], accept: Self.table
            ).expecting(200)
            #expect(table.at("rows.0.object.kind")?.stringValue == kind)
            if kind == "ConfigMap" { #expect(table.at("rows.0.object.data.a") == "1") }
        }
    }

    @Test func metadataAloneIsEnoughForMany() async throws {
        try await Cluster.run { space in
            let one = try await space.createConfigMap("one", labels: ["mine": ""])
            let object = try await space.client.send("GET", space.configMap("one"), accept: Self.partial).expecting(200)
            #expect(object["kind"] == "PartialObjectMetadata" && object["apiVersion"] == "meta.k8s.io/v1")
            #expect(object.metadata == one.metadata && object["data"] == nil)
            let list = try await space.client.send(
                "GET", space.configMap(), ["labelSelector": "mine"], accept: Self.partials
            ).expecting(200)
            #expect(list["kind"] == "PartialObjectMetadataList" && list.items.map(\.metadata) == [one.metadata])
            #expect(!list.version.isEmpty)
        }
    }

    @Test func aWatchHasTheseFormsToo() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one", labels: ["mine": ""])
            let query: KeyValuePairs = ["labelSelector": "mine"]
            let rows = try await space.client.watch(space.configMap(), query, accept: Self.table)
            let metadata = try await space.client.watch(space.configMap(), query, accept: Self.partial)
            let first = try await rows.event()
            #expect(first.type == "ADDED" && first.object["kind"] == "Table")
            #expect(first.object["columnDefinitions"]?.arrayValue?.isEmpty == false, "the first tells the columns")
            #expect(first.object.at("rows.0.cells.0") == "one")
            let part = try await metadata.event().object
            #expect(part["kind"] == "PartialObjectMetadata" && part.name == "one" && part["data"] == nil)
            try await space.client.patch(space.configMap("one"), ["data": ["z": "1"]]).expecting(200)
            let second = try await rows.event()
            #expect(second.type == "MODIFIED" && second.object.at("rows.0.cells.1") == 2)
            #expect(second.object["columnDefinitions"]?.arrayValue ?? [] == [], "once is enough")
        }
    }
}
