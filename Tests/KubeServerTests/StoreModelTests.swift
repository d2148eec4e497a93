import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// Random writes, watches and lists at once, checked against a model that is simple enough to be believed.
///
/// `NEST_SEED` repeats the choices of an earlier run.
@Suite struct StoreModelTests {
    /// One committed change as the model knows it.
    private struct Fact: Sendable {
        var key: ObjectKey
        var revision: Int64
        /// The label `color`; nil: it was deleted.
        var color: String?
    }

    private struct Filter: Sendable {
        var namespace: String?
        var color: String?

        func chooses(_ key: ObjectKey, _ found: String?) -> Bool {
            found != nil && (namespace == nil || key.namespace == namespace) && (color == nil || found == color)
        }

        var filter: ObjectFilter {
            var filter = ObjectFilter(namespace: namespace)
            if let color { filter.labels.requirements = [.init(key: "color", test: .isIn([color]))] }
            return filter
        }
    }

    /// What is true at a revision.
    private static func state(_ facts: [Fact], at revision: Int64) -> [ObjectKey: (revision: Int64, color: String)] {
        var state: [ObjectKey: (revision: Int64, color: String)] = [:]
        for fact in facts where fact.revision <= revision {
            state[fact.key] = fact.color.map { (fact.revision, $0) }
        }
        return state
    }

    /// What a watch that starts behind a revision has to tell.
    private static func events(_ facts: [Fact], after revision: Int64, _ filter: Filter) -> [ToldEvent] {
        var colors = state(facts, at: revision).mapValues(\.color)
        return facts.filter { $0.revision > revision }.compactMap { fact in
            let wasIn = filter.chooses(fact.key, colors[fact.key])
            let isIn = filter.chooses(fact.key, fact.color)
            colors[fact.key] = fact.color
            guard wasIn || isIn else { return nil }
            return ToldEvent(isIn ? wasIn ? "MODIFIED" : "ADDED" : "DELETED", fact.key, fact.revision)
        }
    }

    private static let colors = ["red", "green", "blue"]
    private static let filters = [
        Filter(), Filter(namespace: "n0"), Filter(color: "red"), Filter(namespace: "n1", color: "green"),
    ]

    /// Writes at random, expecting what is there or what was there a moment ago.
    private static func write(_ store: ObjectStore, _ count: Int, seed: UInt64) async {
        var random = SeededRandom(seed: seed)
        for _ in 0..<count {
            let key = ObjectKey(namespace: "n\(random.next(below: 2))", name: "o\(random.next(below: 15))")
            let color = colors[random.next(below: colors.count)]
            let value = TestStore.object(
                key.name, .int(Int64(random.next(below: 1000))), namespace: key.namespace,
                labels: ["color": .string(color)])
            let old = store.get("things", key)
            if random.next(below: 4) == 0 { await Task.yield() }
            do throws(WriteFailure) {
                switch (old, random.next(below: 4)) {
                case (nil, _): _ = try await store.commit(.create(value, resource: "things"))
                case (let old?, 0): _ = try await store.commit(.delete(old.value, of: old))
                case (let old?, _): _ = try await store.commit(.update(value, of: old))
                }
            } catch {
                // Another writer was faster; that it does nothing then is what the model checks.
                guard case .conflict = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    @Test func watchesAndListsTellWhatHappened() async throws {
        let seed =
            ProcessInfo.processInfo.environment["NEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
        print("StoreModelTests: NEST_SEED=\(seed)")
        try await TestStore.run { test in
            let store = test.store
            let recorded = Mutex<[Fact]>([])
            store.observe { changes in
                recorded.withLock { facts in
                    facts += changes.map {
                        Fact(
                            key: $0.object.key, revision: $0.revision,
                            color: $0.isDeletion ? nil : $0.object.labels["color"]?.stringValue)
                    }
                }
            }
            let start = store.revision
            let (watches, pages) = await Self.load(store, seed: seed)
            let facts = recorded.withLock { $0 }
            let end = store.revision

            // Every write has a revision of its own, in order.
            #expect(facts.map(\.revision) == Array((start + 1)...end), "seed \(seed)")
            for watch in watches {
                #expect(watch.error == nil, "seed \(seed)")
                var wanted = Self.events(facts, after: watch.revision, watch.filter)
                if watch.isFromState {
                    wanted =
                        Self.state(facts, at: watch.revision).filter { watch.filter.chooses($0.key, $0.value.color) }
                        .sorted { $0.key < $1.key }.map { ToldEvent("ADDED", $0.key, $0.value.revision) } + wanted
                }
                #expect(watch.events == wanted, "seed \(seed), from \(watch.revision)")
                #expect(Self.replay(watch) == Self.listed(store, watch.filter), "seed \(seed), from \(watch.revision)")
            }
            for page in pages {
                let wanted = Self.state(facts, at: page.revision).mapValues(\.revision)
                #expect(page.objects == wanted, "seed \(seed), pages at \(page.revision)")
            }
            // What is durable is what is listed.
            let reopened = try ObjectStore(database: test.database)
            #expect(reopened.revision == end)
            #expect(Self.listed(reopened, Filter()) == Self.listed(store, Filter()), "seed \(seed)")
        }
    }

    private struct Watched: Sendable {
        var filter: Filter
        var revision: Int64
        var isFromState: Bool
        /// What the watch knew before its first event.
        var known: [ObjectKey: Int64]
        var events: [ToldEvent] = []
        var error: Status?
    }

    private struct Paged: Sendable {
        var revision: Int64
        var objects: [ObjectKey: Int64] = [:]
    }

    /// Four writers, and meanwhile watches and paged lists that begin at random.
    private static func load(_ store: ObjectStore, seed: UInt64) async -> ([Watched], [Paged]) {
        var random = SeededRandom(seed: seed)
        let seeds = (0..<28).map { _ in random.next() }
        let writing = Task {
            await withTaskGroup(of: Void.self) { group in
                for seed in seeds[..<4] { group.addTask { await write(store, 250, seed: seed) } }
            }
            return store.revision
        }
        async let pages = withTaskGroup(of: Paged?.self) { group in
            for seed in seeds[4..<12] { group.addTask { try? await page(store, seed: seed) } }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        let watches = await withTaskGroup(of: Watched.self) { group in
            for (index, seed) in seeds[12...].enumerated() {
                group.addTask { await watch(store, filters[index % filters.count], seed, until: writing) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return (watches, await pages)
    }

    private static func watch(
        _ store: ObjectStore, _ filter: Filter, _ seed: UInt64, until writing: Task<Int64, Never>
    ) async -> Watched {
        var random = SeededRandom(seed: seed)
        // Begin at some moment of the writing.
        let begin = Int64(random.next(below: 600))
        try? await store.waitUntil(begin, for: .seconds(20))
        var watched = Watched(filter: filter, revision: 0, isFromState: random.next(below: 2) == 0, known: [:])
        do throws(Status) {
            let opening: WatchOpening
            if watched.isFromState {
                opening = try store.watch("things", filter.filter, from: .current)
            } else {
                // Go on from a list, of now or of a moment ago.
                let past = max(1, store.revision - Int64(random.next(below: 50)))
                let list = try store.list("things", filter.filter, ListPage(revision: past))
                for object in list.objects { watched.known[object.key] = object.revision }
                opening = try store.watch("things", filter.filter, from: .after(list.revision))
            }
            watched.revision = opening.revision
            for object in opening.objects?.select(filter.filter).objects ?? [] {
                watched.events.append(ToldEvent("ADDED", object.key, object.revision))
            }
            async let told = store.follow(opening.watcher)
            _ = await writing.value
            // What has happened until now is still told.
            opening.watcher.finish(.deadline)
            watched.events += await told.events
            watched.error = await told.error
            store.endWatch(opening.watcher)
        } catch {
            watched.error = error
        }
        return watched
    }

    private static func page(_ store: ObjectStore, seed: UInt64) async throws -> Paged {
        var random = SeededRandom(seed: seed)
        try await store.waitUntil(Int64(random.next(below: 600)), for: .seconds(20))
        var page = ListPage(limit: 1 + random.next(below: 9))
        var paged = Paged(revision: store.revision)
        while true {
            let result = try store.list("things", ObjectFilter(), page)
            paged.revision = result.revision
            for object in result.objects {
                #expect(paged.objects.updateValue(object.revision, forKey: object.key) == nil)
            }
            #expect(result.objects.map(\.key) == result.objects.map(\.key).sorted())
            guard result.hasMore else { return paged }
            page.after = result.objects.last?.key
            page.revision = result.revision
            await Task.yield()
        }
    }

    /// What a client that follows the watch believes in the end.
    private static func replay(_ watched: Watched) -> [ObjectKey: Int64] {
        watched.events.reduce(into: watched.known) { state, event in
            #expect((state[event.key] != nil) == (event.type != "ADDED"), "\(event)")
            state[event.key] = event.type == "DELETED" ? nil : event.revision
        }
    }

    private static func listed(_ store: ObjectStore, _ filter: Filter) -> [ObjectKey: Int64] {
        Dictionary(uniqueKeysWithValues: store.list("things", filter.filter).objects.map { ($0.key, $0.revision) })
    }
}
