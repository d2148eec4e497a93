import KubeAPI
import Testing

@testable import KubeServer

@Suite struct SchemaTests {
    private static func definition() throws -> ResourceDefinition {
        var errors: [FieldError] = []
        let definitions = CustomResource.definitions(of: try Widget.crdJSON, errors: &errors)
        #expect(errors.isEmpty)
        return try #require(definitions.first)
    }

    @Test(
        arguments: [
            (
                ["handler": "x", "replicas": "many"],
                "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\""
            ),
            ([:], "spec.handler: Required value"),
            (
                ["handler": ""],
                "spec.handler: Invalid value: \"\": spec.handler in body should be at least 1 chars long"
            ),
            (["handler": "xxxxxxxxxxxxxxxxxxxxx"], "spec.handler: Too long: may not be more than 20 bytes"),
            (
                ["handler": "x", "color": "blue"],
                "spec.color: Unsupported value: \"blue\": supported values: \"red\", \"green\""
            ),
            (
                ["handler": "x", "replicas": 101],
                "spec.replicas: Invalid value: 101: spec.replicas in body should be less than or equal to 100"
            ),
            (
                ["handler": "x", "replicas": -1],
                "spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0"
            ),
            (
                ["handler": "x", "parts": [["name": "A"]]],
                "spec.parts[0].name: Invalid value: \"A\": spec.parts[0].name in body should match '^[a-z]+$'"
            ),
            (
                ["handler": "x", "parts": [["name": "a"], ["name": "a"]]],
                "spec.parts[1]: Duplicate value: {\"name\":\"a\"}"
            ),
            (["handler": "x", "parts": [["size": 1]]], "spec.parts[0].name: Required value"),
            (
                ["handler": "x", "parts": [["name": "a"], ["name": "b"], ["name": "c"], ["name": "d"]]],
                "spec.parts: Too many: 4: must have at most 3 items"
            ),
            (
                ["handler": "x", "surge": true],
                "spec.surge: Invalid value: \"boolean\": spec.surge in body must be of type integer,string: \"boolean\""
            ),
            (
                ["handler": "x", "env": ["a": 1]],
                "spec.env.a: Invalid value: \"integer\": spec.env.a in body must be of type string: \"integer\""
            ),
        ] as [(JSONValue, String)])
    func refuses(spec: JSONValue, message: String) throws {
        let schema = try Self.definition().schema
        #expect(schema.validate(["spec": spec]).map(\.description) == [message])
    }

    @Test(
        arguments: [
            ["handler": "x"], ["handler": "x", "surge": "25%"], ["handler": "x", "surge": 3],
            ["handler": "x", "idle": nil],
            ["handler": "x", "free": ["any": [1, ["thing": nil]]]], ["handler": "x", "replicas": 2.0],
        ] as [JSONValue])
    func accepts(spec: JSONValue) throws {
        #expect(try Self.definition().schema.validate(["spec": spec]).isEmpty)
    }

    @Test func fillsInDefaultsAlsoNested() throws {
        var object: JSONValue = [
            "spec": ["handler": "x", "parts": [["name": "a"]], "replicas": nil, "idle": nil, "color": nil]
        ]
        try Self.definition().schema.applyDefaults(to: &object)
        #expect(
            object == [
                "spec": [
                    "handler": "x", "parts": [["name": "a", "size": 7]], "replicas": 1, "idle": nil,
                    "nested": ["deep": "filled"],
                ]
            ])
    }

    @Test func prunesWhatIsUnknownAndTellsWhere() throws {
        var object: JSONValue = [
            "kind": "Widget", "metadata": ["name": "x"], "extra": 1,
            "spec": [
                "handler": "x", "foo": 1, "free": ["kept": 1], "env": ["kept": "1"],
                "parts": [["name": "a", "bar": 2]],
            ],
        ]
        let removed = try Self.definition().schema.prune(&object, isRoot: true)
        #expect(removed == ["extra", "spec.foo", "spec.parts[0].bar"])
        #expect(object["spec"]?["free"] == ["kept": 1])
        #expect(object["spec"]?["foo"] == nil)
    }

    @Test(arguments: [
        ("a", true), ("a-1.b", true), ("", false), ("A", false), ("-a", false), ("a..b", false), ("a_b", false),
    ])
    func names(name: String, isValid: Bool) { #expect((NameRules.subdomainError(name) == nil) == isValid) }

    @Test(arguments: [
        ("a", true), ("a.b/c", true), ("A_b", true), ("/a", false), ("a/b/c", false), ("", false), ("a b", false),
    ])
    func labelKeys(key: String, isValid: Bool) { #expect((LabelRules.keyError(key) == nil) == isValid) }

    @Test(arguments: [
        ("spec.group", "example"), ("spec.scope", "Galaxy"), ("metadata.name", "other.example.com"),
    ])
    func badDefinitionsAreRefused(path: String, value: String) throws {
        var crd = try Widget.crdJSON
        crd.set(.string(value), at: path.split(separator: ".").map(String.init))
        CustomResource.applyDefaults(to: &crd)
        let errors = BuiltIns.customResourceDefinitions.schema.validate(crd) + DefinitionRules.errors(in: crd)
        #expect(errors.contains { $0.path == path })
    }

    @Test func versionsAreOrderedByStability() {
        let versions = ["v1beta1", "v2", "foo", "v1", "v1alpha1", "v1beta2"].sorted(by: KubeVersion.isPreferred)
        #expect(versions == ["v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "foo"])
    }
}
