import FoundationEssentials
import KubeAPI
import NestTestKit
import Testing

@testable import KubeClient

@Suite struct KubeClientTests {
    @Test(arguments: [
        (
            404, #"{"kind":"Status","code":404,"reason":"NotFound","message":"no pods \"a\""}"#, "NotFound",
            #"no pods "a""#
        ),
        (409, #"{"kind":"Status","reason":"Conflict","message":"m"}"#, "Conflict", "m"),
        (502, "<html>bad\n gateway</html>\n", "Unknown", "the server answered 502: <html>bad\n gateway</html>"),
        (503, "", "ServiceUnavailable", "the server answered 503 without a message"),
        (401, "{}", "Unauthorized", "the server answered 401: {}"),
    ])
    func throwsAStatusForEveryErrorAnswer(code: Int, body: String, reason: String, message: String) async {
        let client = CannedTransport([.body(code, body)]).client()
        await #expect {
            try await client.get(Pod.self, namespace: "n", name: "a")
        } throws: { error in
            guard let status = error as? Status else { return false }
            return status.code == code && status.reason == reason && status.message == message
        }
    }

    @Test func namesTheRequestWhoseAnswerDoesNotDecode() async {
        let client = CannedTransport([.body(200, "[]")]).client()
        await #expect {
            try await client.get(Pod.self, namespace: "n", name: "a")
        } throws: { "\($0)".contains("GET https://canned/api/v1/namespaces/n/pods/a answered what is no Pod") }
    }

    private func page(_ names: [String], next: String?) -> String {
        let items = names.map { #"{"metadata":{"name":"\#($0)"}}"# }.joined(separator: ",")
        let more = next.map { #","continue":"\#($0)""# } ?? ""
        return #"{"metadata":{"resourceVersion":"7"\#(more)},"items":[\#(items)]}"#
    }

    @Test func fetchesAListInPages() async throws {
        let transport = CannedTransport([
            .body(200, page(["a", "b"], next: "x")), .body(200, page(["c"], next: "y")), .body(200, page([], next: "")),
        ])
        let list = try await transport.client().list(ConfigMap.self)
        #expect(list.items.map(\.metadata.name) == ["a", "b", "c"])
        #expect(list.metadata.resourceVersion == "7")
        #expect(transport.requests.entries.map { $0.queryValue("continue") } == [nil, "x", "y"])
        #expect(transport.requests.entries.allSatisfy { $0.queryValue("limit") == "500" })
    }

    @Test func listsAtOnceWhenAPageHasExpired() async throws {
        let transport = CannedTransport([
            .body(200, page(["a"], next: "x")), .body(410, ""), .body(200, page(["b", "c"], next: nil)),
        ])
        let list = try await transport.client().list(ConfigMap.self)
        #expect(list.items.map(\.metadata.name) == ["b", "c"])
        #expect(transport.requests.entries.last?.query == [])
    }

    @Test func writesAStatusAloneAndHearsOfTheMetadataAlone() async throws {
        let answer = #"{"kind":"PartialObjectMetadata","metadata":{"name":"a","namespace":"n","resourceVersion":"8"}}"#
        let transport = CannedTransport([.body(200, answer)])
        var gauge = Gauge(metadata: ObjectMeta(name: "a", namespace: "n"))
        gauge.status.value = 3
        let written = try await transport.client().updateStatus(gauge)
        #expect(written.metadata.resourceVersion == "8")
        #expect(written.status.value == 3)
        let accepted = transport.requests.entries.map(\.accept)
        #expect(accepted == ["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"])
    }

    @Test func readsAndWrites() async throws {
        let client = FakeAPIServer().client()
        var map = try await client.create(ConfigMap.sample("a", "1", labels: ["app": "x"]))
        #expect(map.metadata.uid == "uid-1")
        await #expect { try await client.create(ConfigMap.sample("a")) } throws: {
            ($0 as? Status)?.isAlreadyExists == true
        }

        let stale = map
        map.data = ["value": "2"]
        map = try await client.update(map)
        await #expect { try await client.update(stale) } throws: { ($0 as? Status)?.isConflict == true }

        map = try await client.patch(namespace: "default", name: "a", merge: ["data": ["value": nil, "more": "3"]])
        #expect(map.data == ["more": "3"])
        map = try await client.patch(
            namespace: "default", name: "a",
            json: [
                ["op": "test", "path": "/data/more", "value": "3"], ["op": "add", "path": "/data/x~1y", "value": "4"],
            ])
        #expect(map.data == ["more": "3", "x/y": "4"])
        #expect(try await client.get(ConfigMap.self, namespace: "default", name: "a") == map)
        #expect(try await client.list(ConfigMap.self, labelSelector: "app=x").items == [map])
        #expect(try await client.list(ConfigMap.self, labelSelector: "app!=x").items.isEmpty)

        await #expect {
            try await client.delete(ConfigMap.self, namespace: "default", name: "a", uid: "other")
        } throws: { ($0 as? Status)?.isConflict == true }
        try await client.delete(ConfigMap.self, namespace: "default", name: "a", uid: map.metadata.uid)
        await #expect {
            try await client.get(ConfigMap.self, namespace: "default", name: "a")
        } throws: { ($0 as? Status)?.isNotFound == true }
    }

    @Test func marksAnObjectWithFinalizersAndRemovesItAfterTheLast() async throws {
        let client = FakeAPIServer().client()
        var map = ConfigMap.sample("a")
        map.metadata.finalizers = ["nest.dev/test"]
        _ = try await client.create(map)
        try await client.delete(ConfigMap.self, namespace: "default", name: "a")
        map = try await client.get(namespace: "default", name: "a")
        #expect(map.metadata.deletionTimestamp != nil)
        map.metadata.finalizers = []
        _ = try await client.update(map)
        #expect(try await client.list(ConfigMap.self).items.isEmpty)
    }

    @Test func sendsRawRequests() async throws {
        let transport = CannedTransport([.body(418, "tea")])
        let (status, body) = try await transport.client().request("GET", path: "/version", query: [("a", "b c")])
        #expect(status == 418)
        #expect(body == Data("tea".utf8))
        #expect(transport.requests.entries.first?.target == "/version?a=b%20c")
    }
}
