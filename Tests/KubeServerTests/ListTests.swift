import Foundation
import KubeAPI
import Testing

@testable import KubeServer

/// Lists and watches over HTTP, as clients ask for them.
@Suite struct ListTests {
    private static func withWidgets(
        _ count: Int, adjust: (inout KubeServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(adjust: adjust) { test in
            try await test.server.apply(crd: Widget.crdJSON)
            for index in 0..<count {
                let reply = try await test.request(
                    "POST", Widget.path,
                    Widget.make("w\(index)", ["handler": "x", "color": index % 2 == 0 ? "red" : "green"]))
                #expect(reply.code == 201)
            }
            try await body(test)
        }
    }

    private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    private static let partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"

    @Test(arguments: ["application/json", table, partial])
    func pagesAreOfOneVersion(accept: String) async throws {
        try await Self.withWidgets(7) { test in
            var names: [String] = []
            var remaining: [Int64?] = []
            var versions: Set<String> = []
            var token = ""
            repeat {
                let reply = try await test.request(
                    "GET", Widget.path + "?limit=3&continue=\(token)", accept: accept)
                #expect(reply.code == 200, "\(reply.text)")
                let objects = reply.body["items"]?.arrayValue ?? reply.body["rows"]?.arrayValue ?? []
                names += objects.map { ($0["object"] ?? $0).name }
                let metadata = reply.body["metadata"]
                versions.insert(metadata?["resourceVersion"]?.stringValue ?? "")
                remaining.append(metadata?["remainingItemCount"]?.intValue)
                token = metadata?["continue"]?.stringValue ?? ""
                // What happens between the pages is not seen in them.
                let index = names.count
                _ = try await test.request("DELETE", Widget.path + "/w\(7 - index)")
                _ = try await test.request("POST", Widget.path, Widget.make("w\(index)-new"))
                if index == 3 {
                    let patch: JSONValue = ["spec": ["color": "green"]]
                    _ = try await test.request(
                        "PATCH", Widget.path + "/w6", patch, type: "application/merge-patch+json")
                }
            } while !token.isEmpty
            #expect(names == (0..<7).map { "w\($0)" })
            #expect(remaining == [4, 1, nil])
            #expect(versions.count == 1)
        }
    }

    @Test func pagesWithASelectorAreNotCounted() async throws {
        try await Self.withWidgets(8) { test in
            let query = "?limit=3&fieldSelector=spec.color%3Dred"
            let first = try await test.request("GET", Widget.path + query).body
            #expect(first["items"]?.arrayValue?.map(\.name) == ["w0", "w2", "w4"])
            #expect(first["metadata"]?["remainingItemCount"] == nil)
            let token = try #require(first["metadata"]?["continue"]?.stringValue)
            let second = try await test.request("GET", Widget.path + query + "&continue=\(token)").body
            #expect(second["items"]?.arrayValue?.map(\.name) == ["w6"])
            #expect(second["metadata"]?["continue"] == nil)
        }
    }

    @Test func aTokenThatIsTooOldComesWithOneThatGoesOn() async throws {
        try await Self.withWidgets(5, adjust: { $0.historyLength = 4 }) { test in
            let first = try await test.request("GET", Widget.path + "?limit=2").body
            let token = try #require(first["metadata"]?["continue"]?.stringValue)
            for index in 0..<6 { _ = try await test.request("POST", Widget.path, Widget.make("x\(index)")) }
            let expired = try await test.request("GET", Widget.path + "?limit=2&continue=\(token)")
            #expect(expired.code == 410)
            #expect(expired.body["reason"] == "Expired")
            #expect(
                expired.body["message"]?.stringValue?.hasPrefix("The provided continue parameter is too old ") == true)
            let next = try #require(expired.body["metadata"]?["continue"]?.stringValue)
            let rest = try await test.request("GET", Widget.path + "?continue=\(next)").body
            #expect(rest["items"]?.arrayValue?.map(\.name) == ["w2", "w3", "w4"] + (0..<6).map { "x\($0)" })
            #expect(rest.resourceVersion == String(test.server.store.revision))
            let bad = try await test.request("GET", Widget.path + "?continue=%25")
            #expect(bad.code == 400)
            #expect(bad.body["message"] == "invalid continue token: continue key is not valid")
        }
    }

    @Test func listsAreOfTheVersionThatIsAskedFor() async throws {
        try await Self.withWidgets(
            3,
            adjust: {
                $0.freshnessPatience = .milliseconds(20)
                $0.historyLength = 4
            }
        ) { test in
            let version = try #require(
                try await test.request("GET", Widget.path + "/w1").body.resourceVersion.flatMap { Int64($0) })
            _ = try await test.request("DELETE", Widget.path + "/w0")
            func names(_ query: String) async throws -> [String] {
                let body = try await test.request("GET", Widget.path + query).body
                return (body["items"]?.arrayValue ?? []).map(\.name)
            }
            let exact = "?resourceVersionMatch=Exact&resourceVersion="
            #expect(try await names(exact + "\(version)") == ["w0", "w1"])
            #expect(try await names(exact + "\(version - 1)") == ["w0"])
            #expect(try await names("?resourceVersion=\(version)&limit=1") == ["w0"])
            #expect(try await names("?resourceVersion=\(version)") == ["w1", "w2"])
            #expect(
                try await names("?resourceVersionMatch=NotOlderThan&resourceVersion=\(version)") == ["w1", "w2"])
            for index in 0..<4 { _ = try await test.request("POST", Widget.path, Widget.make("x\(index)")) }
            let gone = try await test.request("GET", Widget.path + exact + "\(version)")
            #expect(gone.body["message"] == "The resourceVersion for the provided list is too old.")
            #expect(gone.code == 410)
            let far = test.server.store.revision + 100
            for path in [
                Widget.path + exact + "\(far)", Widget.path + "?resourceVersion=\(far)",
                Widget.path + "/w1?resourceVersion=\(far)", Widget.path + "?watch=1&resourceVersion=\(far)",
            ] {
                let reply = try await test.request("GET", path)
                #expect(reply.code == 504)
                #expect(reply.body["reason"] == "Timeout")
                #expect(reply.body["details"]?["causes"]?.arrayValue?.first?["reason"] == "ResourceVersionTooLarge")
            }
            let forbidden = try await test.request("GET", Widget.path + "?resourceVersionMatch=Exact")
            #expect(forbidden.code == 422)
        }
    }

    /// What a list waits for may come while it waits.
    @Test func aListOfTheNearFutureWaitsForIt() async throws {
        try await Self.withWidgets(1) { test in
            let next = test.server.store.revision + 1
            async let list = test.request("GET", Widget.path + "?resourceVersion=\(next)")
            _ = try await test.request("POST", Widget.path, Widget.make("new"))
            #expect(try await list.body["items"]?.arrayValue?.map(\.name) == ["new", "w0"])
        }
    }

    @Test func aStreamedListEndsWithABookmark() async throws {
        try await Self.withWidgets(3) { test in
            let query = "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=15"
            let version = test.server.store.revision
            try await test.watch(Widget.path + query + "&allowWatchBookmarks=true&resourceVersion=\(version)") { next in
                for index in 0..<3 {
                    let event = try await next()
                    #expect(event?["type"] == "ADDED" && event?["object"]?.name == "w\(index)")
                }
                let mark = try await next()
                #expect(mark?["type"] == "BOOKMARK")
                #expect(mark?["object"]?.resourceVersion == String(version))
                #expect(mark?["object"]?["metadata"]?["annotations"]?["k8s.io/initial-events-end"] == "true")
                _ = try await test.request("POST", Widget.path, Widget.make("new"))
                #expect(try await next()?["object"]?.name == "new")
            }
            let quiet = "?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=15"
            try await test.watch(Widget.path + quiet) { next in
                _ = try await test.request("DELETE", Widget.path + "/new")
                #expect(try await next()?["type"] == "DELETED")
            }
        }
    }

    @Test func watchesEndAtTheirTimeWithABookmark() async throws {
        try await Self.withWidgets(1) { test in
            try await test.watch(Widget.path + "?watch=1&timeoutSeconds=1&allowWatchBookmarks=true") { next in
                #expect(try await next()?["type"] == "ADDED")
                let mark = try await next()
                #expect(mark?["type"] == "BOOKMARK")
                #expect(mark?["object"]?.resourceVersion == String(test.server.store.revision))
                #expect(try await next() == nil)
            }
        }
    }

    /// Objects that come, move in, move out and go, for one name and for metadata only.
    @Test func watchesOfOneNameAndOfMetadata() async throws {
        try await Self.withWidgets(2) { test in
            try await test.watch(Widget.path + "/w1?watch=1&timeoutSeconds=15") { next in
                #expect(try await next()?["object"]?.name == "w1")
                _ = try await test.request("DELETE", Widget.path + "/w0")
                _ = try await test.request("DELETE", Widget.path + "/w1")
                let gone = try await next()
                #expect(gone?["type"] == "DELETED" && gone?["object"]?.name == "w1")
                #expect(gone?["object"]?["spec"]?["color"] == "green")
            }
            let select = "?watch=1&timeoutSeconds=15&fieldSelector=spec.color%3Dred"
            try await test.watch(Widget.path + select, accept: Self.partial) { next in
                let merge = "application/merge-patch+json"
                _ = try await test.request(
                    "POST", Widget.path, Widget.make("m", ["handler": "x", "color": "green"]))
                let inside = try await test.request(
                    "PATCH", Widget.path + "/m", ["spec": ["color": "red"]], type: merge)
                let outside = try await test.request(
                    "PATCH", Widget.path + "/m", ["spec": ["color": "green"]], type: merge)
                for (type, reply) in [("ADDED", inside), ("DELETED", outside)] {
                    let event = try await next()
                    #expect(event?["type"]?.stringValue == type)
                    #expect(event?["object"]?["kind"] == "PartialObjectMetadata")
                    #expect(event?["object"]?["spec"] == nil)
                    #expect(event?["object"]?.resourceVersion == reply.body.resourceVersion)
                }
            }
        }
    }
}
