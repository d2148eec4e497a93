import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// More verbs of real kubectl, each with what a user would see.
@Suite struct KubectlVerbTests {
    private static func widget(_ name: String, _ handler: String = "x") -> String {
        """
        apiVersion: example.com/v1
        kind: Widget
        metadata: {name: \(name), labels: {app: a}}
        spec: {handler: \(handler)}
        """
    }

    private func run(
        _ test: TestServer, _ words: String, input: String? = nil, says wanted: String, code: Int32 = 0,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let words = words.split(separator: " ").map(String.init)
        let result = await (try test.start(words, input: input)).finish()
        let text = result.output + result.error
        #expect(result.code == code && text.contains(wanted), "\(words): \(result)", sourceLocation: location)
    }

    @Test func changesAndTheirRecord() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            try await run(test, "apply -f -", input: Self.widget("one"), says: "widget.example.com/one created")
            try await run(test, "apply -f -", input: Self.widget("one", "yy"), says: "configured")
            try await run(test, "diff -f -", input: Self.widget("one", "zz"), says: "+  handler: zz", code: 1)
            try await run(test, "apply view-last-applied wd/one", says: "handler: yy")
            let file = test.directory.appending(path: "one.yaml").path
            try Self.widget("one", "set").write(toFile: file, atomically: true, encoding: .utf8)
            try await run(test, "apply set-last-applied -f \(file)", says: "configured")
            let editor = test.directory.appending(path: "editor").path
            try "#!/bin/sh\nsed -i 's/handler: .*/handler: edited/' \"$1\"\n".write(
                toFile: editor, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: editor)
            let edit = try test.start(["edit", "wd/one"], environment: ["EDITOR": editor])
            #expect(await edit.finish().output.contains("edited"))
            try await run(test, "get wd one -o jsonpath={.spec.handler}", says: "edited")
            try await run(test, "replace --force -f \(file)", says: "replaced")
            try await run(test, "label wd one app=b", says: "--overwrite is false", code: 1)
            try await run(test, "label wd one app=b --overwrite", says: "labeled")
            try await run(test, "annotate wd one note=1", says: "annotated")
            try await run(test, "annotate wd one note-", says: "annotated")
            try await run(test, "get wd one --show-labels", says: "app=b")
            try await run(test, "apply --server-side -f \(file)", says: "use client-side apply", code: 1)
            try await run(
                test, "patch wd one --subresource=status --type=merge -p {\"status\":{\"replicas\":3}}",
                says: "patched")
            try await run(test, "get wd one --subresource=scale -o jsonpath={.status.replicas}", says: "3")
            try await run(test, "get wd one --subresource=status -o jsonpath={.status.replicas}", says: "3")
        }
    }

    @Test func readingAndDiscovery() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            try await run(test, "cluster-info", says: "control plane is running at")
            try await run(test, "version", says: "Server Version: v1.32")
            try await run(test, "api-versions", says: "events.k8s.io/v1\nexample.com/v1\nv1\n")
            try await run(test, "api-resources --categories=shop --verbs=watch -o name", says: "widgets.example.com")
            try await run(test, "api-resources --namespaced=false -o name", says: "namespaces")
            try await run(test, "auth can-i create pods", says: "yes")
            try await run(test, "auth can-i --list", says: "*.*")
            try await run(test, "auth whoami", says: "system:masters")
            try await run(test, "get wd --as=bob", says: "impersonation (--as) is not supported", code: 1)
            try await run(test, "explain wd --recursive", says: "deep\t<string>")
            try await run(test, "explain wd.spec.replicas --api-version=example.com/v1", says: "How many.")
            try await run(test, "explain wd.spec --output=plaintext-openapiv2", says: "replicas\t<integer>")
            try await run(test, "explain pods.spec.containers", says: "image\t<string>")
            try await run(test, "explain events.regarding --api-version=events.k8s.io/v1", says: "fieldPath")
            for name in ["b", "a"] { _ = try await test.request("POST", Widget.path, Widget.make(name)) }
            try await run(
                test, "get wd --sort-by=.metadata.name -o name --chunk-size=1",
                says: "widget.example.com/a\nwidget.example.com/b\n")
            try await run(test, "get shop -A -o custom-columns=N:.metadata.name --no-headers", says: "a\nb\n")
            try await run(test, "get wd --field-selector metadata.name=a -o name", says: "widget.example.com/a")
            try await run(
                test, "get wd --field-selector spec.nope=a", says: "field label not supported: spec.nope", code: 1)
            try await run(test, "get all", says: "No resources found")
            try await run(test, "create token default", says: "issues no tokens", code: 1)
            try await run(test, "create service clusterip x --tcp=1", says: "does not allow this method", code: 1)
        }
    }

    @Test func kindsOfDataAndDeletion() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let binary = test.directory.appending(path: "b.bin").path
            try Data([0xFF, 0]).write(to: URL(filePath: binary))
            let pki = test.directory.appending(path: "pki").path
            try await run(test, "create configmap c --from-file=\(binary) --from-literal=k=v", says: "created")
            try await run(test, "get cm c -o jsonpath={.binaryData}", says: "{\"b.bin\":\"/wA=\"}")
            try await run(
                test, "create secret tls t --cert=\(pki)/apiserver.crt --key=\(pki)/apiserver.key", says: "created")
            try await run(
                test, "create secret docker-registry d --docker-server=a --docker-username=b --docker-password=c",
                says: "created")
            try await run(test, "get secret", says: "kubernetes.io/tls")
            try await run(test, "create serviceaccount sa", says: "created")
            try await run(test, "patch cm c -p {\"immutable\":true}", says: "patched")
            try await run(
                test, "patch cm c -p {\"data\":{\"k\":\"w\"}}", says: "data: Forbidden: field is immutable", code: 1)
            let list = """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: l}, dat: {a: b}}
                """
            try await run(test, "create -f -", input: list, says: "unknown field \"dat\"", code: 1)
            for name in ["a", "b", "c"] { _ = try await test.request("POST", Widget.path, Widget.make(name)) }
            try await run(test, "delete wd a --dry-run=server", says: "server dry run")
            try await run(test, "delete wd a --cascade=foreground", says: "deleted")
            try await run(test, "delete wd b --cascade=orphan --force --grace-period=0", says: "force deleted")
            try await run(test, "delete wd --all", says: "\"c\" deleted")
            try await run(test, "delete secret -l nothing=here", says: "No resources found")
            let late = try test.start(["wait", "--for=create", "wd/late", "--timeout=20s"])
            try await run(test, "create -f -", input: Self.widget("late"), says: "created")
            #expect(await late.finish().code == 0)
            try await run(test, "wait --for=delete wd/late --timeout=500ms", says: "timed out", code: 1)
        }
    }

    @Test func logsOfPods() async throws {
        let asked = Recorder()
        try await TestServer.run(adjust: { configuration in
            configuration.podLogs = { query in
                asked.add(query)
                return { isWanted, send in
                    try await send(Array("one\n".utf8))
                    guard query.follows else { return }
                    try await send(Array("two\n".utf8))
                    while isWanted() { try await Task.sleep(for: .milliseconds(10)) }
                    asked.end()
                }
            }
        }) { test in
            let pod: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
                "spec": ["nodeName": "m", "containers": [["name": "sidecar"], ["name": "app"]]],
                "status": ["phase": "Running"],
            ]
            #expect(try await test.request("POST", "/api/v1/namespaces/default/pods", pod).code == 201)
            try await run(test, "logs p -c app --tail=5 --since=1h --timestamps --limit-bytes=9", says: "one\n")
            let query = try #require(asked.queries.last)
            #expect(query.container == "app" && query.tailLines == 5 && query.limitBytes == 9 && query.showsTimes)
            #expect(abs(Timestamp.now().seconds(since: try #require(query.since)) - 3600) < 60)
            try await run(test, "logs p -c nope", says: "nope", code: 1)
            let path = "/api/v1/namespaces/default/pods/p/log"
            for (parameters, message) in [
                ("", "a container name must be specified for pod p, choose one of: [sidecar app]"),
                ("?container=x", "container x is not valid for pod p"),
                ("?container=app&tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"),
                ("?container=app&sinceTime=x", "sinceTime: Invalid value"),
                ("?container=app&sinceTime=x&sinceSeconds=1", "at most one of `sinceTime` or `sinceSeconds`"),
            ] {
                #expect(try await test.request("GET", path + parameters).text.contains(message), "\(parameters)")
            }
            let follow = try test.start(["logs", "p", "-c", "sidecar", "-f"])
            try await eventually { follow.output == "one\ntwo\n" }
            #expect(!asked.hasEnded)
            follow.terminate()
            try await eventually { asked.hasEnded }
            // The server does not wait for who still follows.
            let open = try test.start(["logs", "p", "-c", "sidecar", "-f"])
            try await eventually { open.output == "one\ntwo\n" }
        }
    }

    private final class Recorder: @unchecked Sendable {
        // Unchecked: guarded by the lock.
        private let lock = NSLock()
        private var seen: [PodLogQuery] = []
        private var ended = false

        var queries: [PodLogQuery] { lock.withLock { seen } }
        var hasEnded: Bool { lock.withLock { ended } }
        func add(_ query: PodLogQuery) { lock.withLock { seen.append(query) } }
        func end() { lock.withLock { ended = true } }
    }
}
