import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// The rules of the CustomResourceDefinitions that the project ships: what they refuse, and that they let through what is
/// right.
@Suite struct NestRuleTests {
    static func schema(_ plural: String) throws -> Schema { try #require(schemas[plural]).get() }

    private static let schemas: [String: Result<Schema, any Error>] = Dictionary(
        uniqueKeysWithValues: [
            "sandboxdeployments", "sandboxreplicasets", "sandboxes", "resourcepools", "sandboxautoscalers",
        ].map { plural in (plural, Result { try read(plural) }) })

    private static func read(_ plural: String) throws -> Schema {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../crds/nest.dev_\(plural).yaml").standardized
        let crd = try YAML.value(of: String(contentsOf: file, encoding: .utf8))
        let version = try #require(crd["spec"]?["versions"]?.arrayValue?.first)
        let json = try #require(version["schema"]?["openAPIV3Schema"])
        var errors: [FieldError] = []
        let schema = Schema.parse(json, at: "schema", errors: &errors)
        #expect(errors == [])
        return schema
    }

    private static let template: JSONValue = [
        "runtime": "nodejs", "handler": "index.handler", "package": ["inline": ["index.js": "x"]],
    ]

    /// An object that nothing is wrong with.
    static func valid(_ plural: String) -> JSONValue {
        let owner: JSONValue = [
            "selector": ["matchLabels": ["app": "a"]],
            "template": ["metadata": ["labels": ["app": "a"]], "spec": template],
        ]
        let spec: JSONValue =
            switch plural {
            case "sandboxes": template
            case "resourcepools": [:]
            case "sandboxautoscalers": ["scaleTargetRef": ["name": "a"], "maxReplicas": 5]
            default: owner
            }
        return ["metadata": ["name": "a"], "spec": spec]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let plural: String
        /// Merge patches of the valid object: what was there before, and what is wanted.
        var before: String?
        let patch: String
        /// The errors; none when it is taken.
        let errors: [String]
        var testDescription: String { "\(plural) \(before ?? "")\(patch)" }
    }

    private static func deployment(_ patch: String, _ errors: String..., before: String? = nil) -> Case {
        Case(plural: "sandboxdeployments", before: before, patch: patch, errors: errors)
    }

    private static func package(_ package: String, _ errors: String...) -> Case {
        Case(
            plural: "sandboxes", patch: #"{"spec": {"package": {"inline": null, \#(package)}}}"#, errors: errors)
    }

    private static func sandbox(_ patch: String, _ errors: String..., before: String? = nil) -> Case {
        Case(plural: "sandboxes", before: before, patch: patch, errors: errors)
    }

    private static let digest = String(repeating: "a", count: 64)

    static let deployments: [Case] = [
        deployment("{}"),
        deployment(#"{"metadata": {"name": "\#(String(repeating: "a", count: 63))"}}"#),
        deployment(
            #"{"metadata": {"name": "\#(String(repeating: "a", count: 64))"}}"#,
            "metadata.name: Too long: may not be more than 63 bytes", unchecked),
        deployment(#"{"spec": {"strategy": {"type": "Recreate"}}}"#),
        deployment(#"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}}"#),
        deployment(#"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": "0%"}}}}"#),
        deployment(#"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": "200%", "maxUnavailable": "100%"}}}}"#),
        deployment(
            #"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": -1, "maxUnavailable": -3}}}}"#,
            "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: spec.strategy.rollingUpdate.maxSurge in body should "
                + "be greater than or equal to 0",
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -3: spec.strategy.rollingUpdate.maxUnavailable in "
                + "body should be greater than or equal to 0"),
        deployment(
            #"{"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": "200%"}}}}"#,
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"200%\": "
                + "spec.strategy.rollingUpdate.maxUnavailable in body should match '^0*([0-9]{1,2}|100)%$'"),
        deployment(
            #"{"spec": {"template": {"metadata": {"labels": {"x": "a b"}}}}}"#,
            "spec.template.metadata.labels.x: Invalid value: \"a b\": spec.template.metadata.labels.x in body should match "
                + "'^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'"),
        deployment(
            #"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}}}"#,
            #"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "object": may not be 0 when maxSurge is 0, or no "#
                + "rollout could move; raise either"),
        deployment(
            #"{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}}"#,
            "spec.strategy.rollingUpdate: Forbidden: may not be given when strategy type is Recreate: leave it out"),
        deployment(
            #"{"spec": {"selector": {"matchLabels": null}}}"#,
            #"spec.selector: Invalid value: "object": an empty selector would select every sandbox; give matchLabels "#
                + "that the template's labels have"),
        deployment(
            #"{"spec": {"selector": {"matchLabels": null, "matchExpressions": [{"key": "app", "operator": "Exists"}]}}}"#
        ),
        deployment(
            #"{"spec": {"selector": {"matchLabels": {"app": "b"}}}}"#,
            #"spec.template.metadata.labels: Invalid value: "object": `selector` does not match template `labels`: give "#
                + "the template every label of matchLabels"),
        deployment(
            #"{"spec": {"template": {"metadata": null}}}"#,
            #"spec.template.metadata.labels: Invalid value: "object": `selector` does not match template `labels`: give "#
                + "the template every label of matchLabels"),
        deployment(
            #"{"spec": {"selector": {"matchLabels": {"app": "b"}}, "template": {"metadata": {"labels": {"app": "b"}}}}}"#,
            #"spec.selector: Invalid value: "object": the selector is immutable: delete the object and create it anew to "#
                + "change it", before: "{}"),
        deployment(
            #"{"spec": {"progressDeadlineSeconds": 10, "minReadySeconds": 10}}"#,
            #"spec.progressDeadlineSeconds: Invalid value: "object": must be greater than minReadySeconds, or no rollout "#
                + "could be in time"),
        deployment(#"{"spec": {"template": {"spec": {"handler": "other.handler"}}, "replicas": 3}}"#, before: "{}"),
        Case(
            plural: "sandboxreplicasets", before: "{}",
            patch:
                #"{"spec": {"selector": {"matchLabels": {"app": "b"}}, "template": {"metadata": {"labels": {"app": "b"}}}}}"#,
            errors: [
                #"spec.selector: Invalid value: "object": the selector is immutable: delete the object and create it anew "#
                    + "to change it"
            ]),
        Case(plural: "sandboxreplicasets", patch: "{}", errors: []),
    ]

    static let sandboxes: [Case] = [
        sandbox("{}"),
        package(#""url": "https://x/y.tar", "sha256": "\#(digest)""#),
        package(
            #""url": "https://x/y.tar""#,
            "spec.package.sha256: Required value: url needs the SHA-256 of the archive: sha256sum prints it"),
        package(
            #""inline": {"a": ""}, "sha256": "\#(digest)""#,
            "spec.package.sha256: Forbidden: sha256 is the digest of the archive at url; inline files take none"),
        package(
            #""sha256": null"#,
            #"spec.package: Invalid value: "object": give exactly one of url (with sha256) and inline"#),
        package(
            #""url": "https://x/y.tar", "sha256": "\#(digest)", "inline": {"a": ""}"#,
            #"spec.package: Invalid value: "object": give exactly one of url (with sha256) and inline"#),
        package(
            #""url": "ftp://x/y.tar", "sha256": "\#(digest)""#,
            #"spec.package.url: Invalid value: "ftp://x/y.tar": spec.package.url in body should match "#
                + "'^(file|http|https)://.+'"),
        // With the one byte of the valid object's file, just as much as there may be.
        package(#""inline": {"a": "\#(String(repeating: "x", count: 262_143))"}"#),
        package(
            #""inline": {"a": "\#(String(repeating: "x", count: 200_000))", "b": "\#(String(repeating: "é", count: 40_000))"}"#,
            #"spec.package.inline: Invalid value: "object": inline files may hold 256 KiB together; pack larger code into "#
                + "an archive and give its url and sha256"),
        sandbox(#"{"spec": {"env": [{"name": "A", "value": "1"}, {"name": "B"}]}}"#),
        sandbox(
            #"{"spec": {"env": [{"name": "A", "value": "1", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}}"#,
            #"spec.env[0]: Invalid value: "object": value may not be given together with valueFrom"#),
        sandbox(
            #"{"spec": {"env": [{"name": "A", "valueFrom": {}}]}}"#,
            #"spec.env[0].valueFrom: Invalid value: "object": give exactly one of secretKeyRef and configMapKeyRef"#),
        sandbox(
            #"{"spec": {"env": [{"name": "1A"}]}}"#,
            #"spec.env[0].name: Invalid value: "1A": spec.env[0].name in body should match '^[A-Za-z_][A-Za-z0-9_]*$'"#),
        sandbox(
            #"{"spec": {"env": [{"name": "A"}, {"name": "A"}]}}"#, #"spec.env[1]: Duplicate value: {"name":"A"}"#),
        sandbox(#"{"spec": {"resources": {"requests": {"cpu": "10m", "memory": "1Gi"}, "limits": {"cpu": 1}}}}"#),
        sandbox(#"{"spec": {"resources": {"requests": {"cpu": 1}, "limits": {"cpu": "1000m"}}}}"#),
        sandbox(
            #"{"spec": {"resources": {"requests": {"cpu": 2, "memory": "1Gi"}, "limits": {"cpu": "1500m", "memory": "1G"}}}}"#,
            #"spec.resources: Invalid value: "object": requests.cpu must be less than or equal to limits.cpu"#,
            #"spec.resources: Invalid value: "object": requests.memory must be less than or equal to limits.memory"#),
        sandbox(
            #"{"spec": {"layers": [{"url": "file:///x", "sha256": "A"}]}}"#,
            #"spec.layers[0].sha256: Invalid value: "A": spec.layers[0].sha256 in body should match '^[0-9a-f]{64}$'"#),
        sandbox(#"{"spec": {"readinessProbe": {"tcpSocket": {}}, "livenessProbe": {"httpGet": {}}}}"#),
        sandbox(
            #"{"spec": {"readinessProbe": {"exec": {"command": ["true"]}}}}"#,
            "spec.readinessProbe.exec: Forbidden: a sandbox may not start processes; use httpGet or tcpSocket"),
        sandbox(
            #"{"spec": {"livenessProbe": {}}}"#,
            #"spec.livenessProbe: Invalid value: "object": give exactly one of httpGet and tcpSocket"#),
        sandbox(
            #"{"spec": {"startupProbe": {"httpGet": {"path": "x"}, "tcpSocket": {}, "successThreshold": 2}}}"#,
            #"spec.startupProbe.httpGet.path: Invalid value: "x": spec.startupProbe.httpGet.path in body should match '^/'"#,
            #"spec.startupProbe.successThreshold: Invalid value: 2: spec.startupProbe.successThreshold in body should be "#
                + "less than or equal to 1",
            #"spec.startupProbe: Invalid value: "object": give exactly one of httpGet and tcpSocket"#),
        sandbox(
            #"{"spec": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "onUpdate": "x"}}}]}}"#,
            #"spec.env[0].valueFrom.secretKeyRef.onUpdate: Unsupported value: "x": supported values: "Ignore", "Restart""#,
            unchecked),
        sandbox(#"{"spec": {"nodeName": "n"}}"#, before: "{}"),
        sandbox(
            #"{"spec": {"nodeName": "n"}, "metadata": {"finalizers": ["x"]}}"#, before: #"{"spec": {"nodeName": "n"}}"#),
        sandbox(
            #"{"spec": {"nodeName": "m"}}"#,
            #"spec.nodeName: Invalid value: "object": nodeName is immutable once set: delete the sandbox, its replacement "#
                + "is scheduled anew", before: #"{"spec": {"nodeName": "n"}}"#),
        sandbox(
            #"{"spec": {"nodeName": null}}"#,
            #"spec.nodeName: Invalid value: "object": nodeName is immutable once set: delete the sandbox, its replacement "#
                + "is scheduled anew", before: #"{"spec": {"nodeName": "n"}}"#),
    ]

    private static let immutable =
        #"spec: Invalid value: "object": a sandbox is immutable but for its nodeName: change the template of its "#
        + "SandboxDeployment"

    static let changes: [Case] = [
        #""handler": "b.c""#, #""runtime": "jvm""#, #""package": {"inline": {"index.js": "y"}}"#, #""pool": "p""#,
        #""signature": "event""#, #""env": [{"name": "A"}]"#, #""resources": {"limits": {"cpu": 1}}"#,
        #""concurrency": 1"#, #""timeoutSeconds": 1"#, #""startupTimeoutSeconds": 1"#,
        #""terminationGracePeriodSeconds": 1"#, #""standby": {"idleSeconds": 1}"#,
        #""readinessProbe": {"httpGet": {"path": "/"}}"#, #""livenessProbe": {"httpGet": {"path": "/"}}"#,
        #""priority": 1"#, #""topologySpreadConstraints": [{"topologyKey": "z"}]"#, #""preemptionPolicy": "Never""#,
        #""nodeSelector": {"a": "b"}"#, #""tolerations": [{"key": "a", "operator": "Exists"}]"#,
        #""affinity": {"nodeAffinity": {}}"#,
        #""layers": [{"url": "file:///x", "sha256": "\#(digest)"}]"#,
    ].map { Case(plural: "sandboxes", before: "{}", patch: "{\"spec\": {\($0)}}", errors: [immutable]) }

    static let pools: [Case] = [
        Case(plural: "resourcepools", patch: #"{"spec": {"warmPods": 10}}"#, errors: []),
        Case(
            plural: "resourcepools", patch: #"{"spec": {"warmPods": 3, "maxPods": 2}}"#,
            errors: [
                #"spec.warmPods: Invalid value: "object": may not be more than maxPods: raise maxPods or lower this"#
            ]),
        Case(
            plural: "resourcepools", patch: #"{"spec": {"runtimes": [{"name": "a"}, {"name": "a"}]}}"#,
            errors: [#"spec.runtimes[1]: Duplicate value: {"name":"a"}"#]),
        Case(
            plural: "resourcepools", patch: #"{"spec": {"overcommit": {"cpu": 0}}}"#,
            errors: [
                "spec.overcommit.cpu: Invalid value: 0: spec.overcommit.cpu in body should be greater than or equal to 1"
            ]),
    ]

    @Test(arguments: deployments + sandboxes + changes + pools + placements + autoscalers) func judges(_ example: Case)
        throws
    {
        let schema = try Self.schema(example.plural)
        func object(_ patch: String) throws -> JSONValue {
            var object = try MergePatch.apply(JSONReader.parse(Array(patch.utf8)), to: Self.valid(example.plural))
            schema.applyDefaults(to: &object)
            return object
        }
        let (new, old) = (try object(example.patch), try example.before.map(object))
        let found = schema.validate(new, old: old)
        let errors = (found + schema.ruleErrors(in: new, old: old, after: found)).map(\.description)
        #expect(errors == example.errors)
    }

    /// A field that a later version adds has no old value: its default is not taken for a change.
    @Test func aSandboxFromBeforeAFieldCameMayBeBound() throws {
        let schema = try Self.schema("sandboxes")
        let old = Self.valid("sandboxes")
        var new = old
        schema.applyDefaults(to: &new)
        new.set("n", at: ["spec", "nodeName"])
        #expect(schema.ruleErrors(in: new, old: old, after: []) == [])
    }
}
