import Foundation
import NestAPI
import Testing

@testable import Packages

@Suite struct CacheTests {
    @Test func inlineFilesBecomeATree() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let source = PackageSource(inline: ["index.js": "exports.handler = 1", "lib/a.js": "2"])
        let first = try await test.cache.unpack(source)
        #expect(content("\(first.directory)/lib/a.js") == "2")
        #expect([first.directory, "\(first.directory)/lib"].map(mode) == [0o555, 0o555])
        #expect(mode("\(first.directory)/index.js") == 0o444)
        #expect(!first.wasCached)
        #expect(try await test.cache.unpack(source).wasCached)
        let error = await test.failure(PackageSource(inline: ["a": "", "a/b": ""]))
        #expect(error?.code == .unsafePath)
        #expect(test.trees.count == 1 && test.leftovers.isEmpty)
    }

    @Test func digestsCannotBeListedByOthers() throws {
        let test = try TestCache()
        defer { test.remove() }
        #expect(mode("\(test.directory)/cache") == 0o711)
        #expect(mode("\(test.directory)/cache/tmp") == 0o700)
    }

    @Test func oneFetchServesAHundred() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(FetchTests.answer)
        defer { server.stop() }
        let source = PackageSource(url: server.url("/good"), sha256: digest(FetchTests.archive))
        let cache = test.cache
        let directories = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await cache.unpack(source).directory } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(directories.count == 1)
        #expect(server.requests("/good") == 1)
    }

    @Test func aFailureIsNotRemembered() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let source = try test.source(FetchTests.archive)
        try FileManager.default.moveItem(atPath: "\(test.directory)/archive", toPath: "\(test.directory)/away")
        #expect(await test.failure(source)?.code == .notFound)
        try FileManager.default.moveItem(atPath: "\(test.directory)/away", toPath: "\(test.directory)/archive")
        #expect(await test.failure(source) == nil)
    }

    @Test func cachesOfOneDirectoryShareTrees() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let other = try TestCache.open(test.directory)
        let files = (0..<200).map { ArchiveBuilder.Entry.file("d\($0 % 7)/f\($0)") }
        let source = try test.source(ArchiveBuilder.build(.tarZstd, files))
        let cache = test.cache
        async let first = cache.unpack(source)
        async let second = other.unpack(source)
        let directories = try await [first.directory, second.directory]
        #expect(directories[0] == directories[1])
        #expect(test.trees == ["sha256-\(source.sha256 ?? "")"])
        #expect(test.leftovers.isEmpty)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: directories[0]).count == 207)
    }

    @Test func leftoversOfTheDeadAreCleared() throws {
        let test = try TestCache()
        defer { test.remove() }
        let files = FileManager.default
        let dead = "\(test.directory)/cache/tmp/dead"
        try files.createDirectory(atPath: "\(dead)/tree-1/sealed", withIntermediateDirectories: true)
        #expect(files.createFile(atPath: "\(dead)/tree-1/sealed/file", contents: nil))
        #expect(files.createFile(atPath: "\(dead).lock", contents: nil))
        chmod("\(dead)/tree-1/sealed", 0o555)
        let living = test.entries("cache/tmp").filter { !$0.hasPrefix("dead") }
        let next = try TestCache.open(test.directory)
        let now = test.entries("cache/tmp")
        #expect(!now.contains("dead") && !now.contains("dead.lock"))
        #expect(Set(living).isSubset(of: now), "what a living cache holds is not touched")
        withExtendedLifetime(next) {}
    }

    @Test func aClosedCacheLeavesNoWorkspace() throws {
        let test = try TestCache()
        defer { test.remove() }
        let before = test.entries("cache/tmp")
        _ = try TestCache.open(test.directory)
        #expect(test.entries("cache/tmp") == before)
    }

    @Test func whoeverIsCancelledStopsWaiting() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(FetchTests.answer)
        defer { server.stop() }
        let source = PackageSource(url: server.url("/silent"), sha256: digest([1]))
        let waiter = Task { await test.failure(source) }
        await server.waitForRequest("/silent")
        waiter.cancel()
        #expect(await waiter.value?.code == .cancelled)
    }
}
