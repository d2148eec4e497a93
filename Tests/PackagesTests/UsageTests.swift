import Glibc
import NestAPI
import Testing

@testable import Packages

/// What goes when there is no room, and what stays.
@Suite struct UsageTests {
    private static func source(_ name: String) -> PackageSource {
        PackageSource(inline: ["index.js": String(repeating: name, count: 10_000)])
    }

    /// Room for two packages of `source`, which take 10,000 bytes and a block each.
    private static var limits: PackageLimits {
        var limits = PackageLimits()
        limits.cacheBytes = 30_000
        return limits
    }

    /// As if the package had last been used so many seconds ago.
    private static func age(_ package: UnpackedPackage, _ seconds: Int, in test: TestCache) {
        let name = package.directory.split(separator: "/").last ?? ""
        let time = timespec(tv_sec: time(nil) - seconds, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, "\(test.directory)/cache/usage/\(name)", [time, time], 0) == 0)
    }

    private static func isThere(_ package: UnpackedPackage) -> Bool { content("\(package.directory)/index.js") != nil }

    @Test func whatWasUsedLongestAgoGoesFirst() async throws {
        let test = try TestCache(Self.limits)
        defer { test.remove() }
        let (a, b) = (try await test.cache.unpack(Self.source("a")), try await test.cache.unpack(Self.source("b")))
        Self.age(a, 2000, in: test)
        Self.age(b, 1000, in: test)
        let c = try await test.cache.unpack(Self.source("c"))
        #expect([a, b, c].map(Self.isThere) == [false, true, true])
        let metrics = test.cache.metrics
        #expect(metrics.evictions == 1 && metrics.evictedBytes == 14_096 && metrics.cachedBytes == 28_192)
        #expect(test.trees.count == 2 && test.entries("cache/usage").count == 3 && test.leftovers.isEmpty)
        #expect(try await test.cache.unpack(Self.source("a")).wasCached == false, "it is made again when it is wanted")
    }

    @Test(arguments: ["hit", "keep", "another process"]) func whatIsUsedStays(how: String) async throws {
        let test = try TestCache(Self.limits)
        defer { test.remove() }
        let (a, b) = (try await test.cache.unpack(Self.source("a")), try await test.cache.unpack(Self.source("b")))
        Self.age(a, 2000, in: test)
        Self.age(b, 1000, in: test)
        switch how {
        case "hit": #expect(try await test.cache.unpack(Self.source("a")).wasCached)
        case "keep": test.cache.keep([Self.source("a"), Self.source("unknown"), PackageSource()])
        default: try TestCache.open(test.directory).keep([Self.source("a")])
        }
        let c = try await test.cache.unpack(Self.source("c"))
        #expect([a, b, c].map(Self.isThere) == [true, false, true])
    }

    @Test func nothingGoesWhileAllIsInUse() async throws {
        let test = try TestCache(Self.limits)
        defer { test.remove() }
        var packages: [UnpackedPackage] = []
        for name in ["a", "b", "c", "d"] { packages.append(try await test.cache.unpack(Self.source(name))) }
        #expect(packages.allSatisfy(Self.isThere))
        #expect(test.cache.metrics.evictions == 0)
    }

    @Test func whatNobodyUsesCanBeDropped() async throws {
        let test = try TestCache(Self.limits)
        defer { test.remove() }
        let (a, b) = (try await test.cache.unpack(Self.source("a")), try await test.cache.unpack(Self.source("b")))
        await test.cache.dropUnused()
        #expect([a, b].map(Self.isThere) == [true, true], "both have just been used")
        Self.age(a, 2000, in: test)
        await test.cache.dropUnused()
        #expect([a, b].map(Self.isThere) == [false, true])
        #expect(test.cache.metrics.evictions == 1 && test.leftovers.isEmpty)
    }

    @Test func everyOutcomeIsCounted() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let good = try test.source(FetchTests.archive)
        _ = try await test.cache.unpack(good)
        _ = try await test.cache.unpack(good)
        _ = await test.failure(PackageSource(url: good.url, sha256: String(repeating: "0", count: 64)))
        let metrics = test.cache.metrics
        #expect([metrics.hits, metrics.misses, metrics.failures] == [1, 2, 1])
        #expect(metrics.fetchedBytes == 2 * FetchTests.archive.count && metrics.unpackedBytes == 5)
        #expect(metrics.fetchSeconds > 0 && metrics.unpackSeconds > 0)
    }
}
