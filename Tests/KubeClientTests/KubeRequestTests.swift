import FoundationEssentials
import KubeAPI
import Testing

@testable import KubeClient

@Suite struct KubeRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var request: @Sendable () throws -> KubeRequest
        var line: String
        var contentType: String?
        var body: String?
    }

    private static let scope = KubeRequest.Scope(
        namespace: "n", labelSelector: "app=a,tier in (b,c)", fieldSelector: "spec.nodeName=p-1")
    private static let anything = DeleteOptions(
        uid: nil, resourceVersion: nil, gracePeriodSeconds: nil, propagation: nil)
    private static let strict = DeleteOptions(
        uid: "u", resourceVersion: "7", gracePeriodSeconds: 0, propagation: .foreground)

    static let cases: [Case] = [
        Case(
            testDescription: "get, namespaced",
            request: { try .get(Lease.resource, namespace: "n", name: "a") },
            line: "GET /apis/coordination.k8s.io/v1/namespaces/n/leases/a"),
        Case(
            testDescription: "get, cluster-scoped: the namespace does not matter",
            request: { try .get(Namespace.resource, namespace: "", name: "a") }, line: "GET /api/v1/namespaces/a"),
        Case(
            testDescription: "a name is encoded",
            request: { try .get(ConfigMap.resource, namespace: "n", name: "a:b c?d") },
            line: "GET /api/v1/namespaces/n/configmaps/a%3Ab%20c%3Fd"),
        Case(
            testDescription: "list, all namespaces", request: { try .list(Pod.resource, .init()) },
            line: "GET /api/v1/pods"),
        Case(
            testDescription: "list, selectors and page",
            request: { try .list(Pod.resource, scope, limit: 500, continue: "x/+=") },
            line: "GET /api/v1/namespaces/n/pods?labelSelector=app%3Da%2Ctier%20in%20%28b%2Cc%29"
                + "&fieldSelector=spec.nodeName%3Dp-1&limit=500&continue=x%2F%2B%3D"),
        Case(
            testDescription: "watch",
            request: { try .watch(Pod.resource, .init(), resourceVersion: "42", timeoutSeconds: 300) },
            line: "GET /api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=42&timeoutSeconds=300"),
        Case(
            testDescription: "create",
            request: { try .create(ConfigMap(metadata: ObjectMeta(name: "a", namespace: "n"), data: ["k": "v"])) },
            line: "POST /api/v1/namespaces/n/configmaps", contentType: "application/json",
            body: #"{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"n"}}"#),
        Case(
            testDescription: "update of the status",
            request: {
                var gauge = Gauge(metadata: ObjectMeta(name: "a", namespace: "n", uid: "u", labels: ["l": "1"]))
                gauge.metadata.resourceVersion = "7"
                gauge.status.value = 3
                return try .updateStatus(gauge)
            },
            line: "PUT /apis/test.dev/v1/namespaces/n/gauges/a/status", contentType: "application/json",
            body: #"{"apiVersion":"test.dev/v1","kind":"Gauge","metadata":{"name":"a","namespace":"n","#
                + #""resourceVersion":"7","uid":"u"},"status":{"value":3}}"#),
        Case(
            testDescription: "merge patch",
            request: {
                try .patch(
                    Pod.resource, namespace: "n", name: "a", subresource: nil, kind: .merge, body: ["spec": nil])
            },
            line: "PATCH /api/v1/namespaces/n/pods/a", contentType: "application/merge-patch+json",
            body: #"{"spec":null}"#),
        Case(
            testDescription: "JSON patch of a subresource",
            request: {
                try .patch(
                    Pod.resource, namespace: "n", name: "a", subresource: "scale", kind: .json,
                    body: [["op": "remove", "path": "/x"]])
            },
            line: "PATCH /api/v1/namespaces/n/pods/a/scale", contentType: "application/json-patch+json",
            body: #"[{"op":"remove","path":"/x"}]"#),
        Case(
            testDescription: "delete",
            request: { try .delete(Pod.resource, namespace: "n", name: "a", options: anything) },
            line: "DELETE /api/v1/namespaces/n/pods/a"),
        Case(
            testDescription: "delete with preconditions",
            request: { try .delete(Pod.resource, namespace: "n", name: "a", options: strict) },
            line: "DELETE /api/v1/namespaces/n/pods/a", contentType: "application/json",
            body: #"{"apiVersion":"v1","gracePeriodSeconds":0,"kind":"DeleteOptions","#
                + #""preconditions":{"resourceVersion":"7","uid":"u"},"propagationPolicy":"Foreground"}"#),
    ]

    @Test(arguments: cases)
    func saysWhatTheVerbMeans(_ expected: Case) throws {
        let request = try expected.request()
        #expect("\(request.method) \(request.target)" == expected.line)
        #expect(request.contentType == expected.contentType)
        let body = try request.body.map { String(decoding: try JSONValue(parsing: $0).serialized(), as: UTF8.self) }
        #expect(body == expected.body)
    }

    @Test(arguments: ["", ".", "..", "a/b", "a%2fb"])
    func refusesANameThatWouldChangeThePath(_ name: String) {
        #expect { try KubeRequest.get(Pod.resource, namespace: "n", name: name) } throws: { error in
            (error as? KubeClientError)?.code == .invalidRequest
        }
        #expect(throws: KubeClientError.self) { try KubeRequest.get(Pod.resource, namespace: name, name: "a") }
    }

    @Test func aWatchOutlivesItsServersTimeout() throws {
        let request = try KubeRequest.watch(Pod.resource, .init(), resourceVersion: "1", timeoutSeconds: 300)
        #expect(request.timeout == .seconds(330))
    }
}

/// An object with a spec and a status.
struct Gauge: StatusObject {
    static let resource = ResourceType(group: "test.dev", version: "v1", kind: "Gauge", plural: "gauges")
    struct Spec: Codable, Sendable, Equatable { var limit = 9 }
    struct Status: Codable, Sendable, Equatable { var value = 0 }

    var metadata: ObjectMeta
    var spec = Spec()
    var status = Status()
}
