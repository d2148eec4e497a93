import Foundation
import Glibc
import NestAPI
import Testing

@testable import Packages

/// Archives that are unpacked while they come.
@Suite struct StreamTests {
    @Test(
        arguments: [
            ([0..<5, 5..<9], [0..<9]),
            ([5..<9, 0..<4], [0..<4, 5..<9]),
            ([5..<9, 0..<4, 4..<5], [0..<9]),
            ([10..<20, 30..<40, 5..<35], [5..<40]),
            ([1..<2, 1..<2, 3..<3], [1..<2]),
        ] as [([Range<Int64>], [Range<Int64>])]) func extentsMerge(inserted: [Range<Int64>], merged: [Range<Int64>])
    {
        var extents = Extents()
        for range in inserted { extents.insert(range) }
        #expect(extents.ranges == merged)
    }

    @Test func extentsGiveWhatGoesOn() {
        var extents = Extents()
        for range in [10..<20, 20..<30, 40..<50] as [Range<Int64>] { extents.insert(range) }
        #expect(extents.take(from: 5) == 5)
        #expect(extents.take(from: 10) == 30)
        #expect(extents.take(from: 45) == 50)
        #expect(extents.ranges == [])
    }

    @Test(arguments: [(ArchiveBuilder.Format.tar, 1), (.tarZstd, 1), (.zip, 0)])
    func onlyWhatNeedsNotItsEndIsUnpackedEarly(format: ArchiveBuilder.Format, streamed: Int) async throws {
        let test = try TestCache()
        defer { test.remove() }
        let archive = try ArchiveBuilder.build(format, [.file("a/b.js", "hello"), .file("c.sh", "x", mode: 0o755)])
        let server = try LoopbackServer(answering: { _ in .ok(archive) })
        defer { server.stop() }
        let package = try await test.cache.unpack(PackageSource(url: server.url("/a"), sha256: digest(archive)))
        #expect(content(package.directory + "/a/b.js") == "hello")
        #expect(mode(package.directory + "/c.sh") == 0o555)
        #expect(test.cache.metrics.streamed == streamed)
        #expect(test.leftovers == [])
    }

    /// The first file is written before the last byte has come, apart, and is seen by nobody.
    @Test func unpacksWhatIsThere() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let first = String(repeating: "a", count: 1 << 20)
        let archive = try ArchiveBuilder.build(.tar, [.file("first", first), .file("last", "z")])
        let file = try test.cache.cache.makeNamelessFile()
        let stream = ArchiveStream()
        let cache = test.cache
        let unpacking = Task.detached { try? cache.unpack(stream, as: "sha256-test", flag: CancellationFlag()) }
        // The last file's byte and the end of the archive are not there yet.
        let half = archive.count - 1536
        try archive.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[..<half]), at: 0) }
        stream.begin(file)
        stream.advance(to: Int64(half))
        for _ in 0..<5000 where !written(test, "first", size: first.utf8.count) {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(written(test, "first", size: first.utf8.count))
        #expect(test.trees == [])
        try archive.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[half...]), at: Int64(half)) }
        stream.advance(to: Int64(archive.count))
        stream.end()
        stream.decide(isGood: true)
        #expect(await unpacking.value == Int64(first.utf8.count + 1))
        #expect(test.trees == ["sha256-test"])
        #expect(test.leftovers == [])
    }

    private func written(_ test: TestCache, _ name: String, size: Int) -> Bool {
        for workspace in test.entries("cache/tmp") {
            for tree in test.entries("cache/tmp/\(workspace)") {
                let path = "\(test.directory)/cache/tmp/\(workspace)/\(tree)/\(name)"
                var status = stat()
                if stat(path, &status) == 0, status.st_size == size { return true }
            }
        }
        return false
    }

    /// Unpacked early, and of no use.
    @Test(arguments: [false, true]) func whatIsNotTheArchiveOfTheSpecIsNeverSeen(isParted: Bool) async throws {
        var limits = TestCache.quick
        if isParted { limits.partBytes = 4096 }
        let test = try TestCache(limits)
        defer { test.remove() }
        let archive = TransferTests.archive
        let server = try LoopbackServer(answering: { .part(archive, $0) })
        defer { server.stop() }
        let wrong = PackageSource(url: server.url("/a"), sha256: digest([1]))
        #expect(await test.failure(wrong)?.code == .digestMismatch)
        #expect(test.trees == [] && test.leftovers == [])
        // The same bytes in parts that come out of order, under their own name.
        #expect(await test.failure(PackageSource(url: server.url("/b"), sha256: digest(archive))) == nil)
        #expect(test.cache.metrics.streamed == 1)
    }

    @Test func aDamagedOneSaysSoInTheSameWords() async throws {
        let test = try TestCache()
        defer { test.remove() }
        var archive = try ArchiveBuilder.build(.tarZstd, [.file("a", String(repeating: "abc", count: 9999))])
        archive[archive.count / 2] ^= 0xff
        let server = try LoopbackServer(answering: { [archive] _ in .ok(archive) })
        defer { server.stop() }
        let source = PackageSource(url: server.url("/a"), sha256: digest(archive))
        #expect(await test.failure(source)?.code == .notAnArchive)
        #expect(test.trees == [] && test.leftovers == [])
        #expect(test.cache.metrics.streamed == 0)
    }
}
