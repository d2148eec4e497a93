import KubeAPI
import TestProcesses
import Testing

/// Watches (API concepts, "Efficient detection of changes").
@Suite struct WatchTests {
    @Test func withoutAVersionItBeginsWithWhatIsThere() async throws {
        try await Cluster.run { space in
            for name in ["a", "b"] { try await space.createConfigMap(name, labels: ["mine": ""]) }
            let watch = try await space.client.watch(space.configMap(), ["labelSelector": "mine"])
            let initial = try await watch.events(2)
            #expect(initial.map(\.type) == ["ADDED", "ADDED"])
            #expect(Set(initial.map(\.object.name)) == ["a", "b"])
            let third = try await space.createConfigMap("c", labels: ["mine": ""])
            #expect(try await watch.event() == WatchedEvent(type: "ADDED", object: third))
        }
    }

    /// Every change after a version, once each, in order, with the object as it was then.
    @Test func itReplaysWhatFollowedAVersion() async throws {
        try await Cluster.run { space in
            let start = try await space.client.get(space.configMap(), ["labelSelector": "mine"]).expecting(200).version
            var written: [WatchedEvent] = []
            for number in 0..<10 {
                let made = try await space.createConfigMap("m\(number)", labels: ["mine": ""])
                written.append(WatchedEvent(type: "ADDED", object: made))
                let path = space.configMap("m\(number)")
                let changed = try await space.client.patch(path, ["data": ["a": "2"]]).expecting(200)
                written.append(WatchedEvent(type: "MODIFIED", object: changed))
                if number % 2 == 0 { _ = try await space.client.delete(path).expecting(200) }
            }
            let watch = try await space.client.watch(
                space.configMap(), ["labelSelector": "mine", "resourceVersion": start])
            let seen = try await watch.events(25)
            #expect(seen.filter { $0.type != "DELETED" } == written)
            let deleted = seen.filter { $0.type == "DELETED" }
            #expect(deleted.map(\.object.name) == ["m0", "m2", "m4", "m6", "m8"])
            // From any point of it the rest follows.
            let middle = seen[11].object.version
            let later = try await space.client.watch(
                space.configMap(), ["labelSelector": "mine", "resourceVersion": middle])
            #expect(try await later.events(13) == Array(seen[12...]))
        }
    }

    @Test func aDeletionShowsTheLastStateAndANewerVersion() async throws {
        try await Cluster.run { space in
            let made = try await space.createConfigMap("one", ["last": "state"])
            let watch = try await space.client.watch(
                space.configMap(), ["resourceVersion": made.version, "fieldSelector": "metadata.name=one"])
            try await space.client.delete(space.configMap("one")).expecting(200)
            let event = try await watch.event()
            #expect(event.type == "DELETED" && event.object["data"] == ["last": "state"])
            #expect(event.object.uid == made.uid)
            #expect(event.object.version != made.version)
            // A watch from the version of the deletion does not show it again.
            let after = try await space.client.watch(
                space.configMap(), ["resourceVersion": event.object.version, "fieldSelector": "metadata.name=one"])
            let again = try await space.createConfigMap("one")
            #expect(try await after.event() == WatchedEvent(type: "ADDED", object: again))
        }
    }

    /// To a watch with a selector an object begins when it matches and ends when it no longer does.
    @Test func aSelectorIsEnteredAndLeft() async throws {
        try await Cluster.run { space in
            let made = try await space.createConfigMap("one", labels: ["in": "no"])
            let watch = try await space.client.watch(
                space.configMap(), ["resourceVersion": made.version, "labelSelector": "in=yes"])
            let path = space.configMap("one")
            func set(_ label: String, _ data: String) async throws -> JSONValue {
                try await space.client.patch(
                    path, ["metadata": ["labels": ["in": .string(label)]], "data": ["a": .string(data)]]
                )
                .expecting(200)
            }
            _ = try await set("no", "unseen")
            let entered = try await set("yes", "2")
            let changed = try await set("yes", "3")
            let left = try await set("no", "4")
            _ = try await set("no", "unseen")
            let back = try await set("yes", "5")
            try await space.client.delete(path).expecting(200)
            let seen = try await watch.events(5)
            #expect(seen.map(\.type) == ["ADDED", "MODIFIED", "DELETED", "ADDED", "DELETED"])
            #expect(seen[0].object == entered && seen[1].object == changed && seen[3].object == back)
            #expect(seen[2].object.at("data.a") == "3", "the state that last matched")
            #expect(seen[2].object.version == left.version, "at the version at which it left")
        }
    }

    @Test func severalWatchersSeeTheSameOrder() async throws {
        try await Cluster.run { space in
            let start = try await space.client.get(space.configMap()).expecting(200).version
            let query: KeyValuePairs = ["resourceVersion": start, "labelSelector": "mine"]
            var watches: [WatchStream] = []
            for _ in 0..<5 { watches.append(try await space.client.watch(space.configMap(), query)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<5 {
                            let name = "w\(writer)-\(number)"
                            try await space.createConfigMap(name, labels: ["mine": ""])
                            try await space.client.patch(space.configMap(name), ["data": ["a": "2"]]).expecting(200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let first = try await watches[0].events(80)
            #expect(Set(first.map(\.object.version)).count == 80, "no version is given twice")
            for watch in watches.dropFirst() { #expect(try await watch.events(80) == first) }
            let late = try await space.client.watch(space.configMap(), query)
            #expect(try await late.events(80) == first, "nor does one that comes later see another")
        }
    }

    @Test func aTimeoutEndsItCleanly() async throws {
        try await Cluster.run { space in
            let made = try await space.createConfigMap("one", labels: ["mine": ""])
            let clock = ContinuousClock()
            let started = clock.now
            let watch = try await space.client.watch(
                space.configMap(), ["labelSelector": "mine", "timeoutSeconds": "1"])
            let seen = try await watch.rest().filter { $0.type != "BOOKMARK" }
            #expect(seen == [WatchedEvent(type: "ADDED", object: made)])
            #expect(clock.now - started > .milliseconds(900))
        }
    }

    /// A bookmark tells how far a watch has come, and is enough to go on from.
    @Test func bookmarksMoveOn() async throws {
        try await Cluster.run { space in
            let start = try await space.client.get(space.configMap()).expecting(200).version
            let watch = try await space.client.watch(
                space.configMap(),
                [
                    "resourceVersion": start, "allowWatchBookmarks": "true", "labelSelector": "mine",
                    "timeoutSeconds": "4",
                ])
            // Not for this watch, but the bookmark passes it.
            try await space.createConfigMap("other")
            var bookmarks: [WatchedEvent] = []
            while let event = try await watch.next() { bookmarks.append(event) }
            #expect(bookmarks.allSatisfy { $0.type == "BOOKMARK" })
            // Kubernetes sends one about two seconds before a timeout ends a watch.
            let last = try #require(bookmarks.last)
            #expect(last.object["kind"] == "ConfigMap" && last.object["apiVersion"] == "v1")
            #expect(last.object.version != start && !last.object.version.isEmpty)
            let going = try await space.client.watch(
                space.configMap(), ["resourceVersion": last.object.version, "labelSelector": "mine"])
            let made = try await space.createConfigMap("one", labels: ["mine": ""])
            #expect(try await going.event() == WatchedEvent(type: "ADDED", object: made))
        }
    }

    @Test func oneObjectIsWatchedByItsName() async throws {
        try await Cluster.run { space in
            try await space.createConfigMap("one")
            try await space.createConfigMap("two")
            let watch = try await space.client.watch(space.configMap(), ["fieldSelector": "metadata.name=two"])
            #expect(try await watch.event().object.name == "two")
            try await space.client.patch(space.configMap("one"), ["data": ["a": "2"]]).expecting(200)
            let two = try await space.client.patch(space.configMap("two"), ["data": ["a": "2"]]).expecting(200)
            #expect(try await watch.event() == WatchedEvent(type: "MODIFIED", object: two))
        }
    }

    @Test func allNamespacesAreWatchedAtOnce() async throws {
        try await Cluster.run { space in
            let label = Name.random()
            let start = try await space.client.get("/api/v1/configmaps", ["labelSelector": label]).expecting(200)
                .version
            let watch = try await space.client.watch(
                "/api/v1/configmaps", ["labelSelector": label, "resourceVersion": start])
            let made = try await space.createConfigMap("one", labels: [label: ""])
            #expect(try await watch.event() == WatchedEvent(type: "ADDED", object: made))
        }
    }

    @Test(arguments: ["nonsense", "-1"]) func aVersionThatIsNoneIsRefused(_ version: String) async throws {
        try await Cluster.run { space in
            let answer = try await space.client.get(
                space.configMap(), ["watch": "true", "resourceVersion": version, "timeoutSeconds": "1"])
            #expect([400, 422].contains(answer.code), "\(answer.code) \(answer.text)")
        }
    }

    @Test(.embeddedOnly("it keeps 16 MiB of a kind's changes, which can be filled; a cluster keeps minutes of them"))
    func whatIsForgottenIsExpired() async throws {
        let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        try await CustomKind.run(spec: open) { kind in
            for name in ["one", "two"] { try await kind.create(name) }
            let page = try await kind.client.get(kind.path(), ["limit": "1"]).expecting(200)
            let token = page.metadata["continue"]?.stringValue ?? ""
            let large = String(repeating: "x", count: 1_000_000)
            for number in 0..<18 {
                let patch: JSONValue = ["spec": ["large": .string("\(number)" + large)]]
                try await kind.client.patch(kind.path("one"), patch).expecting(200)
            }
            let watch = try await kind.client.watch(kind.path(), ["resourceVersion": page.version])
            let event = try await watch.next()
            #expect(event?.type == "ERROR" && event?.object["kind"] == "Status")
            #expect(event?.object["code"] == 410 && event?.object["reason"] == "Expired")
            #expect(try await watch.next() == nil, "and it ends")
            let exact = try await kind.client.get(
                kind.path(), ["resourceVersion": page.version, "resourceVersionMatch": "Exact"])
            expectFailure(exact, 410, "Expired")
            let next = try await kind.client.get(kind.path(), ["limit": "1", "continue": token])
            expectFailure(next, 410, "Expired")
        }
    }
}
