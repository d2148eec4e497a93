import KubeAPI
import Testing

@testable import KubeServer

/// ConfigMaps and Secrets.
@Suite struct DataRulesTests {
    @Test(
        arguments: [
            (["data": ["a b": "1"]], "data[a b]: Invalid value: \"a b\": a valid config key must consist of"),
            (["data": ["..": "1"]], "data[..]: Invalid value: \"..\": must not be '..'"),
            (["data": ["..a": "1"]], "data[..a]: Invalid value: \"..a\": must not start with '..'"),
            (
                ["data": ["a": "1"], "binaryData": ["a": "AA=="]],
                "binaryData[a]: Invalid value: \"a\": duplicate of key"
            ),
            (
                ["data": ["a": .string(String(repeating: "x", count: 1 << 20 + 1))]],
                "Too long: may not be more than 1048576 bytes"
            ),
        ] as [(JSONValue, String)])
    func configMapIsRefused(map: JSONValue, message: String) {
        let found = DataRules.configMapErrors(map, old: nil).map(\.description)
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test(
        arguments: [
            (["type": "kubernetes.io/tls", "data": ["tls.crt": "AA=="]], ["data[tls.key]: Required value"]),
            (
                ["type": "kubernetes.io/dockerconfigjson", "data": [".dockerconfigjson": "e30="]], []
            ),
            (
                ["type": "kubernetes.io/dockerconfigjson", "data": [".dockerconfigjson": "eA=="]],
                ["data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": must be valid JSON"]
            ),
            (["type": "kubernetes.io/ssh-auth", "data": [:]], ["data[ssh-privatekey]: Required value"]),
            (
                ["type": "kubernetes.io/basic-auth", "data": [:]],
                ["data[username]: Required value", "data[password]: Required value"]
            ),
            (["type": "Opaque", "data": ["a": "AA=="]], []),
        ] as [(JSONValue, [String])])
    func secretsHaveTheKeysOfTheirType(secret: JSONValue, messages: [String]) {
        #expect(DataRules.secretErrors(secret, old: nil).map(\.description) == messages)
    }

    @Test func whatIsImmutableStays() {
        let old: JSONValue = ["immutable": true, "data": ["a": "1"], "type": "Opaque"]
        var new = old
        new.setMetadata("labels", ["a": "b"])
        #expect(DataRules.configMapErrors(new, old: old).isEmpty)
        new["data"] = ["a": "2"]
        new["immutable"] = nil
        let rule = "Forbidden: field is immutable when `immutable` is set"
        #expect(
            DataRules.configMapErrors(new, old: old).map(\.description) == ["immutable: \(rule)", "data: \(rule)"])
        new["type"] = "other"
        #expect(
            DataRules.secretErrors(new, old: old).map(\.description) == [
                "type: Invalid value: \"other\": field is immutable", "immutable: \(rule)", "data: \(rule)",
            ])
    }
}

/// Owners and finalizers.
@Suite struct MetadataRulesTests {
    private static func owner(_ name: String, _ fields: JSONValue = [:]) -> JSONValue {
        MergeTestSupport.merge(
            ["apiVersion": "v1", "kind": "Pod", "name": .string(name), "uid": .string(name)], fields)
    }

    @Test(
        arguments: [
            (["ownerReferences": [owner("a"), owner("b", ["controller": true])]], []),
            (
                ["ownerReferences": [owner("a", ["uid": ""])]],
                ["metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty"]
            ),
            (
                ["ownerReferences": [owner("a", ["apiVersion": ""])]],
                ["metadata.ownerReferences[0].apiVersion: Invalid value: \"\": version must not be empty"]
            ),
            (["finalizers": ["example.com/a", "foregroundDeletion"]], []),
            (
                ["finalizers": ["orphan", "foregroundDeletion"]],
                [
                    "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and "
                        + "foregroundDeletion cannot be both set"
                ]
            ),
        ] as [(JSONValue, [String])])
    func metadata(fields: JSONValue, messages: [String]) throws {
        let object = Widget.make("w", metadata: fields)
        #expect(MetadataRules.errors(in: object, of: BuiltIns.configMaps).map(\.description) == messages)
    }

    @Test func oneControllerAtMost() {
        let owners = ["a", "b"].map { Self.owner($0, ["controller": true]) }
        let object = Widget.make("w", metadata: ["ownerReferences": .array(owners)])
        let found = MetadataRules.errors(in: object, of: BuiltIns.configMaps).map(\.description)
        #expect(found.count == 1 && found[0].hasSuffix("Found \"true\" in references for Pod/a and Pod/b"))
    }
}
