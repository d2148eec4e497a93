import KubeAPI
import TestProcesses
import Testing

/// Lists, selectors, pages and versions (API concepts, "Retrieving large results sets in chunks", "Resource versions").
@Suite struct ListTests {
    @Test func aListHasTheFormOfItsKind() async throws {
        try await Cluster.run { space in
            for name in ["c", "a", "b"] { try await space.createConfigMap(name, labels: ["mine": "x"]) }
            let list = try await space.client.get(space.configMap(), ["labelSelector": "mine"]).expecting(200)
            #expect(list["kind"] == "ConfigMapList" && list["apiVersion"] == "v1")
            #expect(list.names == ["a", "b", "c"], "ordered by name")
            #expect(!list.version.isEmpty && list.metadata["continue"] == nil)
            let everywhere = try await space.client.get("/api/v1/configmaps", ["labelSelector": "mine"]).expecting(200)
            let mine = everywhere.items.filter { $0.metadata["namespace"] == .string(space.namespace) }
            #expect(mine.map(\.name) == ["a", "b", "c"])
            let none = try await space.client.get(space.configMap(), ["labelSelector": "none"]).expecting(200)
            #expect(none["items"] == [], "an empty list is a list")
            let nowhere = try await space.client.get("/api/v1/namespaces/no-such-\(space.namespace)/configmaps")
            #expect(try nowhere.expecting(200).items == [], "reading a namespace that is not there is no error")
        }
    }

    @Test(arguments: [
        ("app=a", ["one"]), ("app==a", ["one"]), ("app!=a", ["four", "three", "two"]),
        ("app in (a,b)", ["one", "two"]),
        ("app notin (a,b)", ["four", "three"]), ("tier", ["one", "three"]), ("!tier", ["four", "two"]),
        ("app=a,tier=x", ["one"]), ("app=a,!tier", []), ("app in (a, b),tier in (x)", ["one"]),
        ("", ["four", "one", "three", "two"]),
    ])
    func labelsSelect(_ selector: String, _ names: [String]) async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one", labels: ["app": "a", "tier": "x", "mine": ""])
            try await space.createConfigMap("two", labels: ["app": "b", "mine": ""])
            try await space.createConfigMap("three", labels: ["tier": "y", "mine": ""])
            try await space.createConfigMap("four", labels: ["mine": ""])
            let mine = selector.isEmpty ? "mine" : "\(selector),mine"
            let list = try await space.client.get(space.configMap(), ["labelSelector": mine]).expecting(200)
            #expect(list.names == names)
        }
    }

    @Test(arguments: ["a=b=c", "a in", "a in (b", "(", "a b", "-=x", "a=b c"])
    func aSelectorThatCannotBeReadIsRefused(_ selector: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(space.configMap(), ["labelSelector": selector])
            expectFailure(answer, 400, "BadRequest")
        }
    }

    @Test(arguments: [
        ("metadata.name=b", ["b"]), ("metadata.name!=b,metadata.name!=kube-root-ca.crt", ["a", "c"]),
        ("metadata.name==b", ["b"]), ("metadata.name=b,metadata.name=c", []),
    ])
    func fieldsSelect(_ selector: String, _ names: [String]) async throws {
        try await Cluster.run { space in
            for name in ["a", "b", "c"] { try await space.createConfigMap(name) }
            let list = try await space.client.get(space.configMap(), ["fieldSelector": selector]).expecting(200)
            #expect(list.names == names)
        }
    }

    @Test(arguments: ["data.a=1", "metadata.labels=x", "nonsense"])
    func aFieldThatCannotSelectIsRefused(_ selector: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(space.configMap(), ["fieldSelector": selector])
            expectFailure(answer, 400, "BadRequest")
        }
    }

    /// All pages together are the list as it was at one version, whatever is written meanwhile.
    @Test(arguments: [1, 7, 40, 100]) func pagesShowOneVersion(_ limit: Int) async throws {
        try await Cluster.run { space in
            let names = (0..<40).map { "m\($0 + 100)" }
            for name in names { try await space.createConfigMap(name, labels: ["mine": ""]) }
            var pages: [JSONValue] = []
            var token = ""
            repeat {
                let page = try await space.client.get(
                    space.configMap(), ["labelSelector": "mine", "limit": "\(limit)", "continue": token]
                ).expecting(200)
                pages.append(page)
                token = page.metadata["continue"]?.stringValue ?? ""
                if pages.count == 1 {
                    for name in ["m000", "m139-later", "m999"] {
                        try await space.createConfigMap(name, labels: ["mine": ""])
                    }
                    for name in ["m100", "m139"] { _ = try await space.client.delete(space.configMap(name)) }
                    try await space.client.patch(space.configMap("m138"), ["data": ["a": "later"]]).expecting(200)
                }
            } while !token.isEmpty && pages.count < 100
            #expect(pages.flatMap(\.names) == names)
            #expect(Set(pages.map(\.version)).count == 1, "each page tells the version that all show")
            #expect(pages.allSatisfy { $0.items.count <= limit })
            #expect(pages.count == (40 + limit - 1) / limit)
            #expect(pages.flatMap(\.items).allSatisfy { $0.at("data.a") == "1" })
        }
    }

    @Test func aPageSaysHowManyFollow() async throws {
        try await CustomKind.run(spec: ["type": "object"]) { kind in
            for number in 0..<5 { try await kind.create("w\(number)") }
            let page = try await kind.client.get(kind.path(), ["limit": "2"]).expecting(200)
            #expect(page.names == ["w0", "w1"] && page.metadata["remainingItemCount"] == 3)
            let token = page.metadata["continue"]?.stringValue ?? ""
            let rest = try await kind.client.get(kind.path(), ["limit": "10", "continue": token]).expecting(200)
            #expect(rest.names == ["w2", "w3", "w4"] && rest.metadata["remainingItemCount"] == nil)
            #expect(rest.metadata["continue"] == nil)
        }
    }

    @Test func aTokenThatIsNoneIsRefused() async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(space.configMap(), ["limit": "1", "continue": "nonsense"])
            expectFailure(answer, 400, "BadRequest")
        }
    }

    /// The table of API concepts, "The resourceVersion Parameter", for lists.
    @Test(arguments: [
        ("", "NotOlderThan", 422), ("", "Exact", 422), ("0", "Exact", 422), ("x", "NotOlderThan", 400),
        ("now", "Some", 422),
        ("0", "", 200), ("0", "NotOlderThan", 200), ("now", "", 200), ("now", "NotOlderThan", 200),
        ("now", "Exact", 200),
    ])
    func versionsOfListsMatch(_ version: String, _ match: String, _ code: Int) async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one", labels: ["mine": ""])
            let now = try await space.client.get(space.configMap(), ["labelSelector": "mine"]).expecting(200).version
            let answer = try await space.client.get(
                space.configMap(),
                [
                    "labelSelector": "mine", "resourceVersion": version == "now" ? now : version,
                    "resourceVersionMatch": match,
                ])
            // What is no number is a bad request to one path of Kubernetes, and invalid to the other.
            let codes = version == "x" ? [400, 422] : [code]
            #expect(codes.contains(answer.code), "\(answer.code) \(answer.text.prefix(500))")
            // A version of 0 may be answered by a cache that has not caught up.
            if code == 200, version == "now" { #expect(answer.body.names == ["one"]) }
        }
    }

    @Test func anExactVersionIsShownAsItWas() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one", labels: ["mine": ""])
            let then = try await space.client.get(space.configMap(), ["labelSelector": "mine"]).expecting(200)
            try await space.createConfigMap("two", labels: ["mine": ""])
            try await space.client.patch(space.configMap("one"), ["data": ["a": "2"]]).expecting(200)
            let exact = try await space.client.get(
                space.configMap(),
                ["labelSelector": "mine", "resourceVersion": then.version, "resourceVersionMatch": "Exact"])
            #expect(try exact.expecting(200).items == then.items)
            #expect(exact.body.version == then.version)
            let newer = try await space.client.get(
                space.configMap(),
                ["labelSelector": "mine", "resourceVersion": then.version, "resourceVersionMatch": "NotOlderThan"])
            #expect(try newer.expecting(200).names == ["one", "two"])
        }
    }

    @Test func aVersionOfTheFutureCannotBeWaitedForLong() async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(space.configMap(), ["resourceVersion": "9000000000000000"])
            expectFailure(answer, 504, "Timeout", saying: "Too large resource version")
        }
    }

    /// What is read after a write was acknowledged shows it: `get` and `list` without a version are consistent.
    @Test func readsFollowWrites() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one", labels: ["mine": ""])
            for number in 2..<20 {
                let written = try await space.client.patch(
                    space.configMap("one"), ["data": ["a": .string("\(number)")]]
                )
                .expecting(200)
                async let read = space.client.get(space.configMap("one")).expecting(200)
                async let list = space.client.get(space.configMap(), ["labelSelector": "mine"]).expecting(200)
                #expect(try await read == written)
                #expect(try await list.items.first?.version == written.version)
            }
        }
    }
}
