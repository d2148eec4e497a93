import KubeAPI
import Testing

@testable import KubeServer

@Suite struct QueryTests {
    private static let labels: [String: JSONValue] = ["app": "web", "tier": "1", "a.b/c": ""]

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web", true), ("app=db", false), ("app!=db", true), ("x!=y", true),
        ("app in (web,db)", true), ("app notin (web, db)", false), ("x notin (y)", true), ("app", true), ("x", false),
        ("!x", true), ("! app", false), ("tier>0", true), ("tier<1", false), ("app=web,tier=1", true),
        ("app in (web),!x,tier", true), ("a.b/c", true), ("a.b/c=", true), ("app=web,x", false),
    ])
    func labelSelectors(text: String, matches: Bool) throws {
        #expect(try LabelQuery.parse(text).matches(Self.labels) == matches)
    }

    @Test(arguments: [
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
        ("app in (a", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("app in (a b)", "unable to parse requirement: found 'b', expected: ',' or ')'"),
        ("app in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("app,", "found '', expected: identifier after ','"), ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a==(b)", "unable to parse requirement: found '(', expected: identifier"),
        (
            "tier>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an "
                + "integer"
        ),
        ("app like (a)", "unable to parse requirement: found 'like', expected: in, notin, =, ==, !=, gt, lt"),
    ])
    func badLabelSelectors(text: String, message: String) {
        let error = #expect(throws: Status.self) { try LabelQuery.parse(text) }
        #expect(error?.code == 400)
        #expect(error?.message == message)
    }

    @Test(arguments: ["-a", "a=-b", "a in (b,-c)"]) func badLabelsInSelectors(text: String) {
        let error = #expect(throws: Status.self) { try LabelQuery.parse(text) }
        #expect(error?.message.contains("Invalid value: \"-") == true)
    }

    @Test(arguments: [
        ("metadata.name=a", true), ("metadata.name!=a", false), ("spec.color=red,metadata.name=a", true),
        ("spec.color=", false), ("spec.color!=green", true), ("", true), ("spec.text=a\\,b\\=c\\\\", true),
        ("spec.text=a\\,b,metadata.name=a", false),
    ])
    func fieldSelectors(text: String, matches: Bool) throws {
        let object: JSONValue = ["metadata": ["name": "a"], "spec": ["color": "red", "text": "a,b=c\\"]]
        #expect(try FieldQuery.parse(text, fields: ["spec.color", "spec.text"]).matches(object) == matches)
    }

    @Test(arguments: ["spec.size=1", "metadata.name", "status.phase=x", "spec.color=a\\b", "spec.color=a\\"])
    func badFieldSelectors(text: String) {
        #expect(throws: Status.self) { try FieldQuery.parse(text, fields: ["spec.color"]) }
    }

    @Test(arguments: [
        (".a.b", "1"), (".list[0].n", "\"x\""), (".list[-1].n", "\"y\""), (".list[*].n", "\"x\",\"y\""),
        (".list[?(@.n==\"y\")].v", "2"), (".list[?(@.n!='y')].v", "1"), ("['a'].b", "1"), (".a['b']", "1"),
        (".none.b", ""), (".dotted\\.key", "5"),
    ])
    func jsonPaths(path: String, result: String) throws {
        let object: JSONValue = [
            "a": ["b": 1], "list": [["n": "x", "v": 1], ["n": "y", "v": 2]], "dotted.key": 5,
        ]
        let found = try #require(JSONPath(path)).values(in: object)
        #expect(found.map(\.shown).joined(separator: ",") == result)
    }

    @Test(arguments: ["a.b", ".a[", ".a[?(b==1)]", "..a", ".a[x]"])
    func badJSONPaths(path: String) { #expect(JSONPath(path) == nil) }

    @Test func queriesAreDecoded() {
        let query = Query("labelSelector=a%20in%20%28b%29&x=1%2B1&y=a+b&watch")
        #expect(query["labelSelector"] == "a in (b)")
        #expect(query["x"] == "1+1")
        #expect(query["y"] == "a b")
        #expect(query["watch"] == "")
    }

    @Test(
        arguments: [
            ("/api/v1/namespaces/default", nil, "namespaces", "default", nil),
            ("/api/v1/namespaces/default/status", nil, "namespaces", "default", "status"),
            ("/api/v1/namespaces/n/pods/p/log", "n", "pods", "p", "log"),
            ("/apis/a.b/v1/things", nil, "things", nil, nil),
            ("/apis/a.b/v1/namespaces/n/things/%6eame", "n", "things", "name", nil),
        ] as [(String, String?, String, String?, String?)])
    func targets(path: String, namespace: String?, plural: String, name: String?, subresource: String?) throws {
        guard case .resource(let target) = RequestTarget.parse(path) else {
            Issue.record("\(path) names no resource")
            return
        }
        #expect(target.namespace == namespace)
        #expect(target.plural == plural)
        #expect(target.name == name)
        #expect(target.subresource == subresource)
    }

    @Test(arguments: ["/", "/api/v2/pods", "/apis/a/v1/x/y/z/w", "/other", "/api/v1/%zz"])
    func pathsThatNameNothing(path: String) { #expect(RequestTarget.parse(path) == nil) }
}
