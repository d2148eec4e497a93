import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// Real kubectl against the server, as a user would.
@Suite struct KubectlTests {
    private static let one = """
        apiVersion: example.com/v1
        kind: Widget
        metadata: {name: one, labels: {app: a}}
        spec: {handler: x, replicas: 2, color: red}
        """

    private func prepare(_ test: TestServer) async throws {
        let crd = try await test.kubectl("apply", "-f", "-", input: Widget.crd)
        #expect(crd.output.contains("created"), "\(crd)")
        let wait = try await test.kubectl("wait", "--for=condition=established", "crd/widgets.example.com")
        #expect(wait.code == 0, "\(wait)")
        let object = try await test.kubectl("apply", "-f", "-", input: Self.one)
        #expect(object.output == "widget.example.com/one created\n", "\(object)")
    }

    @Test func applyGetScaleLabelPatchDelete() async throws {
        try await TestServer.run { test in
            try await prepare(test)
            #expect(try await test.kubectl("apply", "-f", "-", input: Self.one).output.contains("unchanged"))
            let table = try await test.kubectl("get", "wd", "-o", "wide").output.split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            #expect(table.first == ["NAME", "REPLICAS", "READY", "COLOR", "AGE"])
            #expect(table.last?.prefix(3) == ["one", "2", "red"])
            #expect(try await test.kubectl("get", "wd", "one", "-o", "yaml").output.contains("deep: filled"))
            #expect(try await test.kubectl("get", "wd", "-l", "app=b", "-o", "name").output.isEmpty)
            #expect(
                try await test.kubectl("get", "shop", "-l", "app in (a)", "-o", "name").output
                    == "widget.example.com/one\n")
            #expect(
                try await test.kubectl("get", "wd", "--field-selector", "spec.color=red", "-o", "name").output.contains(
                    "one"))
            #expect(try await test.kubectl("scale", "wd/one", "--replicas=5").output.contains("scaled"))
            #expect(
                try await test.kubectl("scale", "wd/one", "--replicas=6", "--current-replicas=5").output.contains(
                    "scaled"))
            #expect(try await test.kubectl("label", "wd", "one", "x=y").output.contains("labeled"))
            #expect(try await test.kubectl("annotate", "wd", "one", "a=b").output.contains("annotated"))
            #expect(
                try await test.kubectl(
                    "patch", "wd", "one", "--type=json", "-p",
                    #"[{"op":"replace","path":"/spec/color","value":"green"}]"#
                ).output.contains("patched"))
            #expect(
                try await test.kubectl("patch", "wd", "one", "--type=merge", "-p", #"{"spec":{"idle":null}}"#).code == 0
            )
            let text = try await test.kubectl("get", "wd", "one", "-o", "json").output
            let object = try JSONReader.parse(Array(text.utf8))
            #expect(object["spec"]?["replicas"] == 6)
            #expect(object["spec"]?["color"] == "green")
            #expect(object["metadata"]?["labels"]?["x"] == "y")
            #expect(try await test.kubectl("replace", "-f", "-", input: text).output.contains("replaced"))
            #expect(try await test.kubectl("explain", "wd.spec.replicas").output.contains("How many."))
            #expect(try await test.kubectl("delete", "wd", "one").output.contains("deleted"))
            #expect(try await test.kubectl("get", "wd", "one").error.contains("widgets.example.com \"one\" not found"))
        }
    }

    @Test func badInputIsRefusedWithItsPath() async throws {
        try await TestServer.run { test in
            try await prepare(test)
            let unknown = Self.one.replacing("color: red", with: "colour: red, nested: {zip: 1}")
            let refusal = try await test.kubectl("apply", "-f", "-", input: unknown)
            #expect(refusal.code == 1)
            #expect(
                refusal.error.contains(
                    #"strict decoding error: unknown field "spec.colour", unknown field "spec.nested.zip""#))
            let warned = try await test.kubectl(
                "apply", "--validate=warn", "--dry-run=server", "-f", "-", input: unknown)
            #expect(warned.code == 0)
            #expect(warned.error.contains("Warning: unknown field \"spec.colour\""))
            let typed = try await test.kubectl(
                "apply", "-f", "-",
                input: Self.one.replacing("replicas: 2", with: "replicas: many").replacing("one", with: "two"))
            #expect(typed.error.contains("spec.replicas in body must be of type integer: \"string\""))
            let missing = try await test.kubectl("create", "-n", "nowhere", "-f", "-", input: Self.one)
            #expect(missing.error.contains("namespaces \"nowhere\" not found"))
            let stranger = try await test.kubectl("--token=wrong", "get", "ns")
            #expect(stranger.code != 0)
            #expect(stranger.error.contains("Unauthorized") || stranger.error.contains("must be logged in"))
        }
    }

    @Test func builtInKinds() async throws {
        try await TestServer.run { test in
            #expect(try await test.kubectl("create", "ns", "shop").output.contains("created"))
            #expect(
                try await test.kubectl("-n", "shop", "create", "secret", "generic", "s", "--from-literal=k=v").output
                    .contains("created"))
            #expect(
                try await test.kubectl("-n", "shop", "create", "configmap", "c", "--from-literal=k=v").output.contains(
                    "created"))
            #expect(
                try await test.kubectl("-n", "shop", "get", "secret", "s", "-o", "jsonpath={.data.k}").output == "dg==")
            #expect(try await test.kubectl("-n", "shop", "get", "cm", "c", "-o", "jsonpath={.data.k}").output == "v")
            let list = """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: d, namespace: shop}, data: {a: b}}
                - {apiVersion: v1, kind: Secret, metadata: {name: t, namespace: shop}, stringData: {a: b}}
                """
            let applied = try await test.kubectl("apply", "-f", "-", input: list)
            #expect(applied.output == "configmap/d created\nsecret/t created\n", "\(applied)")
            #expect(
                try await test.kubectl("-n", "shop", "get", "secret", "t", "-o", "jsonpath={.data.a}").output == "Yg==")
            let patched = try await test.kubectl("-n", "shop", "patch", "cm", "d", "-p", #"{"data":{"c":"d"}}"#)
            #expect(patched.code == 0, "\(patched)")
            #expect(try await test.kubectl("delete", "ns", "shop", "--timeout=10s").code == 0)
            #expect(try await test.kubectl("get", "ns", "shop").error.contains("not found"))
            #expect(test.server.store.list("secrets", ObjectFilter(namespace: "shop")).objects.isEmpty)
        }
    }

    @Test func describeShowsEvents() async throws {
        try await TestServer.run { test in
            try await prepare(test)
            let object = try await test.request("GET", Widget.path + "/one").body
            let now = JSONValue.string(Timestamp.now().wholeSeconds.description)
            let event: JSONValue = [
                "apiVersion": "v1", "kind": "Event", "metadata": ["name": "one.1", "namespace": "default"],
                "involvedObject": [
                    "apiVersion": "example.com/v1", "kind": "Widget", "name": "one", "namespace": "default",
                    "uid": .string(object.uid),
                ],
                "type": "Warning", "reason": "Melted", "message": "it got too hot", "count": 3,
                "firstTimestamp": now, "lastTimestamp": now, "source": ["component": "sun"],
            ]
            #expect(try await test.request("POST", "/api/v1/namespaces/default/events", event).code == 201)
            let description = try await test.kubectl("describe", "wd", "one").output
            #expect(description.contains("Melted") && description.contains("it got too hot"), "\(description)")
            let events = try await test.kubectl("get", "events").output
            #expect(events.contains("widget/one"), "\(events)")
            #expect(try await test.kubectl("events").output.contains("Melted"))
        }
    }

    @Test func waitsAndWatches() async throws {
        try await TestServer.run { test in
            try await prepare(test)
            let watch = try test.start(["get", "wd", "-w"], input: nil)
            defer { watch.terminate() }
            let condition = try test.start(["wait", "--for=condition=Ready", "wd/one", "--timeout=10s"], input: nil)
            let path = try test.start(
                ["wait", "--for=jsonpath={.status.replicas}=2", "wd/one", "--timeout=10s"], input: nil)
            let gone = try test.start(["wait", "--for=delete", "wd/one", "--timeout=10s"], input: nil)
            // The watch shows what there is first: then it is open.
            try await eventually { watch.output.contains("one") }
            let status: JSONValue = ["status": ["replicas": 2, "conditions": [["type": "Ready", "status": "True"]]]]
            let patched = try await test.request(
                "PATCH", Widget.path + "/one/status", status, type: "application/merge-patch+json")
            #expect(patched.code == 200)
            #expect(await condition.finish().code == 0)
            #expect(await path.finish().code == 0)
            try await eventually { watch.output.contains("True") }
            #expect(try await test.kubectl("delete", "wd", "one").code == 0)
            #expect(await gone.finish().code == 0)
        }
    }
}

/// Polls until `condition` holds; fails after ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        try #require(ContinuousClock.now < end, "it did not become true in time")
        try await Task.sleep(for: .milliseconds(20))
    }
}
