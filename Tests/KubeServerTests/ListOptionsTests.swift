import Foundation
import KubeAPI
import Testing

@testable import KubeServer

@Suite struct ListOptionsTests {
    @Test(
        arguments: [
            ("", .latest, nil), ("resourceVersion=0", .latest, nil), ("limit=5", .latest, 5), ("limit=0", .latest, nil),
            ("limit=-1", .latest, nil), ("resourceVersion=7", .notOlderThan(7), nil),
            ("resourceVersion=7&limit=5", .exact(7), 5), ("resourceVersion=0&limit=5", .latest, 5),
            ("resourceVersion=7&resourceVersionMatch=Exact", .exact(7), nil),
            ("resourceVersion=7&resourceVersionMatch=NotOlderThan&limit=5", .notOlderThan(7), 5),
            ("resourceVersion=0&resourceVersionMatch=NotOlderThan", .latest, nil),
        ] as [(String, ListOptions.Version, Int?)])
    func listsAreOfTheVersionThatIsAskedFor(query: String, version: ListOptions.Version, limit: Int?) throws {
        let options = try ListOptions(Query(query), isWatch: false)
        #expect(options.version == version)
        #expect(options.limit == limit)
        #expect(options.continuation == nil)
    }

    @Test(
        arguments: [
            ("", .current), ("resourceVersion=0", .current), ("resourceVersion=7", .after(7)),
            ("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", .current),
            ("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=7", .current),
            ("sendInitialEvents=false&resourceVersionMatch=NotOlderThan", .now),
            ("sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=7", .after(7)),
        ] as [(String, ObjectStore.WatchStart)])
    func watchesBeginWhereTheyAreAskedTo(query: String, start: ObjectStore.WatchStart) throws {
        #expect(try ListOptions(Query(query), isWatch: true).watchStart == start)
    }

    private static let token = ContinueToken(last: ObjectKey(namespace: "a", name: "b"), revision: 3).text
    private static let match = "resourceVersionMatch: Forbidden: resourceVersionMatch"

    @Test(arguments: [
        (false, "resourceVersionMatch=Exact", 422, "\(match) is forbidden unless resourceVersion is provided"),
        (
            false, "resourceVersionMatch=Exact&resourceVersion=0", 422,
            "\(match) \"exact\" is forbidden for resourceVersion \"0\""
        ),
        (
            false, "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=\(token)", 422,
            "\(match) is forbidden when continue is provided"
        ),
        (
            false, "resourceVersionMatch=Newer&resourceVersion=1", 422,
            "resourceVersionMatch: Unsupported value: \"Newer\": supported values: \"Exact\", \"NotOlderThan\", \"\""
        ),
        (false, "sendInitialEvents=true", 422, "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        (
            false, "resourceVersion=abc", 400,
            "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": "
                + "invalid syntax"
        ),
        (
            false, "resourceVersion=9&continue=\(token)", 400,
            "specifying resource version is not allowed when using continue"
        ),
        (false, "limit=many", 400, "limit must be a whole number, not \"many\""),
        (
            true, "sendInitialEvents=true", 422,
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        ),
        (
            true, "resourceVersionMatch=NotOlderThan", 422,
            "\(match) is forbidden for watch unless sendInitialEvents is provided"
        ),
        (
            true, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=\(token)", 422,
            "\(match) is forbidden when continue is provided"
        ),
        (
            true, "resourceVersion=-4", 400,
            "resourceVersion: Invalid value: \"-4\": strconv.ParseUint: parsing \"-4\": invalid syntax"
        ),
    ])
    func whatMakesNoSenseIsRefused(isWatch: Bool, query: String, code: Int, message: String) {
        let error = #expect(throws: Status.self) { try ListOptions(Query(query), isWatch: isWatch) }
        let prefix = code == 422 ? "ListOptions.meta.k8s.io \"\" is invalid: " : ""
        #expect(error?.code == code)
        #expect(error?.message == prefix + message)
    }

    @Test(arguments: [("default", "a", 5), ("", "cluster", 1), ("shop", "ä.b-c", nil)] as [(String, String, Int64?)])
    func tokensSayWhatTheyWereMadeOf(namespace: String, name: String, revision: Int64?) throws {
        let token = ContinueToken(last: ObjectKey(namespace: namespace, name: name), revision: revision)
        #expect(try ContinueToken(token.text) == token)
        #expect(!token.text.contains { "+/=".contains($0) })
    }

    @Test(arguments: [
        ("%%%", "continue key is not valid"), ("bm8ganNvbg", "continue key is not valid"),
        (
            #"{"rv":1,"start":"a/b\u0000"}"#,
            "continue key is not valid: server does not recognize this encoded version "
        ),
        (
            #"{"v":"meta.k8s.io/v1","start":"a/b\u0000"}"#,
            "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)"
        ),
        (
            #"{"v":"meta.k8s.io/v1","rv":1,"start":""}"#,
            "continue key is not valid: encoded start key empty (version meta.k8s.io/v1)"
        ),
        (#"{"v":"meta.k8s.io/v1","rv":1,"start":"../b\u0000"}"#, "continue key is not valid: ../b\0"),
        (#"{"v":"meta.k8s.io/v1","rv":1,"start":"a/b/c\u0000"}"#, "continue key is not valid: a/b/c\0"),
    ])
    func tokensThatNobodyMadeAreRefused(content: String, message: String) {
        let text =
            content.hasPrefix("{")
            ? Data(content.utf8).base64EncodedString().replacing("=", with: "") : content
        let error = #expect(throws: Status.self) { try ContinueToken(text) }
        #expect(error?.code == 400)
        #expect(error?.message == "invalid continue token: \(message)")
    }
}
