import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// What a user of kubectl meets of validation rules.
@Suite struct RuleKubectlTests {
    private static let deployment = """
        apiVersion: nest.dev/v1alpha1
        kind: SandboxDeployment
        metadata: {name: hello}
        spec:
          replicas: 1
          selector: {matchLabels: {app: hello}}
          template:
            metadata: {labels: {app: hello}}
            spec:
              runtime: nodejs
              handler: index.handler
              package: {inline: {index.js: ""}}
        """

    private static let sandbox = """
        apiVersion: nest.dev/v1alpha1
        kind: Sandbox
        metadata: {name: hello}
        spec: {runtime: nodejs, handler: index.handler, package: {inline: {index.js: ""}}}
        """

    private func apply(crds test: TestServer) async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../crds")
        for name in ["sandboxdeployments", "sandboxes", "resourcepools"] {
            let file = folder.appending(path: "nest.dev_\(name).yaml").standardized
            try await test.server.apply(crd: YAML.value(of: String(contentsOf: file, encoding: .utf8)))
        }
    }

    @Test func refusesWhatNestsRulesForbid() async throws {
        try await TestServer.run { test in
            try await apply(crds: test)
            let good = try await test.kubectl("apply", "-f", "-", input: Self.deployment)
            #expect(good.code == 0, "\(good)")
            let selector = try await test.kubectl(
                "patch", "sbd", "hello", "--type=merge", "-p",
                #"{"spec":{"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}}}}}"#)
            #expect(
                selector.error.contains(
                    #"spec.selector: Invalid value: "object": the selector is immutable: delete the object"#),
                "\(selector)")
            let surge = try await test.kubectl(
                "patch", "sbd", "hello", "--type=merge", "-p",
                #"{"spec":{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"0%"}}}}"#)
            #expect(surge.error.contains("may not be 0 when maxSurge is 0"), "\(surge)")
            let both = try await test.kubectl(
                "patch", "sbd", "hello", "--type=merge", "-p",
                #"{"spec":{"progressDeadlineSeconds":5,"minReadySeconds":5,"template":{"spec":{"package":{"url":"file:///x"}}}}}"#
            )
            #expect(both.error.contains("spec.progressDeadlineSeconds: Invalid value"), "\(both)")
            #expect(both.error.contains("give exactly one of url (with sha256) and inline"), "\(both)")
            #expect(try await test.kubectl("scale", "sbd/hello", "--replicas=3").code == 0)
            #expect(
                try await test.kubectl("get", "sbd", "hello", "-o", "jsonpath={.spec.selector.matchLabels.app}").output
                    == "hello")
        }
    }

    @Test func aSandboxIsBoundOnceAndNeverChanged() async throws {
        try await TestServer.run { test in
            try await apply(crds: test)
            #expect(try await test.kubectl("apply", "-f", "-", input: Self.sandbox).code == 0)
            func patch(_ patch: String, _ more: String...) async throws -> CommandResult {
                try await test.start(["patch", "sbx", "hello", "--type=merge", "-p", patch] + more, input: nil).finish()
            }
            #expect(try await patch(#"{"spec":{"nodeName":"a"}}"#).code == 0)
            #expect(try await patch(#"{"spec":{"nodeName":"b"}}"#).error.contains("nodeName is immutable once set"))
            #expect(try await patch(#"{"spec":{"handler":"b.c"}}"#).error.contains("a sandbox is immutable"))
            #expect(try await patch(#"{"metadata":{"labels":{"a":"b"}}}"#).code == 0)
            #expect(try await patch(#"{"status":{"phase":"Running"}}"#, "--subresource=status").code == 0)
        }
    }

    @Test func refusesADefinitionWhoseRulesAreWrong() async throws {
        try await TestServer.run { test in
            func crd(_ rule: String) throws -> String {
                var crd = try Widget.crdJSON
                var version = try #require(crd["spec"]?["versions"]?.arrayValue?.first)
                let rules: JSONValue = [["rule": .string(rule)]]
                let place = ["schema", "openAPIV3Schema", "properties", "spec", "x-kubernetes-validations"]
                version.set(rules, at: place)
                crd.set([version], at: ["spec", "versions"])
                return String(decoding: crd.serializedBytes(), as: UTF8.self)
            }
            let refused = try await test.kubectl("apply", "-f", "-", input: crd("self.replica > 0"))
            #expect(refused.code != 0)
            #expect(
                refused.error.contains(
                    "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: "
                        + "Invalid value: apiextensions.ValidationRule{Rule:\"self.replica > 0\""), "\(refused)")
            #expect(
                refused.error.contains("compilation failed: ERROR: <input>:1:5: undefined field 'replica'"),
                "\(refused)")
            let right = try await test.kubectl("apply", "-f", "-", input: crd("self.replicas > 1"))
            #expect(right.code == 0, "\(right)")
            let object = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {handler: x}"
            let widget = try await test.kubectl("apply", "-f", "-", input: object)
            #expect(
                widget.error.contains(#"spec: Invalid value: "object": failed rule: self.replicas > 1"#), "\(widget)")
        }
    }
}
