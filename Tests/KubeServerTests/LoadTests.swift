import AsyncHTTPClient
import Foundation
import KubeAPI
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import KubeServer

/// Many clients at once.
@Suite struct LoadTests {
    /// 100 watchers see what 16 writers do among 10,000 objects, each of them everything and in order.
    @Test(.timeLimit(.minutes(3))) func watchersWritersAndListsAmongTenThousandObjects() async throws {
        var limits = ObjectStore.Limits()
        limits.history = .init(changes: 16_384, bytes: 64 << 20)
        try await TestStore.run(limits: limits) { test in
            let store = test.store
            try await Self.write(16) { writer in
                for index in 0..<625 { try await test.create("o\(writer)-\(index)") }
            }
            let start = store.revision
            #expect(store.list("things", ObjectFilter()).objects.count == 10_000)
            let watches = try (0..<100).map { _ in try store.watch("things", ObjectFilter(), from: .after(start)) }
            let told = Task {
                await withTaskGroup(of: (events: [ToldEvent], error: Status?).self) { group in
                    for watch in watches {
                        group.addTask { await store.follow(watch.watcher, until: start + 1600) }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            async let pages = Self.pages(store, rounds: 3)
            try await Self.write(16) { writer in
                for index in 0..<100 {
                    let key = ObjectKey(namespace: "", name: "o\(writer)-\(index)")
                    guard let old = store.get("things", key) else { continue }
                    var value = old.value
                    value["extra"] = 1
                    _ = try await store.commit(.update(value, of: old))
                }
            }
            let seen = await told.value
            #expect(seen.count == 100)
            for watch in seen {
                #expect(watch.error == nil)
                #expect(watch.events.map(\.revision) == Array((start + 1)...(start + 1600)))
            }
            #expect(seen.allSatisfy { $0.events == seen[0].events })
            #expect(try await pages == [10_000, 10_000, 10_000])
            #expect(store.list("things", ObjectFilter()).objects.count { $0.value["extra"] == 1 } == 1600)
        }
    }

    private static func write(_ writers: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers { group.addTask { try await body(writer) } }
            try await group.waitForAll()
        }
    }

    /// How many objects are on the pages of a list, taken several times while others write.
    private static func pages(_ store: ObjectStore, rounds: Int) async throws -> [Int] {
        var counts: [Int] = []
        for _ in 0..<rounds {
            var page = ListPage(limit: 500)
            var keys: Set<ObjectKey> = []
            repeat {
                let result = try store.list("things", ObjectFilter(), page)
                keys.formUnion(result.objects.map(\.key))
                page.revision = result.revision
                page.after = result.hasMore ? result.objects.last?.key : nil
                await Task.yield()
            } while page.after != nil
            counts.append(keys.count)
        }
        return counts
    }

    /// Clients that open a watch and never read it lose it; the others, and memory, do not suffer.
    @Test(.timeLimit(.minutes(2))) func watchersThatDoNotReadAreClosed() async throws {
        try await TestServer.run(adjust: {
            $0.historyLength = 50
            $0.watchBytes = 1 << 20
            $0.watchGrace = .milliseconds(100)
        }) { test in
            try await test.server.apply(crd: Widget.crdJSON)
            let stuck = try await Self.silentWatches(8, test)
            let text = JSONValue.string(String(repeating: "x", count: 100_000))
            try await test.watch(Widget.path + "?watch=1&timeoutSeconds=60") { next in
                for index in 0..<200 {
                    let name = "w\(index)"
                    let made = try await test.request(
                        "POST", Widget.path, Widget.make(name, ["handler": "x", "free": ["text": text]]))
                    #expect(made.code == 201)
                    #expect(try await next()?["object"]?.name == name)
                }
            }
            // 20 MB were told to each; all that the server and the kernel would not hold for them had to be cut.
            for channel in stuck {
                channel.setOption(.autoRead, value: true).whenFailure { Issue.record("\($0)") }
                try await channel.closeFuture.get()
            }
            try await eventually {
                test.server.store.state.withLock { $0.caches["widgets.example.com"]?.watchers.all.isEmpty == true }
            }
        }
    }

    /// Connections that ask for a watch and then read nothing.
    private static func silentWatches(_ count: Int, _ test: TestServer) async throws -> [any Channel] {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(test.identity.caCertificatePEM.utf8)))
        let context = try NIOSSLContext(configuration: tls)
        var channels: [any Channel] = []
        for _ in 0..<count {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                }
                .connect(host: "127.0.0.1", port: test.port).get()
            let request =
                "GET \(Widget.path)?watch=1&timeoutSeconds=60 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Authorization: Bearer \(test.identity.token)\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request)).get()
            try await eventually {
                let open = test.server.store.state.withLock {
                    $0.caches["widgets.example.com"]?.watchers.all.count ?? 0
                }
                return open == channels.count + 1
            }
            try await channel.setOption(.autoRead, value: false).get()
            channels.append(channel)
        }
        return channels
    }
}
