import KubeAPI
import TestProcesses
import Testing

/// What metadata may hold, and what the server makes of it (api-conventions, "Metadata").
@Suite struct MetadataTests {
    @Test(arguments: [
        "Upper", "under_score", "-leading", "trailing-", ".dot", "dot.", "a..b", "a b", "a/b", "ä",
        String(repeating: "a", count: 254),
    ])
    func aBadNameIsRefused(_ name: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.post(space.configMap(), Space.configMap(name))
            expectFailure(answer, 422, "Invalid", field: "metadata.name")
        }
    }

    @Test(arguments: ["a", "0", "a-b", "a.b-c.d", String(repeating: "a", count: 253)])
    func aGoodNameIsTaken(_ name: String) async throws {
        try await Cluster.run { space in
            let object = try await space.createConfigMap(name)
            #expect(object.name == name)
        }
    }

    @Test func anObjectNeedsAName() async throws {
        try await Cluster.run { space in
            let answer = try await space.client.post(space.configMap(), ["metadata": ["labels": ["a": "b"]]])
            expectFailure(answer, 422, "Invalid", field: "metadata.name", saying: "name or generateName is required")
        }
    }

    @Test func namesAreGenerated() async throws {
        try await Cluster.run { space in
            var names = Set<String>()
            for _ in 0..<5 {
                let object = try await space.client.post(space.configMap(), ["metadata": ["generateName": "gen-"]])
                    .expecting(201)
                #expect(object.name.hasPrefix("gen-") && object.name.count == 9)
                #expect(object.metadata["generateName"] == "gen-")
                names.insert(object.name)
            }
            #expect(names.count == 5)
            let long = String(repeating: "a", count: 80)
            let cut = try await space.client.post(space.configMap(), ["metadata": ["generateName": .string(long)]])
                .expecting(201)
            #expect(cut.name.count == 63)
        }
    }

    @Test func theServerFillsInWhatIsItsOwn() async throws {
        try await Cluster.run { space in
            let wanted = Space.configMap("one")
                .with("metadata.uid", "00000000-0000-0000-0000-000000000000")
                .with("metadata.creationTimestamp", "2001-01-01T00:00:00Z")
                .with("metadata.generation", 7)
                .with("metadata.deletionTimestamp", "2001-01-01T00:00:00Z")
            let one = try await space.client.post(space.configMap(), wanted).expecting(201)
            let two = try await space.createConfigMap("two")
            #expect(one.uid != "00000000-0000-0000-0000-000000000000" && one.uid != two.uid)
            for object in [one, two] {
                #expect(
                    object.uid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) != nil)
                let time = object.metadata["creationTimestamp"]?.stringValue ?? ""
                #expect(time.wholeMatch(of: /20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
                #expect(object.metadata["namespace"] == .string(space.namespace))
                #expect(!object.version.isEmpty)
                #expect(object.metadata["deletionTimestamp"] == nil && object.metadata["selfLink"] == nil)
            }
            #expect(one.version != two.version)
        }
    }

    @Test func aVersionIsNotTheClientsToChoose() async throws {
        try await Cluster.run { space async throws in
            let wanted = Space.configMap("one").with("metadata.resourceVersion", "12345")
            #expect(try await space.client.post(space.configMap(), wanted).code >= 400)
            #expect(try await space.client.get(space.configMap("one")).code == 404)
        }
    }

    @Test(arguments: [
        ("-", "x"), ("a b", "x"), ("a/b/c", "x"), ("UPPER.example/x", "x"), (String(repeating: "k", count: 64), "x"),
        ("k", "a b"), ("k", "-"), ("k", "a/b"), ("k", String(repeating: "v", count: 64)),
    ])
    func aBadLabelIsRefused(_ key: String, _ value: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.post(space.configMap(), Space.configMap("one", labels: [key: value]))
            expectFailure(answer, 422, "Invalid", field: "metadata.labels")
        }
    }

    @Test func goodLabelsAreTaken() async throws {
        try await Cluster.run { space in
            let labels = [
                "a": "", "example.com/x": "V_1.2-3", "A": "a",
                String(repeating: "k", count: 63):
                    String(repeating: "v", count: 63),
            ]
            let object = try await space.createConfigMap("one", labels: labels)
            #expect(object.metadata["labels"] == .object(labels.mapValues(JSONValue.string)))
        }
    }

    @Test(arguments: ["-", "a b", "a/b/c"]) func aBadAnnotationIsRefused(_ key: String) async throws {
        try await Cluster.run { space in
            let wanted = Space.configMap("one").with("metadata.annotations", [:])
            var object = wanted
            object["metadata"]?["annotations"] = .object([key: "x"])
            let answer = try await space.client.post(space.configMap(), object)
            expectFailure(answer, 422, "Invalid", field: "metadata.annotations")
        }
    }

    @Test func annotationsTogetherHaveALimit() async throws {
        try await Cluster.run { space in
            let half = JSONValue.string(String(repeating: "x", count: 131_000))
            let fits = Space.configMap("fits").with("metadata.annotations", ["a": half, "b": half])
            try await space.client.post(space.configMap(), fits).expecting(201)
            let more = Space.configMap("more").with("metadata.annotations", ["a": half, "b": half, "c": half])
            let answer = try await space.client.post(space.configMap(), more)
            expectFailure(answer, 422, "Invalid", field: "metadata.annotations")
        }
    }

    @Test func aVersionChangesWithTheObjectOnly() async throws {
        try await Cluster.run { space in
            let first = try await space.createConfigMap("one")
            let same = try await space.client.put(space.configMap("one"), first).expecting(200)
            #expect(same.version == first.version, "nothing was changed")
            let second = try await space.client.patch(space.configMap("one"), ["data": ["a": "2"]]).expecting(200)
            #expect(second.version != first.version)
            let labelled = try await space.client.patch(
                space.configMap("one"), ["metadata": ["labels": ["a": "b"]]]
            ).expecting(200)
            #expect(Set([first.version, second.version, labelled.version]).count == 3)
        }
    }

    @Test func whatIsTheServersStaysAsItIs() async throws {
        try await Cluster.run { space in
            let first = try await space.createConfigMap("one")
            let wanted = first.with("metadata.creationTimestamp", "2001-01-01T00:00:00Z").with("data", ["a": "2"])
            let second = try await space.client.put(space.configMap("one"), wanted).expecting(200)
            #expect(second.metadata["creationTimestamp"] == first.metadata["creationTimestamp"])
            #expect(second.uid == first.uid)
            let other = second.with("metadata.uid", "00000000-0000-0000-0000-000000000000")
            expectFailure(try await space.client.put(space.configMap("one"), other), 409, "Conflict")
        }
    }

    @Test(arguments: [
        ["apiVersion": "v1", "kind": "ConfigMap", "name": "owner"],
        ["apiVersion": "v1", "kind": "ConfigMap", "uid": "u"],
        ["kind": "ConfigMap", "name": "owner", "uid": "u"], ["apiVersion": "v1", "name": "owner", "uid": "u"],
    ])
    func anOwnerMustBeWholly(_ named: [String: String]) async throws {
        try await Cluster.run { space in
            let owner = JSONValue.object(named.mapValues(JSONValue.string))
            let wanted = Space.configMap("one").with("metadata.ownerReferences", [owner])
            expectFailure(try await space.client.post(space.configMap(), wanted), 422, "Invalid")
        }
    }

    @Test func onlyOneOwnerControls() async throws {
        try await Cluster.run { space in
            let owners: [JSONValue] = ["a", "b"].map {
                ["apiVersion": "v1", "kind": "ConfigMap", "name": .string($0), "uid": .string($0), "controller": true]
            }
            let wanted = Space.configMap("one").with("metadata.ownerReferences", .array(owners))
            let answer = try await space.client.post(space.configMap(), wanted)
            expectFailure(answer, 422, "Invalid", field: "metadata.ownerReferences")
        }
    }

    /// `metadata.generation` counts what a controller has to act upon: neither metadata nor status.
    @Test func aGenerationCountsChangesOfTheSpec() async throws {
        let version = CustomKind.version(
            spec: ["type": "object", "properties": ["size": ["type": "integer"]]],
            status: ["type": "object", "properties": ["size": ["type": "integer"]]],
            extra: ["subresources": ["status": [:]]])
        try await CustomKind.run(versions: [version]) { kind async throws in
            #expect(try await kind.create("one", ["size": 1]).generation == 1)
            let path = kind.path("one")
            let client = kind.client
            #expect(try await client.patch(path, ["metadata": ["labels": ["a": "b"]]]).expecting(200).generation == 1)
            #expect(try await client.patch(path, ["spec": ["size": 2]]).expecting(200).generation == 2)
            #expect(try await client.patch(path, ["spec": ["size": 2]]).expecting(200).generation == 2)
            #expect(try await client.patch(path + "/status", ["status": ["size": 2]]).expecting(200).generation == 2)
            #expect(try await client.patch(path, ["metadata": ["generation": 9]]).expecting(200).generation == 2)
            #expect(try await client.get(path).expecting(200).at("status.size") == 2)
        }
    }
}
