import KubeAPI
import Testing

@testable import KubeServer

/// Which CustomResourceDefinitions are refused, and with what words.
@Suite struct DefinitionRulesTests {
    private static let root = "spec.versions[0].schema.openAPIV3Schema"

    /// A definition whose `spec` has the property `p`.
    private static func crd(property: String) throws -> JSONValue {
        try crd(schema: "{type: object, properties: {spec: {type: object, properties: {p: \(property)}}}}")
    }

    private static func crd(schema: String, version: String = "") throws -> JSONValue {
        var crd = try YAML.value(
            of: """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: things.example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: things, kind: Thing}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema: {openAPIV3Schema: \(schema)}
                    \(version)
                """)
        CustomResource.applyDefaults(to: &crd)
        return crd
    }

    private static func errors(_ crd: JSONValue) -> [String] {
        let wrong = BuiltIns.customResourceDefinitions.schema.validate(crd)
        return (wrong.isEmpty ? DefinitionRules.errors(in: crd) : wrong).map(\.description)
    }

    private static let list = "x-kubernetes-list-type"
    private static let keys = "x-kubernetes-list-map-keys"

    /// A property, what follows the property's path in the error, and the rest of the error.
    static let properties: [(property: String, message: String)] = [
        ("{description: x}", ".type: Required value: must not be empty for specified object fields"),
        (
            "{type: text}",
            ".type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", "
                + "\"object\", \"string\""
        ),
        ("{type: array}", ".items: Required value: must be specified"),
        (
            "{type: array, items: {description: x}}",
            ".items.type: Required value: must not be empty for specified array items"
        ),
        ("{type: array, items: [{type: string}]}", ".items: Forbidden: items must be a schema object and not an array"),
        ("{type: object, $ref: '#/x'}", ".$ref: Forbidden: $ref is not supported"),
        ("{type: object, definitions: {a: {type: string}}}", ".definitions: Forbidden: definitions is not supported"),
        (
            "{type: object, patternProperties: {a: {type: string}}}",
            ".patternProperties: Forbidden: patternProperties is not supported"
        ),
        ("{type: object, dependencies: {a: [b]}}", ".dependencies: Forbidden: dependencies is not supported"),
        (
            "{type: array, items: {type: string}, additionalItems: true}",
            ".additionalItems: Forbidden: additionalItems is not supported"
        ),
        (
            "{type: array, items: {type: string}, uniqueItems: true}",
            ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        ),
        (
            "{type: object, properties: {a: {type: string}}, additionalProperties: {type: string}}",
            ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
        ),
        (
            "{type: object, properties: {a: {type: string}}, additionalProperties: false}",
            ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
        ),
        (
            "{type: object, x-kubernetes-preserve-unknown-fields: false}",
            ".x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"
        ),
        (
            "{x-kubernetes-int-or-string: true, x-kubernetes-preserve-unknown-fields: true}",
            ".x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is "
                + "true"
        ),
        (
            "{type: string, x-kubernetes-map-type: atomic}",
            ".type: Invalid value: \"string\": must be object if x-kubernetes-map-type is specified"
        ),
        (
            "{type: object, x-kubernetes-map-type: loose}",
            ".x-kubernetes-map-type: Unsupported value: \"loose\": supported values: \"atomic\", \"granular\""
        ),
        (
            "{type: string, \(list): set}",
            ".type: Invalid value: \"string\": must be array if x-kubernetes-list-type is specified"
        ),
        (
            "{type: array, items: {type: string}, \(list): bag}",
            ".x-kubernetes-list-type: Unsupported value: \"bag\": supported values: \"atomic\", \"set\", \"map\""
        ),
        (
            "{type: array, items: {type: object}, \(list): set}",
            ".items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with "
                + "x-kubernetes-list-type=set"
        ),
        (
            "{type: array, items: {type: string, nullable: true}, \(list): set}",
            ".items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set"
        ),
        (
            "{type: array, items: {type: object}, \(keys): [a]}",
            ".x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty"
        ),
        (
            "{type: array, items: {type: object}, \(list): map}",
            ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
        ),
        (
            "{type: array, items: {type: string}, \(list): map, \(keys): [a]}",
            ".items.type: Invalid value: \"string\": must be object if parent array's x-kubernetes-list-type is map"
        ),
        (
            "{type: array, items: {type: object}, \(list): map, \(keys): [a]}",
            ".x-kubernetes-list-map-keys: Invalid value: [\"a\"]: entries must all be names of item properties"
        ),
        (
            "{type: array, items: {type: object, properties: {a: {type: string}}}, \(list): map, \(keys): [a]}",
            ".items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must "
                + "have a default or be a required property"
        ),
        (
            "{type: array, items: {type: object, required: [a], properties: {a: {type: object}}}, \(list): map, "
                + "\(keys): [a]}",
            ".items.properties[a].type: Invalid value: \"object\": must be a scalar type if parent array's "
                + "x-kubernetes-list-type is map"
        ),
        (
            "{type: object, anyOf: [{type: object}]}", ".anyOf[0].type: Forbidden: must be empty to be structural"
        ),
        (
            "{type: object, properties: {a: {type: string}}, oneOf: [{properties: {a: {default: x}}}]}",
            ".oneOf[0].properties[a].default: Forbidden: must be undefined to be structural"
        ),
        (
            "{type: object, not: {description: x}}", ".not.description: Forbidden: must be empty to be structural"
        ),
        (
            "{type: object, allOf: [{properties: {a: {pattern: x}}}]}",
            ".properties[a]: Required value: because it is defined in ROOT.allOf[0].properties[a]"
        ),
        (
            "{type: object, x-kubernetes-embedded-resource: true}",
            ".properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without "
                + "x-kubernetes-preserve-unknown-fields"
        ),
        (
            "{x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}",
            ".type: Required value: must be object if x-kubernetes-embedded-resource is true"
        ),
        (
            "{type: string, default: 1}",
            ".default: Invalid value: \"integer\": ROOT.default in body must be of type string: \"integer\""
        ),
        (
            "{type: string, enum: [a], default: b}", ".default: Unsupported value: \"b\": supported values: \"a\""
        ),
        (
            "{type: integer, default: 1, x-kubernetes-validations: [{rule: self > 1, message: too small}]}",
            ".default: Invalid value: \"integer\": too small"
        ),
        (
            "{type: object, default: {}, properties: {a: {type: integer, default: 1, x-kubernetes-validations: [{rule: self > 0}]}}, "
                + "x-kubernetes-validations: [{rule: self.a > 1}]}",
            ".default: Invalid value: \"object\": failed rule: self.a > 1"
        ),
        (
            "{type: object, properties: {a: {type: string}}, default: {b: x}}",
            ".default: Invalid value: {\"b\":\"x\"}: must not have unknown fields"
        ),
        (
            "{type: string, minLength: long}",
            ".minLength: Invalid value: \"string\": ROOT.minLength in body must be of "
                + "type integer: \"string\""
        ),
        ("text", ": Invalid value: \"string\": ROOT in body must be of type object: \"string\""),
    ]

    @Test(arguments: properties)
    func refusesProperty(property: String, message: String) throws {
        let path = "\(Self.root).properties[spec].properties[p]"
        let wanted = path + message.replacing("ROOT", with: path)
        let found = Self.errors(try Self.crd(property: property))
        #expect(found == [wanted])
    }

    @Test(arguments: [
        "{x-kubernetes-int-or-string: true}",
        "{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}",
        "{x-kubernetes-int-or-string: true, allOf: [{anyOf: [{type: integer}, {type: string}]}, {pattern: a}]}",
        "{x-kubernetes-preserve-unknown-fields: true}", "{type: object, additionalProperties: true}",
        "{type: object, additionalProperties: {type: array, items: {type: string}}}",
        "{type: object, properties: {a: {type: string}}, anyOf: [{required: [a]}, {properties: {a: {enum: [b]}}}]}",
        "{type: array, items: {type: object, properties: {a: {type: string, default: x}}}, \(list): map, \(keys): [a]}",
        "{type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}",
        "{type: object, default: {}, properties: {a: {type: string, default: x}}}", "{type: string, nullable: true}",
    ])
    func acceptsProperty(property: String) throws {
        #expect(Self.errors(try Self.crd(property: property)) == [])
    }

    @Test(arguments: [
        ("{type: string}", ".type: Invalid value: \"string\": must be object at the root"),
        ("{}", ".type: Required value: must not be empty at the root"),
        ("{type: object, nullable: true}", ".nullable: Forbidden: nullable cannot be true at the root"),
        (
            "{type: object, additionalProperties: {type: string}}",
            ".additionalProperties: Forbidden: must not be used at the root"
        ),
        (
            "{type: object, properties: {metadata: {type: object, properties: {labels: {type: object}}}}}",
            ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata "
                + "is implicitly specified"
        ),
        (
            "{type: object, properties: {kind: {type: integer}}}",
            ".properties[kind].type: Invalid value: \"integer\": must be string"
        ),
        (
            "{type: object, properties: {kind: {type: string, default: a}}}",
            ".properties[kind].default: Forbidden: must not be set in top-level kind"
        ),
    ])
    func refusesRoot(schema: String, message: String) throws {
        #expect(Self.errors(try Self.crd(schema: schema)) == [Self.root + message])
    }

    @Test(arguments: [
        (
            "additionalPrinterColumns: [{name: A, type: text, jsonPath: .spec.a}]",
            ".additionalPrinterColumns[0].type: Invalid value: \"text\": must be one of boolean,date,integer,number,string"
        ),
        (
            "additionalPrinterColumns: [{name: A, type: string, jsonPath: spec.a}]",
            ".additionalPrinterColumns[0].jsonPath: Invalid value: \"spec.a\": must be a simple json path starting with ."
        ),
        (
            "additionalPrinterColumns: [{name: A, type: string}]",
            ".additionalPrinterColumns[0].jsonPath: Required value"
        ),
        (
            "additionalPrinterColumns: [{name: A, type: string, jsonPath: '.spec[?('}]",
            ".additionalPrinterColumns[0].jsonPath: Invalid value: \".spec[?(\": is not a JSON path that is supported"
        ),
        (
            "selectableFields: [{jsonPath: .spec.b}]",
            ".selectableFields[0].jsonPath: Invalid value: \".spec.b\": is an "
                + "invalid path: does not refer to a valid field"
        ),
        (
            "selectableFields: [{jsonPath: .metadata.name}]",
            ".selectableFields[0].jsonPath: Invalid value: "
                + "\".metadata.name\": must not point to fields in metadata"
        ),
        (
            "selectableFields: [{jsonPath: .spec}]",
            ".selectableFields[0].jsonPath: Invalid value: \".spec\": must point "
                + "to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
        ),
        (
            "selectableFields: [{jsonPath: .spec.a}, {jsonPath: .spec.a}]",
            ".selectableFields[1].jsonPath: Duplicate value: \".spec.a\""
        ),
        (
            "subresources: {scale: {specReplicasPath: .spec.a}}",
            ".subresources.scale.statusReplicasPath: Required value"
        ),
        (
            "subresources: {scale: {specReplicasPath: .status.a, statusReplicasPath: .status.a}}",
            ".subresources.scale.specReplicasPath: Invalid value: \".status.a\": should be a json path under .spec"
        ),
        (
            "deprecationWarning: old",
            ".deprecationWarning: Invalid value: \"old\": can only be set for deprecated versions"
        ),
    ])
    func refusesVersion(version: String, message: String) throws {
        let schema = "{type: object, properties: {spec: {type: object, properties: {a: {type: string}}}}}"
        #expect(Self.errors(try Self.crd(schema: schema, version: version)) == ["spec.versions[0]" + message])
    }

    @Test(
        arguments: [
            (
                ["spec", "names", "plural"], "2things",
                "spec.names.plural: Invalid value: \"2things\": a DNS-1035 label"
            ),
            (
                ["spec", "names", "kind"], "My Thing",
                "spec.names.kind: Invalid value: \"My Thing\": may have mixed case"
            ),
            (
                ["spec", "names", "listKind"], "Thing",
                "spec.names.listKind: Invalid value: \"Thing\": kind and listKind may"
            ),
            (
                ["spec", "names", "shortNames"], ["T"],
                "spec.names.shortNames[0]: Invalid value: \"T\": a DNS-1035 label"
            ),
            (
                ["spec", "conversion"], ["strategy": "Webhook"],
                "spec.conversion.strategy: Unsupported value: \"Webhook\""
            ),
            (
                ["spec", "preserveUnknownFields"], true,
                "spec.preserveUnknownFields: Invalid value: true: cannot set to true"
            ),
            (
                ["spec", "group"], "apps.k8s.io",
                "metadata.annotations[api-approved.kubernetes.io]: Required value: protected"
            ),
            (
                ["spec", "group"], "example",
                "spec.group: Invalid value: \"example\": should be a domain with at least one dot"
            ),
            (
                ["metadata", "name"], "x.example.com",
                "metadata.name: Invalid value: \"x.example.com\": must be spec.names"
            ),
            (
                ["status", "storedVersions"], ["v0", "v1"],
                "status.storedVersions[0]: Invalid value: \"v0\": missing from"
            ),
            (
                ["status", "storedVersions"], ["v0"],
                "status.storedVersions: Invalid value: [\"v0\"]: must have the storage"
            ),
        ] as [([String], JSONValue, String)])
    func refusesField(path: [String], value: JSONValue, message: String) throws {
        var crd = try Self.crd(property: "{type: string}")
        crd.set(value, at: path)
        #expect(Self.errors(crd).contains { $0.hasPrefix(message) }, "\(Self.errors(crd))")
    }

    @Test func versionsAreNamedOnceAndOneIsStored() throws {
        var crd = try Self.crd(property: "{type: string}")
        let version = crd["spec"]?["versions"]?.arrayValue?.first ?? .null
        crd.set([version, version], at: ["spec", "versions"])
        #expect(
            Self.errors(crd) == [
                "spec.versions: Invalid value: [\"v1\",\"v1\"]: must contain unique version names",
                "spec.versions: Invalid value: [\"v1\",\"v1\"]: must have exactly one version marked as storage version",
            ])
    }

    @Test func namesThatTheStorageGoesByStay() throws {
        let old = try Self.crd(property: "{type: string}")
        var established = old
        CRDStatus.update(&established, taken: .init(), now: Timestamp(seconds: 0))
        var crd = old
        for (path, value) in [
            (["spec", "group"], "a.b"), (["spec", "names", "plural"], "x"), (["spec", "scope"], "Cluster"),
            (["spec", "names", "kind"], "X"),
        ] {
            crd.set(.string(value), at: path)
        }
        let always = ["spec.group", "spec.names.plural"]
        #expect(DefinitionRules.updateErrors(crd, old: old).map(\.path) == always)
        #expect(
            DefinitionRules.updateErrors(crd, old: established).map(\.path) == always + [
                "spec.scope", "spec.names.kind",
            ])
    }

    @Test func unknownKeywordsAreToldWithTheirPath() throws {
        var crd = try Self.crd(property: "{type: string, requird: true, items: {typ: x}}")
        let path = "\(Self.root).properties.spec.properties.p"
        #expect(SchemaKeywords.prune(&crd) == ["\(path).items.typ", "\(path).requird"])
        #expect(SchemaKeywords.prune(&crd).isEmpty)
    }

    @Test func deprecationNamesTheBestVersionToUseInstead() throws {
        var crd = try Self.crd(property: "{type: string}")
        func version(_ name: String, _ extra: JSONValue = [:]) -> JSONValue {
            MergeTestSupport.merge(
                ["name": .string(name), "served": true, "storage": .bool(name == "v1")], extra)
        }
        crd.set(
            .array([
                version("v1alpha1", ["deprecated": true]), version("v1beta1"), version("v1"),
                version("v1beta2", ["deprecated": true, "deprecationWarning": "go away"]),
                version("v2", ["deprecated": true]),
            ]), at: ["spec", "versions"])
        var errors: [FieldError] = []
        #expect(
            CustomResource.definitions(of: crd, errors: &errors).map(\.deprecationWarning) == [
                "example.com/v1alpha1 Thing is deprecated; use example.com/v1 Thing", nil, nil, "go away",
                "example.com/v2 Thing is deprecated",
            ])
    }
}
