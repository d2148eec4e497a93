import KubeAPI
import TestProcesses
import Testing

/// Structural schemas: validation, defaulting, pruning, list types.
@Suite struct SchemaTests {
    private static let rich: JSONValue = [
        "type": "object", "required": ["name"],
        "properties": [
            "name": ["type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"],
            "count": ["type": "integer", "minimum": 1, "maximum": 10],
            "even": ["type": "integer", "multipleOf": 2],
            "ratio": ["type": "number", "exclusiveMinimum": true, "minimum": 0],
            "on": ["type": "boolean"],
            "color": ["type": "string", "enum": ["red", "green"]],
            "maybe": ["type": "string", "nullable": true],
            "port": ["x-kubernetes-int-or-string": true],
            "when": ["type": "string", "format": "date-time"],
            "list": ["type": "array", "minItems": 1, "maxItems": 3, "items": ["type": "string"]],
            "set": ["type": "array", "items": ["type": "string"], "x-kubernetes-list-type": "set"],
            "parts": [
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"],
                "items": [
                    "type": "object", "required": ["key"],
                    "properties": ["key": ["type": "string"], "size": ["type": "integer", "default": 7]],
                ],
            ],
            "map": ["type": "object", "maxProperties": 2, "additionalProperties": ["type": "integer"]],
            "free": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
            "either": [
                "type": "object", "properties": ["a": ["type": "string"], "b": ["type": "string"]],
                "oneOf": [["required": ["a"]], ["required": ["b"]]],
            ],
        ],
    ]

    @Test func whatFitsIsTaken() async throws {
        let spec: JSONValue = [
            "name": "abc", "count": 10, "even": 4, "ratio": 0.5, "on": true, "color": "red", "maybe": nil,
            "port": "http",
            "when": "2024-01-02T03:04:05Z", "list": ["a"], "set": ["a", "b"], "parts": [["key": "a", "size": 1]],
            "map": ["a": 1], "free": ["x": [1, ["y": nil]]], "either": ["a": "x"],
        ]
        try await CustomKind.run(spec: Self.rich) { kind in
            #expect(try await kind.create("one", spec)["spec"] == spec)
            let other = try await kind.create("two", ["name": "ab", "port": 80, "ratio": 1])
            #expect(other["spec"] == ["name": "ab", "port": 80, "ratio": 1])
        }
    }

    /// One wrong value each, and the field that is blamed for it.
    @Test(
        arguments: [
            ("spec.name", [:]), ("spec.name", ["name": "a"]), ("spec.name", ["name": "abcdef"]),
            ("spec.name", ["name": "AB"]),
            ("spec.name", ["name": 1]), ("spec.name", ["name": nil]), ("spec.count", ["name": "ab", "count": 0]),
            ("spec.count", ["name": "ab", "count": 11]), ("spec.count", ["name": "ab", "count": "1"]),
            ("spec.count", ["name": "ab", "count": 1.5]), ("spec.even", ["name": "ab", "even": 3]),
            ("spec.ratio", ["name": "ab", "ratio": 0]), ("spec.on", ["name": "ab", "on": "true"]),
            ("spec.color", ["name": "ab", "color": "blue"]), ("spec.port", ["name": "ab", "port": 1.5]),
            ("spec.port", ["name": "ab", "port": true]), ("spec.when", ["name": "ab", "when": "yesterday"]),
            ("spec.list", ["name": "ab", "list": []]), ("spec.list", ["name": "ab", "list": ["a", "b", "c", "d"]]),
            ("spec.list[1]", ["name": "ab", "list": ["a", 1]]), ("spec.set[1]", ["name": "ab", "set": ["a", "a"]]),
            ("spec.parts[1]", ["name": "ab", "parts": [["key": "a"], ["key": "a"]]]),
            ("spec.parts[0].key", ["name": "ab", "parts": [["size": 1]]]),
            ("spec.map.a", ["name": "ab", "map": ["a": "x"]]),
            ("spec.map", ["name": "ab", "map": ["a": 1, "b": 2, "c": 3]]),
            ("spec.free", ["name": "ab", "free": "x"]),
        ] as [(String, JSONValue)])
    func whatDoesNotFitIsRefused(_ field: String, _ spec: JSONValue) async throws {
        try await CustomKind.run(spec: Self.rich) { kind in
            let answer = try await kind.client.post(kind.path(), kind.object("one", spec))
            expectFailure(answer, 422, "Invalid", field: field, saying: "Widget.\(kind.group) \"one\" is invalid")
            #expect(try await kind.client.get(kind.path("one")).code == 404)
        }
    }

    /// Kubernetes tells the place in the message only.
    @Test(arguments: [["a": "x", "b": "y"], [:]] as [JSONValue])
    func exactlyOneAlternativeMayFit(_ either: JSONValue) async throws {
        try await CustomKind.run(spec: Self.rich) { kind in
            let answer = try await kind.client.post(kind.path(), kind.object("one", ["name": "ab", "either": either]))
            expectFailure(answer, 422, "Invalid", saying: "spec.either")
        }
    }

    @Test func allThatIsWrongIsToldAtOnce() async throws {
        try await CustomKind.run(spec: Self.rich) { kind in
            let bad: JSONValue = ["name": "A", "count": 99, "color": "blue"]
            let answer = try await kind.client.post(kind.path(), kind.object("one", bad))
            #expect(Set(answer.blamedFields).isSuperset(of: ["spec.name", "spec.count", "spec.color"]))
        }
    }

    @Test func whatIsUnknownIsPruned() async throws {
        try await CustomKind.run(spec: Self.rich) { kind in
            let wanted = kind.object(
                "one", ["name": "ab", "odd": 1, "parts": [["key": "a", "odd": 1]], "free": ["odd": 1]]
            )
            .with("odd", ["x": 1])
            let made = try await kind.client.post(kind.path(), wanted).expecting(201)
            #expect(made["spec"] == ["name": "ab", "parts": [["key": "a", "size": 7]], "free": ["odd": 1]])
            #expect(made["odd"] == nil)
        }
    }

    private static let defaults: JSONValue = [
        "type": "object", "default": [:],
        "properties": [
            "a": ["type": "string", "default": "x"],
            "deep": ["type": "object", "properties": ["b": ["type": "integer", "default": 3]]],
            "filled": ["type": "object", "default": [:], "properties": ["c": ["type": "boolean", "default": true]]],
            "list": [
                "type": "array", "items": ["type": "object", "properties": ["d": ["type": "string", "default": "y"]]],
            ],
            "null": ["type": "string", "nullable": true, "default": "z"],
            "map": [
                "type": "object",
                "additionalProperties": ["type": "object", "properties": ["e": ["type": "integer", "default": 1]]],
            ],
        ],
    ]

    @Test(
        arguments: [
            ([:], ["a": "x", "filled": ["c": true], "null": "z"]),
            (
                ["a": "given", "deep": [:], "list": [[:], ["d": "given"]], "map": ["k": [:]]],
                [
                    "a": "given", "deep": ["b": 3], "filled": ["c": true], "list": [["d": "y"], ["d": "given"]],
                    "null": "z",
                    "map": ["k": ["e": 1]],
                ]
            ),
            (["a": nil, "null": nil], ["a": "x", "filled": ["c": true], "null": nil]),
        ] as [(JSONValue, JSONValue)])
    func whatIsLeftOutIsFilledIn(_ spec: JSONValue, _ result: JSONValue) async throws {
        try await CustomKind.run(spec: Self.defaults) { kind in
            let made = try await kind.create("one", spec)
            #expect(made["spec"] == result)
        }
    }

    @Test func aWholeSpecMayBeADefault() async throws {
        try await CustomKind.run(spec: Self.defaults) { kind in
            let made = try await kind.client.post(kind.path(), kind.object("one").with("spec", nil)).expecting(201)
            #expect(made["spec"] == ["a": "x", "filled": ["c": true], "null": "z"])
        }
    }

    /// Objects within an object that are checked and pruned as such.
    @Test func embeddedObjectsKeepTheirMetadata() async throws {
        let spec: JSONValue = [
            "type": "object",
            "properties": [
                "template": [
                    "type": "object", "x-kubernetes-embedded-resource": true,
                    "properties": ["data": ["type": "object"]],
                ]
            ],
        ]
        try await CustomKind.run(spec: spec) { kind in
            let inner: JSONValue = ["apiVersion": "v1", "kind": "Thing", "metadata": ["name": "x"], "odd": 1]
            let made = try await kind.create("one", ["template": inner])
            #expect(made.at("spec.template") == ["apiVersion": "v1", "kind": "Thing", "metadata": ["name": "x"]])
            let nameless: JSONValue = ["kind": "Thing", "metadata": ["name": "x"]]
            let answer = try await kind.client.post(kind.path(), kind.object("two", ["template": nameless]))
            expectFailure(answer, 422, "Invalid", field: "spec.template.apiVersion")
        }
    }

    /// CEL (`x-kubernetes-validations`): rules over a value, and over its change.
    @Test func rulesAreChecked() async throws {
        let spec: JSONValue = [
            "type": "object",
            "properties": [
                "min": ["type": "integer"], "max": ["type": "integer"],
                "fixed": [
                    "type": "string",
                    "x-kubernetes-validations": [["rule": "self == oldSelf", "message": "fixed may not change"]],
                ],
            ],
            "x-kubernetes-validations": [
                [
                    "rule": "!has(self.min) || !has(self.max) || self.min <= self.max",
                    "message": "min must not exceed max",
                ]
            ],
        ]
        try await CustomKind.run(spec: spec) { kind in
            let bad = try await kind.client.post(kind.path(), kind.object("one", ["min": 2, "max": 1]))
            expectFailure(bad, 422, "Invalid", field: "spec", saying: "min must not exceed max")
            try await kind.create("one", ["min": 1, "max": 2, "fixed": "a"])
            let path = kind.path("one")
            let moved = try await kind.client.patch(path, ["spec": ["fixed": "b"]])
            expectFailure(moved, 422, "Invalid", field: "spec.fixed", saying: "fixed may not change")
            expectFailure(try await kind.client.patch(path, ["spec": ["max": 0]]), 422, "Invalid", field: "spec")
            try await kind.client.patch(path, ["spec": ["max": 9]]).expecting(200)
        }
    }

    @Test func aRuleThatCannotBeReadIsRefused() async throws {
        try await Cluster.run { space in
            let kind = CustomKind(space: space, group: "g\(Name.random()).conformance.nest.dev", plural: "widgets")
            let version = CustomKind.version(spec: [
                "type": "object", "x-kubernetes-validations": [["rule": "self.none == ("]],
            ])
            let answer = try await space.client.post(CustomKind.definitions, kind.manifest([version]))
            expectFailure(answer, 422, "Invalid")
            #expect(answer.blamedFields.contains { $0.contains("x-kubernetes-validations[0].rule") })
        }
    }
}
