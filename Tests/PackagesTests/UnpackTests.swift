import Glibc
import NestAPI
import Testing

@testable import Packages

@Suite struct UnpackTests {
    typealias Entry = ArchiveBuilder.Entry

    @Test(arguments: ArchiveBuilder.Format.allCases) func everyFormatUnpacksReadOnly(format: ArchiveBuilder.Format)
        async throws
    {
        let test = try TestCache()
        defer { test.remove() }
        let bytes = try ArchiveBuilder.build(
            format,
            [
                .directory("./"), .directory("lib"), .file("lib/a.js", "hello"), .file("bin/run", "#!", mode: 0o6755),
                .file("ünï/日本.txt", "utf8"), .symlink("bin/a", to: "../lib/a.js"), .file("secret", "s", mode: 0o600),
            ])
        let package = try await test.cache.unpack(test.source(bytes))
        let root = package.directory
        #expect(package.digest == digest(bytes))
        #expect(content("\(root)/lib/a.js") == "hello")
        #expect(content("\(root)/bin/a") == "hello")
        #expect(content("\(root)/ünï/日本.txt") == "utf8")
        #expect([root, "\(root)/lib", "\(root)/bin"].map(mode) == [0o555, 0o555, 0o555])
        #expect(mode("\(root)/lib/a.js") == 0o444)
        #expect(mode("\(root)/secret") == 0o444)
        #expect(mode("\(root)/bin/run") == 0o555, "set-user-ID bits are stripped")
        #expect(test.leftovers.isEmpty)
    }

    @Test func hardLinksToFilesOfThePackageWork() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let bytes = try ArchiveBuilder.build(.tar, [.file("a/b", "same"), .hardlink("c", to: "a/b")])
        let package = try await test.cache.unpack(test.source(bytes))
        #expect(content("\(package.directory)/c") == "same")
    }

    static let unsafe: [([Entry], String)] = [
        ([.file("../../etc/passwd")], "entry \"../../etc/passwd\" would leave the package"),
        ([.file("/etc/passwd")], "entry \"/etc/passwd\" is absolute"),
        ([.file("a/../../b")], "would leave the package"),
        ([.directory("../d")], "would leave the package"),
        ([.symlink("l", to: "/etc")], "links to /etc, outside the package"),
        ([.symlink("l", to: "../x")], "links to ../x"),
        ([.symlink("l", to: "a/../../x")], "links to a/../../x"),
        ([.symlink("l", to: "."), .file("l/x")], "goes through \"l\""),
        ([.symlink("l", to: "a"), .symlink("l/x", to: "b")], "goes through \"l\""),
        ([.symlink("l", to: "a"), .directory("l")], "goes through \"l\""),
        ([.symlink("l", to: "target"), .file("l")], "is there twice"),
        ([.file("a"), .file("a")], "is there twice"),
        ([.file("a"), .file("a/b")], "goes through \"a\""),
        ([.file("a/b"), .file("a")], "is there twice"),
        ([.file("new\nline")], "control characters"),
    ]

    @Test(arguments: unsafe, [ArchiveBuilder.Format.tarGzip, .zip])
    func nothingLeavesThePackage(row: ([Entry], String), format: ArchiveBuilder.Format) async throws {
        try await expectRefusal(ArchiveBuilder.build(format, row.0), .unsafePath, row.1)
    }

    static let onlyTar: [([Entry], String)] = [
        ([.hardlink("h", to: "../../etc/passwd")], "would leave the package"),
        ([.hardlink("h", to: "/etc/passwd")], "is absolute"),
        ([.hardlink("h", to: "later"), .file("later")], "is a hard link to later, no file before it"),
        ([.symlink("a/b/l", to: "../../x"), .hardlink("h", to: "a/b/l")], "no file before it"),
        ([.symlink("d", to: "."), .file("f"), .hardlink("h", to: "d/f")], "goes through \"d\""),
        ([.special("dev", S_IFCHR)], "is a device"), ([.special("dev", S_IFBLK)], "is a device"),
        ([.special("pipe", S_IFIFO)], "is a named pipe"),
    ]

    @Test(arguments: onlyTar) func hardLinksAndSpecialFilesAreRefused(entries: [Entry], text: String) async throws {
        try await expectRefusal(ArchiveBuilder.build(.tar, entries), .unsafePath, text)
    }

    @Test(arguments: [ArchiveBuilder.Format.tarGzip, .tarZstd, .tarXz, .zip])
    func aBombIsRefused(format: ArchiveBuilder.Format) async throws {
        let bytes = try ArchiveBuilder.build(format, [.zeros("zeros", count: 24 << 20)])
        try await expectRefusal(bytes, .tooLarge, "a decompression bomb")
    }

    @Test func tooManyEntriesAreRefused() async throws {
        var limits = PackageLimits()
        limits.entries = 50
        let files = (0...50).map { Entry.file("f\($0)") }
        try await expectRefusal(ArchiveBuilder.build(.tar, files), .tooLarge, "more than 50 files", limits)
        let deep = (0..<5).map { Entry.file("\($0)/a/b/c/d/e/f/g/h/i/j") }
        try await expectRefusal(ArchiveBuilder.build(.tar, deep), .tooLarge, "more than 50 files", limits)
    }

    @Test func tooManyBytesAreRefused() async throws {
        var limits = PackageLimits()
        limits.unpackedBytes = 1000
        let two = try ArchiveBuilder.build(.tar, [.zeros("a", count: 600), .zeros("b", count: 600)])
        try await expectRefusal(two, .tooLarge, "unpacks to more than 1000 bytes", limits)
        limits = PackageLimits()
        limits.archiveBytes = 1000
        try await expectRefusal(two, .tooLarge, "larger than 1000 bytes", limits)
    }

    @Test func whatIsNoArchiveIsRefused() async throws {
        let good = try ArchiveBuilder.build(.tarGzip, [.file("a", String(repeating: "random?", count: 5000))])
        let zip = try ArchiveBuilder.build(.zip, [.file("a", String(repeating: "random?", count: 5000))])
        let texts: [[UInt8]] = [
            [], Array("hello, I am a text".utf8), Array(good.prefix(good.count / 2)), Array(zip.prefix(60)),
            Array("\u{7F}ELF".utf8) + [UInt8](repeating: 1, count: 4096),
            try ArchiveBuilder.build(.tar, []), try ArchiveBuilder.build(.tar, [.directory("./")]),
        ]
        for bytes in texts { try await expectRefusal(bytes, .notAnArchive, "") }
    }

    private func expectRefusal(
        _ bytes: [UInt8], _ code: PackageError.Code, _ text: String, _ limits: PackageLimits = PackageLimits(),
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let test = try TestCache(limits)
        defer { test.remove() }
        let error = await test.failure(try test.source(bytes))
        #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
        #expect(
            text.isEmpty || error?.message.contains(text) == true, "\(String(describing: error))",
            sourceLocation: location)
        #expect(test.trees.isEmpty && test.leftovers.isEmpty, sourceLocation: location)
        #expect(test.entries(".") == ["archive", "cache"], "nothing beside the cache", sourceLocation: location)
    }
}
