import AsyncHTTPClient
import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import KubeServer

/// Figures, printed on demand: set `NEST_MEASURE` to run them.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["NEST_MEASURE"] != nil))
struct ThroughputTests {
    private static func figure(_ name: String, _ value: Double, _ unit: String, n: Int) {
        print("{\"name\":\"\(name)\",\"value\":\((value * 100).rounded() / 100),\"unit\":\"\(unit)\",\"n\":\(n)}")
    }

    /// An object of about 2 KB.
    private static func widget(_ name: String) -> JSONValue {
        let env = Dictionary(
            uniqueKeysWithValues: (0..<24).map {
                ("VARIABLE_\($0)", JSONValue.string("a value of some length, number \($0)"))
            })
        return Widget.make(
            name, ["handler": "x", "color": "red", "env": .object(env), "parts": [["name": "a", "size": 1]]],
            metadata: ["labels": ["app": "web", "tier": "front"], "annotations": ["note": "made to be measured"]])
    }

    private static func timed(_ writers: Int, _ count: Int, _ body: @escaping @Sendable (Int, Int) async throws -> Void)
        async throws -> Double
    {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask { for index in 0..<(count / writers) { try await body(writer, index) } }
            }
            try await group.waitForAll()
        }
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    @Test func deletions() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let (operations, store) = (test.server.operations, test.server.store)
            let definition = try #require(
                test.server.registry.snapshot.definition(group: "example.com", version: "v1", plural: "widgets"))
            let count = 10_000
            for isTogether in [false, true] {
                _ = try await Self.timed(16, count) { writer, index in
                    _ = try await operations.create(
                        definition, namespace: "default", body: Widget.make("d-\(writer)-\(index)"))
                }
                let objects = store.list(definition.storageKey, ObjectFilter()).objects
                let start = ContinuousClock.now
                if isTogether {
                    #expect(try await operations.delete(objects, of: definition).count == count)
                } else {
                    for object in objects { _ = try await operations.delete(definition, object.key) }
                }
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                Self.figure("deletions.\(isTogether ? "together" : "one-by-one")", seconds, "s", n: count)
            }
        }
    }

    @Test func writes() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let operations = test.server.operations
            let definition = try #require(
                test.server.registry.snapshot.definition(group: "example.com", version: "v1", plural: "widgets"))
            for (writers, count) in [(1, 1000), (16, 8000)] {
                let cpu = clock()
                let rate = try await Self.timed(writers, count) { writer, index in
                    let text = Self.widget("p\(writers)-\(writer)-\(index)").serializedBytes()
                    _ = try await operations.create(
                        definition, namespace: "default", body: try JSONReader.parse(text))
                }
                Self.figure("writes.inprocess.\(writers)", rate, "1/s", n: count)
                Self.figure("writes.inprocess.\(writers).cpu", Double(clock() - cpu) / Double(count), "us", n: count)
            }
            for (writers, count) in [(1, 500), (16, 6000)] {
                let cpu = clock()
                let rate = try await Self.timed(writers, count) { writer, index in
                    let reply = try await test.request(
                        "POST", Widget.path, Self.widget("h\(writers)-\(writer)-\(index)"))
                    #expect(reply.code == 201)
                }
                Self.figure("writes.https.\(writers)", rate, "1/s", n: count)
                Self.figure("writes.https.\(writers).cpu", Double(clock() - cpu) / Double(count), "us", n: count)
            }
            for (name, query) in [
                ("all", ""), ("page", "?limit=500"), ("label", "?labelSelector=app%3Ddb"),
                ("field", "?fieldSelector=spec.color%3Dgreen"),
            ] {
                let start = ContinuousClock.now
                _ = try await test.raw("GET", Widget.path + query)
                Self.figure("list.\(name)", (ContinuousClock.now - start) / .milliseconds(1), "ms", n: 1)
            }
            let get = try await Self.timed(1, 500) { _, index in
                _ = try await test.raw("GET", Widget.path + "/h16-3-\(index % 300)")
            }
            Self.figure("get.https", 1_000_000 / get, "us", n: 500)
        }
    }

    private final class Times: Sendable {
        let visible = Mutex<[Int: ContinuousClock.Instant]>([:])
    }

    /// From a change's being visible to its arrival at each of 100 watches over HTTPS.
    @Test func fanOut() async throws {
        try await TestServer.run { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let count = 400
            let times = Times()
            test.server.store.observe { changes in
                let now = ContinuousClock.now
                times.visible.withLock { visible in
                    for change in changes {
                        if let index = Int(change.object.key.name.dropFirst()) { visible[index] = now }
                    }
                }
            }
            let delays = try await withThrowingTaskGroup(of: [Double].self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        var arrivals: [(Int, ContinuousClock.Instant)] = []
                        try await test.names(Widget.path + "?watch=1&timeoutSeconds=60") { name in
                            if let index = Int(name.dropFirst()) { arrivals.append((index, .now)) }
                            return arrivals.count < count
                        }
                        return arrivals.compactMap { index, time in
                            times.visible.withLock { $0[index] }.map { (time - $0) / .milliseconds(1) }
                        }
                    }
                }
                try await eventually {
                    test.server.store.state.withLock {
                        $0.caches["widgets.example.com"]?.watchers.all.count == 100
                    }
                }
                for index in 0..<count {
                    _ = try await test.request("POST", Widget.path, Widget.make("w\(index)"))
                    try await Task.sleep(for: .milliseconds(20))
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }.sorted()
            for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1)] {
                let index = min(delays.count - 1, Int(Double(delays.count) * share))
                Self.figure("fanout.100.\(name)", delays[index], "ms", n: delays.count)
            }
        }
    }

    @Test func memory() async throws {
        try await TestStore.run { test in
            let before = try Self.pss()
            _ = try await Self.timed(16, 10_000) { writer, index in
                _ = try await test.store.commit(
                    .create(Self.widget("w\(writer)-\(index)"), resource: "widgets.example.com"))
            }
            let objects = test.store.list("widgets.example.com", ObjectFilter()).objects
            let size = objects.reduce(0) { $0 + $1.bytes.count } / objects.count
            Self.figure("memory.object.text", Double(size), "B", n: objects.count)
            Self.figure("memory.objects", try Double(Self.pss() - before) / 1024, "MiB", n: objects.count)
            // What keeping every object parsed would add.
            let lean = try Self.pss()
            let start = ContinuousClock.now
            let parsed = objects.map { $0.parsed() }
            Self.figure("parse", (ContinuousClock.now - start) / .microseconds(1) / 10_000, "us", n: parsed.count)
            Self.figure("memory.parsed", try Double(Self.pss() - lean) / 1024, "MiB", n: parsed.count)
            withExtendedLifetime(parsed) {}
        }
    }

    /// The process's proportional memory, in KiB.
    private static func pss() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}

extension TestServer {
    /// A request whose answer is read but not parsed.
    fileprivate func raw(_ method: String, _ path: String) async throws -> Int {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(identity.token)")
        let response = try await http.execute(request, timeout: .seconds(30))
        return try await response.body.collect(upTo: 256 << 20).readableBytes
    }

    /// Opens a watch and gives the names of its objects, found without parsing, until `take` returns false.
    fileprivate func names(_ path: String, _ take: (String) -> Bool) async throws {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(identity.token)")
        let response = try await http.execute(request, timeout: .seconds(120))
        var buffer: [UInt8] = []
        for try await chunk in response.body {
            buffer += Array(buffer: chunk)
            while let end = buffer.firstIndex(of: 10) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                let name = JSONText.value(at: ["object", "metadata", "name"], in: line)?.stringValue ?? ""
                if !take(name) { return }
            }
        }
    }
}
