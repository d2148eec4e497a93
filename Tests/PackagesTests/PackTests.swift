import Foundation
import NestAPI
import Testing

@testable import Packages

/// A directory as a package: the same bytes from the same content.
@Suite struct PackTests {
    private struct Folder {
        let test: TestCache
        let path: String

        init(_ test: TestCache, _ name: String) throws {
            self.test = test
            path = "\(test.directory)/\(name)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
            let file = URL(filePath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
            chmod(file.path, mode)
        }

        func link(_ name: String, _ target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
        }

        func pack(to name: String) throws -> PackageFile {
            try PackageFile(packing: path, to: "\(test.directory)/\(name)")
        }
    }

    private static let files = ["b.js": "b", "a/z.js": "z", "a/y.js": "y", "ünï/日本.txt": "u", "B.js": "B", "a.js": "a"]

    @Test func theSameContentGivesTheSameBytes() throws {
        let test = try TestCache()
        defer { test.remove() }
        let (one, two) = (try Folder(test, "one"), try Folder(test, "two"))
        for (name, text) in Self.files.sorted(by: { $0.key < $1.key }) { try one.write(name, text) }
        // Another order, other times, other modes, another place.
        for (name, text) in Self.files.sorted(by: { $0.key > $1.key }) {
            try two.write(name, text, mode: 0o600)
            let long = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_000_000)]
            try FileManager.default.setAttributes(long, ofItemAtPath: "\(two.path)/\(name)")
        }
        chmod("\(two.path)/a", 0o700)
        for folder in [one, two] {
            try folder.write("run", "#!", mode: folder.path == one.path ? 0o755 : 0o700)
            try folder.link("link", "a/z.js")
        }
        let (first, second) = (try one.pack(to: "1.tar.zst"), try two.pack(to: "2.tar.zst"))
        #expect(first == second)
        let bytes = try [1, 2].map { try Data(contentsOf: URL(filePath: "\(test.directory)/\($0).tar.zst")) }
        #expect(bytes[0] == bytes[1] && first.sha256 == digest(Array(bytes[0])) && first.bytes == bytes[0].count)
        #expect(mode("\(test.directory)/1.tar.zst") == 0o644)
    }

    @Test(arguments: ["content", "name", "mode", "link", "directory"]) func otherContentGivesOtherBytes(what: String)
        throws
    {
        let test = try TestCache()
        defer { test.remove() }
        let folder = try Folder(test, "in")
        try folder.write("a.js", "a")
        let before = try folder.pack(to: "1.tar.zst")
        switch what {
        case "content": try folder.write("a.js", "b")
        case "name": rename("\(folder.path)/a.js", "\(folder.path)/b.js")
        case "mode": chmod("\(folder.path)/a.js", 0o755)
        case "link": try folder.link("l", "a.js")
        default: mkdir("\(folder.path)/empty", 0o755)
        }
        #expect(try folder.pack(to: "2.tar.zst").sha256 != before.sha256)
    }

    @Test func whatIsPackedCanBeRun() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let folder = try Folder(test, "in")
        for (name, text) in Self.files { try folder.write(name, text) }
        try folder.write("bin/run", "#!", mode: 0o755)
        try folder.link("bin/link", "../a/z.js")
        mkdir("\(folder.path)/empty", 0o755)
        let file = try folder.pack(to: "out.tar.zst")
        let url = "file://\(test.directory)/out.tar.zst"
        let package = try await test.cache.unpack(PackageSource(url: url, sha256: file.sha256))
        for (name, text) in Self.files { #expect(content("\(package.directory)/\(name)") == text) }
        #expect(content("\(package.directory)/bin/link") == "z")
        #expect(["bin/run", "a.js", "empty"].map { mode("\(package.directory)/\($0)") } == [0o555, 0o444, 0o555])
        #expect(try PackageFile("\(test.directory)/out.tar.zst") == file)
    }

    @Test func theArchiveOfTheLastTimeIsLeftOut() throws {
        let test = try TestCache()
        defer { test.remove() }
        let folder = try Folder(test, "in")
        try folder.write("a.js", "a")
        let first = try folder.pack(to: "in/out.tar.zst")
        #expect(try folder.pack(to: "in/out.tar.zst") == first)
        #expect(test.entries("in") == ["a.js", "out.tar.zst"])
    }

    @Test(arguments: [
        ("a link outside", PackageError.Code.unsafePath, "entry \"l\" links to /etc, outside the package"),
        ("a link upwards", .unsafePath, "entry \"d/l\" links to ../../x"),
        ("a pipe", .unsafePath, "entry \"pipe\" is a special file"),
        ("a bad name", .unsafePath, "control characters"),
        ("nothing", .invalidSource, "holds no files"), ("no directory", .notFound, "No such file or directory"),
        ("too many", .tooLarge, "more than 3 files"), ("a bomb", .tooLarge, "a decompression bomb"),
    ]) func whatCannotBeAPackageIsRefused(what: String, code: PackageError.Code, text: String) throws {
        let test = try TestCache()
        defer { test.remove() }
        let folder = try Folder(test, "in")
        var limits = PackageLimits()
        switch what {
        case "a link outside": try folder.link("l", "/etc")
        case "a link upwards":
            mkdir("\(folder.path)/d", 0o755)
            try folder.link("d/l", "../../x")
        case "a pipe": mkfifo("\(folder.path)/pipe", 0o644)
        case "a bad name": try folder.write("a\nb", "x")
        case "no directory": rmdir(folder.path)
        case "too many":
            limits.entries = 3
            for name in ["a", "b", "c", "d"] { try folder.write(name, "x") }
        case "a bomb":
            limits.ratioFloorBytes = 1000
            try folder.write("zeros", String(repeating: "0", count: 1 << 20))
        default: break
        }
        let output = "\(test.directory)/out.tar.zst"
        try "old".write(toFile: output, atomically: false, encoding: .utf8)
        do throws(PackageError) {
            _ = try PackageFile(packing: folder.path, to: output, limits: limits)
            Issue.record("packed")
        } catch {
            #expect(error.code == code && error.message.contains(text), "\(error)")
        }
        #expect(content(output) == "old" && !test.entries(".").contains("out.tar.zst.new"))
    }

    @Test func whatIsNoArchiveIsNotPushed() throws {
        let test = try TestCache()
        defer { test.remove() }
        let path = "\(test.directory)/text"
        try "hello, I am a text".write(toFile: path, atomically: false, encoding: .utf8)
        for path in [path, test.directory] {
            do throws(PackageError) {
                _ = try PackageFile(path)
                Issue.record("taken for an archive")
            } catch {
                #expect(error.code == .notAnArchive && error.message.hasPrefix(path), "\(error)")
            }
        }
    }
}
