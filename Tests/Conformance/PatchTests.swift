import KubeAPI
import TestProcesses
import Testing

/// Merge patches (RFC 7386), JSON patches (RFC 6902), strategic merge patches, and what they do not do.
@Suite struct PatchTests {
    @Test(
        arguments: [
            (["a": "9"], ["a": "9", "b": "2"]), (["a": nil], ["b": "2"]), (["c": "3"], ["a": "1", "b": "2", "c": "3"]),
            ([:], ["a": "1", "b": "2"]),
        ] as [(JSONValue, JSONValue)])
    func aMergePatchMerges(_ patch: JSONValue, _ result: JSONValue) async throws {
        try await Cluster.run { space in
            for kind in [PatchKind.merge, .strategic] {
                try await space.createConfigMap(kind == .merge ? "one" : "two", ["a": "1", "b": "2"])
                let path = space.configMap(kind == .merge ? "one" : "two")
                #expect(try await space.client.patch(path, ["data": patch], kind).expecting(200)["data"] == result)
            }
        }
    }

    /// A free-form custom object, so that any operation of RFC 6902 has something to work on.
    @Test(
        arguments: [
            ([["op": "add", "path": "/spec/new", "value": 1]], ["list": [1, 2], "m~/": "x", "new": 1]),
            ([["op": "add", "path": "/spec/list/1", "value": 9]], ["list": [1, 9, 2], "m~/": "x"]),
            ([["op": "add", "path": "/spec/list/-", "value": 9]], ["list": [1, 2, 9], "m~/": "x"]),
            ([["op": "remove", "path": "/spec/list/0"]], ["list": [2], "m~/": "x"]),
            ([["op": "remove", "path": "/spec/m~0~1"]], ["list": [1, 2]]),
            ([["op": "replace", "path": "/spec/list", "value": "x"]], ["list": "x", "m~/": "x"]),
            ([["op": "move", "from": "/spec/m~0~1", "path": "/spec/n"]], ["list": [1, 2], "n": "x"]),
            ([["op": "copy", "from": "/spec/list/0", "path": "/spec/n"]], ["list": [1, 2], "m~/": "x", "n": 1]),
            (
                [["op": "test", "path": "/spec/list", "value": [1, 2]], ["op": "remove", "path": "/spec/list"]],
                ["m~/": "x"]
            ),
        ] as [(JSONValue, JSONValue)])
    func aJSONPatchIsCarriedOut(_ patch: JSONValue, _ result: JSONValue) async throws {
        try await CustomKind.run(spec: Self.open) { kind in
            try await kind.create("one", ["list": [1, 2], "m~/": "x"])
            #expect(try await kind.client.patch(kind.path("one"), patch, .json).expecting(200)["spec"] == result)
        }
    }

    private static let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]

    @Test(
        arguments: [
            (422, [["op": "test", "path": "/data/a", "value": "x"], ["op": "remove", "path": "/data/a"]]),
            (422, [["op": "remove", "path": "/data/none"]]),
            (422, [["op": "replace", "path": "/none/none", "value": 1]]),
            (422, [["op": "copy", "from": "/data/none", "path": "/data/b"]]), (400, ["op": "remove"]),
        ] as [(Int, JSONValue)])
    func aJSONPatchThatCannotBeIsRefusedWhole(_ code: Int, _ patch: JSONValue) async throws {
        try await Cluster.run { space in
            let before = try await space.createConfigMap("one")
            let answer = try await space.client.patch(space.configMap("one"), patch, .json)
            expectFailure(answer, code, code == 422 ? "Invalid" : "BadRequest")
            #expect(try await space.client.get(space.configMap("one")).expecting(200) == before)
        }
    }

    @Test func listsAreReplacedByMergePatches() async throws {
        try await CustomKind.run(spec: Self.open) { kind in
            try await kind.create("one", ["list": [1, 2], "deep": ["a": 1, "b": 2]])
            let patch: JSONValue = ["spec": ["list": [3], "deep": ["b": nil, "c": 3]]]
            let patched = try await kind.client.patch(kind.path("one"), patch).expecting(200)
            #expect(patched["spec"] == ["list": [3], "deep": ["a": 1, "c": 3]])
        }
    }

    /// Lists with keys are merged by them, others replaced; `$patch` directs.
    @Test func aStrategicPatchKnowsTheKindsLists() async throws {
        try await Cluster.run { space in
            let account: JSONValue = [
                "metadata": ["name": "robot", "finalizers": ["conformance.nest.dev/a"]],
                "secrets": [["name": "a", "namespace": "x"], ["name": "b"]], "imagePullSecrets": [["name": "p"]],
            ]
            let path = space.core("serviceaccounts", "robot")
            try await space.client.post(space.core("serviceaccounts"), account).expecting(201)
            let merged = try await space.client.patch(
                path, ["secrets": [["name": "a", "namespace": "y"], ["name": "c"]]], .strategic
            ).expecting(200)
            let secrets = merged["secrets"]?.arrayValue ?? []
            #expect(Set(secrets.compactMap { $0["name"]?.stringValue }) == ["a", "b", "c"])
            #expect(secrets.first { $0["name"] == "a" }?["namespace"] == "y")
            let removed = try await space.client.patch(
                path, ["secrets": [["name": "b", "$patch": "delete"]]], .strategic
            ).expecting(200)
            #expect(Set((removed["secrets"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }) == ["a", "c"])
            let finalizers = try await space.client.patch(
                path, ["metadata": ["finalizers": ["conformance.nest.dev/b"]]], .strategic
            ).expecting(200)
            #expect(
                finalizers.metadata["finalizers"]?.arrayValue.map(Set.init)
                    == ["conformance.nest.dev/a", "conformance.nest.dev/b"])
            try await space.client.patch(path, ["metadata": ["finalizers": nil]], .merge).expecting(200)
        }
    }

    @Test func aCustomKindHasNoStrategy() async throws {
        try await CustomKind.run(spec: Self.open) { kind in
            try await kind.create("one")
            let answer = try await kind.client.patch(kind.path("one"), ["spec": ["a": 1]], .strategic)
            expectFailure(answer, 415, "UnsupportedMediaType")
        }
    }

    @Test(arguments: ["application/json", "text/plain", "application/unknown-patch+json"])
    func anUnknownPatchIsRefused(_ type: String) async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            let path = space.configMap("one")
            expectFailure(
                try await space.client.send("PATCH", path, raw: "{}", type: type), 415, "UnsupportedMediaType")
        }
    }

    @Test func aPatchCannotMakeItAnotherObject() async throws {
        try await Cluster.run { space in
            let before = try await space.createConfigMap("one")
            let path = space.configMap("one")
            let renamed = try await space.client.patch(path, ["metadata": ["name": "two"]])
            #expect([400, 422].contains(renamed.code), "\(renamed.text)")
            let moved = try await space.client.patch(path, ["metadata": ["namespace": "default"]])
            #expect([400, 422].contains(moved.code), "\(moved.text)")
            expectFailure(try await space.client.patch(path, ["metadata": ["uid": "x"]]), 409, "Conflict")
            #expect(try await space.client.get(path).expecting(200) == before)
        }
    }

    @Test func whatAPatchMakesIsValidated() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            let answer = try await space.client.patch(space.configMap("one"), ["metadata": ["labels": ["-": "x"]]])
            expectFailure(answer, 422, "Invalid", field: "metadata.labels")
        }
    }
}
