import KubeAPI
import TestProcesses
import Testing

/// `dryRun` and `fieldValidation` (API concepts, "Dry-run", "Field validation").
@Suite struct WriteOptionTests {
    @Test func aDryRunChangesNothing() async throws {
        try await Cluster.run { space in
            let dry: KeyValuePairs = ["dryRun": "All"]
            let (client, path) = (space.client, space.configMap("one"))
            let shown = try await client.post(space.configMap(), Space.configMap("one"), dry).expecting(201)
            #expect(shown.name == "one" && !shown.uid.isEmpty && shown.at("data.a") == "1")
            #expect(try await client.get(path).code == 404)

            let before = try await space.createConfigMap("one")
            let put = try await client.put(path, before.with("data", ["a": "2"]), dry).expecting(200)
            #expect(put["data"] == ["a": "2"])
            #expect(
                try await client.patch(path, ["data": ["a": "3"]], .merge, dry).expecting(200)["data"] == ["a": "3"])
            #expect(try await client.delete(path, nil, dry).code == 200)
            #expect(try await client.delete(path, ["dryRun": ["All"]]).code == 200)
            #expect(try await client.delete(space.configMap(), nil, dry).code == 200)
            #expect(try await client.get(path).expecting(200) == before)
        }
    }

    @Test func aDryRunIsCheckedAsAnyWrite() async throws {
        try await Cluster.run { space in
            let dry: KeyValuePairs = ["dryRun": "All"]
            let before = try await space.createConfigMap("one")
            expectFailure(
                try await space.client.post(space.configMap(), Space.configMap("one"), dry), 409, "AlreadyExists")
            expectFailure(
                try await space.client.post(space.configMap(), Space.configMap("Bad"), dry), 422, "Invalid")
            let stale = before.with("metadata.resourceVersion", "1")
            expectFailure(try await space.client.put(space.configMap("one"), stale, dry), 409, "Conflict")
            expectFailure(
                try await space.client.post(space.configMap(), Space.configMap("two"), ["dryRun": "Some"]), 422,
                "Invalid",
                field: "dryRun")
            #expect(try await space.client.get(space.configMap("two")).code == 404)
        }
    }

    @Test func aDryRunIsNotWatched() async throws {
        try await Cluster.run { space in
            let start = try await space.client.get(space.configMap()).expecting(200).version
            let watch = try await space.client.watch(space.configMap(), ["resourceVersion": start])
            try await space.client.post(space.configMap(), Space.configMap("dry"), ["dryRun": "All"]).expecting(201)
            try await space.createConfigMap("wet")
            let seen = try await watch.events { $0.object.name == "wet" }
            #expect(!seen.contains { $0.object.name == "dry" })
        }
    }

    private static let spec: JSONValue = [
        "type": "object",
        "properties": [
            "known": ["type": "integer"], "deep": ["type": "object", "properties": ["known": ["type": "string"]]],
        ],
    ]

    @Test func unknownFieldsAreStrictlyRefused() async throws {
        try await CustomKind.run(spec: Self.spec) { kind in
            let strict: KeyValuePairs = ["fieldValidation": "Strict"]
            let bad = kind.object("one", ["known": 1, "odd": 2, "deep": ["odd": 3]])
            let answer = try await kind.client.post(kind.path(), bad, strict)
            expectFailure(answer, 400, "BadRequest", saying: #"strict decoding error"#)
            for path in ["spec.odd", "spec.deep.odd"] { #expect(answer.text.contains("unknown field \\\"\(path)\\\"")) }
            #expect(try await kind.client.get(kind.path("one")).code == 404)
            try await kind.create("one", ["known": 1])
            let patch = try await kind.client.patch(kind.path("one"), ["spec": ["odd": 1]], .merge, strict)
            expectFailure(patch, 400, "BadRequest", saying: "spec.odd")
        }
    }

    @Test(arguments: ["Warn", ""]) func unknownFieldsAreWarnedOf(_ validation: String) async throws {
        try await CustomKind.run(spec: Self.spec) { kind in
            let answer = try await kind.client.post(
                kind.path(), kind.object("one", ["known": 1, "odd": 2]), ["fieldValidation": validation])
            #expect(try answer.expecting(201)["spec"] == ["known": 1], "they are pruned")
            #expect(answer.warnings.contains { $0.hasPrefix("299 ") && $0.contains("unknown field") })
            #expect(answer.warnings.contains { $0.contains("spec.odd") })
        }
    }

    @Test func unknownFieldsMayBeIgnored() async throws {
        try await CustomKind.run(spec: Self.spec) { kind in
            let answer = try await kind.client.post(
                kind.path(), kind.object("one", ["known": 1, "odd": 2]), ["fieldValidation": "Ignore"])
            #expect(try answer.expecting(201)["spec"] == ["known": 1])
            #expect(answer.warnings == [])
        }
    }

    @Test func doubledFieldsAreFound() async throws {
        try await CustomKind.run(spec: Self.spec) { kind in
            let text = """
                {"apiVersion":"\(kind.group)/v1","kind":"Widget","metadata":{"name":"one"},"spec":{"known":1,"known":2}}
                """
            let strict = try await kind.client.send("POST", kind.path(), ["fieldValidation": "Strict"], raw: text)
            expectFailure(strict, 400, "BadRequest", saying: "duplicate field")
            let warned = try await kind.client.send("POST", kind.path(), ["fieldValidation": "Warn"], raw: text)
            try warned.expecting(201)
            #expect(warned.warnings.contains { $0.contains("duplicate field") && $0.contains("spec.known") })
        }
    }

    @Test func builtInKindsAreCheckedToo() async throws {
        try await Cluster.run { space in
            let odd = Space.configMap("one").with("odd", ["a": "b"])
            let strict = try await space.client.post(space.configMap(), odd, ["fieldValidation": "Strict"])
            expectFailure(strict, 400, "BadRequest", saying: "unknown field \"odd\"")
            let warned = try await space.client.post(space.configMap(), odd, ["fieldValidation": "Warn"])
            #expect(try warned.expecting(201)["odd"] == nil)
            #expect(warned.warnings.contains { $0.contains("unknown field") })
        }
    }

    @Test func anUnknownValidationIsRefused() async throws {
        try await Cluster.run { space in
            let options: KeyValuePairs = ["fieldValidation": "Maybe"]
            let answer = try await space.client.post(space.configMap(), Space.configMap("one"), options)
            expectFailure(answer, 422, "Invalid", field: "fieldValidation")
        }
    }
}
