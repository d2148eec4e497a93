import KubeAPI
import Testing

@testable import KubeServer

/// Namespaces and what is in them.
@Suite struct NamespaceTests {
    @Test func goesWithItsContentAndTellsWhatIsLeft() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let (spaces, shop) = ("/api/v1/namespaces", "/api/v1/namespaces/shop")
            let widgets = Widget.path.replacing("default", with: "shop")
            let space: JSONValue = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]]
            #expect(try await test.request("POST", spaces, space).code == 201)
            _ = try await test.request(
                "POST", widgets, Widget.make("held", metadata: ["finalizers": ["example.com/hold"]]))
            _ = try await test.request("POST", widgets, Widget.make("free"))
            _ = try await test.request(
                "POST", shop + "/configmaps", ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"]])
            let marked = try await test.request("DELETE", shop).body
            #expect(marked["status"]?["phase"] == "Terminating")
            var found: JSONValue = .null
            try await eventually {
                let reply = try await test.request("GET", shop)
                found = reply.body
                return reply.text.contains("remaining: widgets.example.com has 1 resource instances")
            }
            let messages = (found["status"]?["conditions"]?.arrayValue ?? []).filter { $0["status"] == "True" }.map {
                $0["message"]?.stringValue ?? ""
            }
            #expect(
                messages == [
                    "Some resources are remaining: widgets.example.com has 1 resource instances",
                    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
                ])
            let refused = try await test.request("POST", widgets, Widget.make("late"))
            #expect(refused.code == 403)
            #expect(refused.text.contains("because it is being terminated"))
            #expect(refused.text.contains("NamespaceTerminating"))
            _ = try await test.request(
                "PATCH", widgets + "/held", ["metadata": ["finalizers": nil]], type: "application/merge-patch+json")
            try await eventually { try await test.request("GET", shop).code == 404 }
        }
    }

    @Test func finalizersOfTheSpecHoldUntilTheyAreTakenOff() async throws {
        try await TestServer.run { test in
            let path = "/api/v1/namespaces/kept"
            var space: JSONValue = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "kept"]]
            space = try await test.request("POST", "/api/v1/namespaces", space).body
            #expect(space["spec"]?["finalizers"] == ["kubernetes"])
            space.set(["kubernetes", "example.com/mine"], at: ["spec", "finalizers"])
            let plain = try await test.request("PUT", path, space).body
            #expect(plain["spec"]?["finalizers"] == ["kubernetes"], "only finalize changes them")
            let finalized = try await test.request("PUT", path + "/finalize", space)
            #expect(finalized.body["spec"]?["finalizers"] == ["kubernetes", "example.com/mine"])
            _ = try await test.request("DELETE", path)
            try await eventually {
                try await test.request("GET", path).body["spec"]?["finalizers"] == ["example.com/mine"]
            }
            var last = try await test.request("GET", path).body
            last.set([], at: ["spec", "finalizers"])
            #expect(try await test.request("PUT", path + "/finalize", last).code == 200)
            #expect(try await test.request("GET", path).code == 404)
            #expect(try await test.request("GET", "/api/v1/namespaces/default/finalize").code == 405)
        }
    }

    @Test(arguments: ["default", "kube-system", "kube-public"]) func someMayNotGo(name: String) async throws {
        try await TestServer.run { test in
            let refused = try await test.request("DELETE", "/api/v1/namespaces/\(name)")
            #expect(refused.code == 403)
            #expect(
                refused.body["message"]
                    == .string("namespaces \"\(name)\" is forbidden: this namespace may not be deleted"))
        }
    }
}
