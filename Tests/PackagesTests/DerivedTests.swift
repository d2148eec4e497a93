import Glibc
import NestAPI
import Testing

@testable import Packages

/// What is made of packages and kept beside them.
@Suite struct DerivedTests {
    private static func source(_ name: String) -> PackageSource {
        PackageSource(inline: ["index.js": String(repeating: name, count: 10_000)])
    }

    private static func write(_ text: String, _ name: String, in test: TestCache) -> String {
        let path = "\(test.directory)/\(name)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(file) }
        _ = text.withCString { Glibc.write(file, $0, strlen($0)) }
        return path
    }

    @Test func itIsFoundByThePackageAndTheKindAlone() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let (a, b) = (try await test.cache.unpack(Self.source("a")), try await test.cache.unpack(Self.source("b")))
        #expect(test.cache.derived("v1", of: a.directory) == nil)
        let file = Self.write("made", "file", in: test)
        let kept = try await test.cache.addDerived("v1", of: a.directory, from: file)
        #expect(test.cache.derived("v1", of: a.directory) == kept && content(kept) == "made")
        #expect(test.cache.derived("v2", of: a.directory) == nil)
        #expect(test.cache.derived("v1", of: b.directory) == nil)
        #expect(test.cache.derived("v1", of: "/elsewhere/" + (a.directory.split(separator: "/").last ?? "")) == nil)
        var status = stat()
        #expect(stat(kept, &status) == 0 && status.st_mode & 0o777 == 0o444)
        // Who comes later changes nothing.
        let other = Self.write("forged", "other", in: test)
        #expect(try await test.cache.addDerived("v1", of: a.directory, from: other) == kept)
        #expect(content(kept) == "made" && test.leftovers.isEmpty)
    }

    @Test func whatIsNoFileIsRefused() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let package = try await test.cache.unpack(Self.source("a"))
        let file = Self.write("secret", "file", in: test)
        symlink(file, "\(test.directory)/link")
        for (path, directory) in [
            ("\(test.directory)/link", package.directory), (test.directory, package.directory),
            (Self.write("", "empty", in: test), package.directory), (file, "\(test.directory)/nowhere"),
        ] {
            await #expect(throws: PackageError.self) {
                try await test.cache.addDerived("v1", of: directory, from: path)
            }
        }
        #expect(test.cache.derived("v1", of: package.directory) == nil)
    }

    @Test func itCountsAndGoesWithItsPackage() async throws {
        var limits = PackageLimits()
        limits.cacheBytes = 30_000
        let test = try TestCache(limits)
        defer { test.remove() }
        let package = try await test.cache.unpack(Self.source("a"))
        let file = Self.write(String(repeating: "m", count: 9000), "file", in: test)
        let kept = try await test.cache.addDerived("v1", of: package.directory, from: file)
        let name = package.directory.split(separator: "/").last ?? ""
        // What was made of it was used a moment ago, the package long ago.
        let old = timespec(tv_sec: time(nil) - 2000, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, "\(test.directory)/cache/usage/\(name)", [old, old], 0) == 0)
        _ = try await test.cache.unpack(Self.source("b"))
        #expect(content(kept) == nil && content("\(package.directory)/index.js") == nil)
        #expect(test.cache.metrics.evictions == 2)
        #expect(test.trees.count == 1 && test.leftovers.isEmpty)
    }
}
