import Foundation
import KubeAPI
import Logging
import ServiceLifecycle
import Testing

@testable import KubeServer

/// The API over HTTP.
@Suite struct ServerTests {
    private func withWidgets(
        adjust: (inout KubeServerConfiguration) -> Void = { _ in }, _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(adjust: adjust) { test in
            try await test.server.apply(crd: Widget.crdJSON)
            try await body(test)
        }
    }

    @Test func onlyTheTokenLetsIn() async throws {
        try await TestServer.run { test in
            for path in ["/api", "/apis", "/api/v1/namespaces", "/nowhere", "/openapi/v3"] {
                let reply = try await test.request("GET", path, token: "wrong")
                #expect(reply.code == 401)
                #expect(reply.body["reason"] == "Unauthorized")
            }
            #expect(try await test.request("GET", "/healthz", token: "wrong").text == "ok")
            #expect(try await test.request("GET", "/readyz").code == 200)
        }
    }

    @Test func writesKeepTheirRules() async throws {
        try await withWidgets { test in
            let created = try await test.request("POST", Widget.path, Widget.make("a"))
            #expect(created.code == 201)
            #expect(created.body.generation == 1)
            let path = Widget.path + "/a"
            // Status is not written with the object.
            var object = created.body
            object["status"] = ["replicas": 9]
            object.set(2, at: ["spec", "replicas"])
            let updated = try await test.request("PUT", path, object)
            #expect(updated.body.generation == 2)
            #expect(updated.body["status"] == nil)
            // The version that was read is gone.
            let stale = try await test.request("PUT", path, object)
            #expect(stale.code == 409)
            #expect(stale.body["reason"] == "Conflict")
            // The status subresource writes status only, and is no new generation.
            var status = updated.body
            status["status"] = ["replicas": 9]
            status.set(7, at: ["spec", "replicas"])
            let reported = try await test.request("PUT", path + "/status", status)
            #expect(reported.body["status"]?["replicas"] == 9)
            #expect(reported.body["spec"]?["replicas"] == 2)
            #expect(reported.body.generation == 2)
            // What changes nothing is no write.
            let again = try await test.request("PUT", path, reported.body)
            #expect(again.body.resourceVersion == reported.body.resourceVersion)
            // A dry run neither.
            let dry = try await test.request(
                "PATCH", path + "?dryRun=All", ["spec": ["replicas": 50]], type: "application/merge-patch+json")
            #expect(dry.body["spec"]?["replicas"] == 50)
            #expect(try await test.request("GET", path).body["spec"]?["replicas"] == 2)
            #expect(try await test.request("POST", Widget.path, Widget.make("a")).body["reason"] == "AlreadyExists")
            let named = try await test.request(
                "POST", Widget.path,
                [
                    "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["generateName": "w-"],
                    "spec": ["handler": "x"],
                ])
            #expect(named.body.name.hasPrefix("w-") && named.body.name.count == 7)
        }
    }

    @Test func badRequestsGetClearErrors() async throws {
        try await withWidgets { test in
            let huge = JSONValue.string(String(repeating: "x", count: 3 << 20))
            let merge = "application/merge-patch+json"
            let cases: [(method: String, path: String, body: JSONValue?, type: String, code: Int)] = [
                ("POST", "", ["kind": "Widget"], "application/json", 400),
                ("POST", "", "text", "application/json", 400),
                ("POST", "", Widget.make("Bad Name"), "application/json", 422),
                ("POST", "", Widget.make("a", metadata: ["labels": ["a": "b c"]]), "application/json", 422),
                ("POST", "", Widget.make("a", metadata: ["labels": ["a": 1]]), "application/json", 400),
                ("POST", "", Widget.make("a"), "text/plain", 415),
                ("POST", "", Widget.make("a", ["handler": huge]), "application/json", 413),
                ("PATCH", "/a", [:], "application/apply-patch+yaml", 415),
                ("PATCH", "/a", [:], "application/strategic-merge-patch+json", 415),
                ("PATCH", "/a", [:], merge, 404), ("PATCH", "/a", [], merge, 400),
                ("PUT", "", nil, "", 405), ("GET", "?labelSelector=a%20b", nil, "", 400),
                ("GET", "?fieldSelector=spec.nope%3D1", nil, "", 400), ("GET", "/a/nope", nil, "", 404),
                ("GET", "/a", nil, "", 404), ("DELETE", "/a", nil, "", 404),
            ]
            for item in cases {
                let reply = try await test.request(item.method, Widget.path + item.path, item.body, type: item.type)
                #expect(reply.code == item.code, "\(item.method) \(item.path) \(reply.text.prefix(300))")
                #expect(reply.body["kind"] == "Status")
            }
            let unacceptable = try await test.request("GET", Widget.path, accept: "text/html")
            #expect(unacceptable.code == 406)
            let list = try await test.request("GET", Widget.path)
            #expect(list.body["items"] == JSONValue.array([]))
        }
    }

    @Test func watchesAreInOrderAndFiltered() async throws {
        try await withWidgets { test in
            let start =
                try await test.request("GET", Widget.path).body["metadata"]?["resourceVersion"]?.stringValue ?? ""
            for index in 0..<20 {
                _ = try await test.request(
                    "POST", Widget.path,
                    Widget.make("w\(index)", ["handler": "x", "color": index % 2 == 0 ? "red" : "green"]))
            }
            _ = try await test.request(
                "PATCH", Widget.path + "/w0", ["spec": ["color": "green"]], type: "application/merge-patch+json")
            _ = try await test.request(
                "PATCH", Widget.path + "/w1", ["spec": ["color": "red"]], type: "application/merge-patch+json")
            _ = try await test.request("DELETE", Widget.path + "/w2")
            let query = "?watch=true&resourceVersion=\(start)&fieldSelector=spec.color%3Dred&timeoutSeconds=15"
            try await test.watch(Widget.path + query) { next in
                var seen: [String] = []
                var versions: [Int64] = []
                while seen.count < 13, let event = try await next() {
                    seen.append("\(event["type"]?.stringValue ?? "") \(event["object"]?.name ?? "")")
                    versions.append(Int64(event["object"]?.resourceVersion ?? "") ?? 0)
                }
                let added = stride(from: 0, to: 20, by: 2).map { "ADDED w\($0)" }
                #expect(seen == added + ["DELETED w0", "ADDED w1", "DELETED w2"])
                #expect(versions == versions.sorted() && Set(versions).count == versions.count)
            }
        }
    }

    @Test func watchesOfWhatIsForgottenExpire() async throws {
        try await withWidgets(adjust: {
            $0.historyLength = 5; $0.bookmarkInterval = .milliseconds(20)
        }) { test in
            let start =
                try await test.request("GET", Widget.path).body["metadata"]?["resourceVersion"]?.stringValue ?? ""
            for index in 0..<8 { _ = try await test.request("POST", Widget.path, Widget.make("w\(index)")) }
            try await test.watch(Widget.path + "?watch=1&resourceVersion=\(start)") { next in
                let event = try await next()
                #expect(event?["type"] == "ERROR")
                #expect(event?["object"]?["code"] == 410)
                #expect(event?["object"]?["reason"] == "Expired")
                #expect(try await next() == nil)
            }
            try await test.watch(Widget.path + "?watch=1&resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=10")
            { next in
                for _ in 0..<8 { #expect(try await next()?["type"] == "ADDED") }
                let bookmark = try await next()
                #expect(bookmark?["type"] == "BOOKMARK")
                #expect(bookmark?["object"]?.resourceVersion == String(test.server.store.revision))
            }
        }
    }

    @Test func ownersFinalizersAndPreconditions() async throws {
        try await withWidgets { test in
            let owner = try await test.request("POST", Widget.path, Widget.make("owner")).body
            func owned(_ name: String, by uid: String) -> JSONValue {
                Widget.make(
                    name,
                    metadata: [
                        "ownerReferences": [
                            [
                                "apiVersion": "example.com/v1", "kind": "Widget", "name": "owner", "uid": .string(uid),
                                "blockOwnerDeletion": true,
                            ]
                        ]
                    ])
            }
            _ = try await test.request("POST", Widget.path, owned("child", by: owner.uid))
            _ = try await test.request("POST", Widget.path, owned("stray", by: "no-such-uid"))
            try await eventually { try await test.request("GET", Widget.path + "/stray").code == 404 }
            #expect(try await test.request("GET", Widget.path + "/child").code == 200)
            let wrong = try await test.request("DELETE", Widget.path + "/owner", ["preconditions": ["uid": "other"]])
            #expect(wrong.code == 409)
            // Foreground: the owner goes last.
            let foreground = try await test.request(
                "DELETE", Widget.path + "/owner", ["propagationPolicy": "Foreground"])
            #expect(foreground.body.finalizers == ["foregroundDeletion"])
            try await eventually { try await test.request("GET", Widget.path + "/owner").code == 404 }
            #expect(try await test.request("GET", Widget.path + "/child").code == 404)
            // Orphan: the dependent stays, without its owner.
            let second = try await test.request("POST", Widget.path, Widget.make("owner")).body
            _ = try await test.request("POST", Widget.path, owned("child", by: second.uid))
            _ = try await test.request("DELETE", Widget.path + "/owner?propagationPolicy=Orphan")
            try await eventually { try await test.request("GET", Widget.path + "/owner").code == 404 }
            #expect(try await test.request("GET", Widget.path + "/child").body.ownerUIDs.isEmpty)
            // A finalizer holds; taking it off lets go.
            let held = Widget.path + "/held"
            _ = try await test.request(
                "POST", Widget.path, Widget.make("held", metadata: ["finalizers": ["example.com/hold"]]))
            let marked = try await test.request("DELETE", held)
            #expect(marked.body.isBeingDeleted)
            #expect(try await test.request("GET", held).code == 200)
            let more = try await test.request(
                "PATCH", held, ["metadata": ["finalizers": ["example.com/hold", "example.com/b"]]],
                type: "application/merge-patch+json")
            #expect(more.code == 422)
            _ = try await test.request(
                "PATCH", held, ["metadata": ["finalizers": nil]], type: "application/merge-patch+json")
            #expect(try await test.request("GET", held).code == 404)
        }
    }

    @Test func podsThatRunAreGivenTime() async throws {
        try await TestServer.run { test in
            let pods = "/api/v1/namespaces/default/pods"
            let pod: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
                "spec": ["nodeName": "m", "containers": [["name": "a"]]],
            ]
            #expect(try await test.request("POST", pods, pod).body["status"]?["phase"] == "Pending")
            let marked = try await test.request("DELETE", pods + "/p")
            #expect(marked.body["metadata"]?["deletionGracePeriodSeconds"] == 30)
            #expect(try await test.request("GET", pods + "/p").code == 200)
            _ = try await test.request("DELETE", pods + "/p?gracePeriodSeconds=0")
            #expect(try await test.request("GET", pods + "/p").code == 404)
        }
    }

    @Test func everythingSurvivesARestart() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kubeserver-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestServer.run(directory: folder) { test in
            try await test.server.apply(crd: Widget.crdJSON)
            _ = try await test.request("POST", Widget.path, Widget.make("kept"))
        }
        try await TestServer.run(directory: folder) { test in
            let before = test.server.store.revision
            try await test.server.apply(crd: Widget.crdJSON)
            #expect(test.server.store.revision == before, "applying the same definition again is no write")
            let kept = try await test.request("GET", Widget.path + "/kept")
            #expect(kept.body["spec"]?["handler"] == "x")
            let next = try await test.request("POST", Widget.path, Widget.make("next"))
            #expect(Int64(next.body.resourceVersion ?? "") == before + 1)
            try await test.watch(Widget.path + "?watch=1&resourceVersion=1") { next in
                let event = try await next()
                #expect(event?["object"]?["code"] == 410)
            }
        }
    }

    @Test func concurrentWritesAllLand() async throws {
        try await withWidgets { test in
            _ = try await test.request("POST", Widget.path, Widget.make("shared", ["handler": "x", "env": [:]]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        let patch: JSONValue = ["spec": ["env": .object(["k\(index)": "v"])]]
                        let reply = try await test.request(
                            "PATCH", Widget.path + "/shared", patch, type: "application/merge-patch+json")
                        #expect(reply.code == 200)
                    }
                }
                try await group.waitForAll()
            }
            let object = try await test.request("GET", Widget.path + "/shared").body
            #expect(object["spec"]?["env"]?.objectValue?.count == 12)
        }
    }

    @Test func openWatchesEndWithTheServer() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kubeserver-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let identity = try ServerIdentity.loadOrCreate(directory: folder.path)
        let server = try EmbeddedAPIServer(
            configuration: KubeServerConfiguration(dataDirectory: folder.path), identity: identity,
            logger: Logger(label: "test"))
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        let port = try await server.waitUntilReady()
        let test = try TestServer(directory: folder, port: port, identity: identity, server: server)
        var began = ContinuousClock.now
        try await test.watch("/api/v1/namespaces?watch=1") { next in
            for _ in 0..<5 { _ = try await next() }
            began = .now
            await group.triggerGracefulShutdown()
            #expect(try await next() == nil)
        }
        try await test.http.shutdown()
        try await running.value
        #expect(ContinuousClock.now - began < .seconds(10))
    }
}
