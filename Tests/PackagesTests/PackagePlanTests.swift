import NestAPI
import Testing

@testable import Packages

@Suite struct PackagePlanTests {
    static let good = String(repeating: "ab", count: 32)

    static let refused: [(PackageSource, PackageError.Code, String)] = [
        (PackageSource(), .invalidSource, "package: give either url with sha256, or inline files"),
        (
            PackageSource(url: "https://a/b", inline: ["a": ""]), .invalidSource,
            "package: url and inline exclude each other"
        ),
        (PackageSource(url: "https://a/b"), .invalidSource, "sha256 is missing; set it to the output of: sha256sum"),
        (PackageSource(url: "https://a/b", sha256: "abc"), .invalidSource, "sha256 must be 64 hexadecimal digits"),
        (PackageSource(url: "ftp://a/b", sha256: good), .invalidSource, "must begin with https://, http:// or file://"),
        (PackageSource(url: "/a/b", sha256: good), .invalidSource, "must begin with https://, http:// or file://"),
        (PackageSource(url: "http:///b", sha256: good), .invalidSource, "names no host"),
        (PackageSource(url: "https://a/b c", sha256: good), .invalidSource, "spaces"),
        (PackageSource(url: "file://host/a", sha256: good), .invalidSource, "absolute path"),
        (PackageSource(url: "file:a", sha256: good), .invalidSource, "absolute path"),
        (PackageSource(url: "file:///a%zz", sha256: good), .invalidSource, "two hexadecimal digits"),
        (PackageSource(url: "file:///a%00", sha256: good), .invalidSource, "two hexadecimal digits"),
        (PackageSource(inline: [:]), .invalidSource, "inline has no files"),
        (PackageSource(inline: ["": "x"]), .unsafePath, "inline file \"\" has no name"),
        (PackageSource(inline: ["../a": "x"]), .unsafePath, "inline file \"../a\" would leave the package"),
        (PackageSource(inline: ["/a": "x"]), .unsafePath, "is absolute"),
        (PackageSource(inline: ["a/./b": "x"]), .unsafePath, "not a plain relative path"),
        (PackageSource(inline: ["a/": "x"]), .unsafePath, "not a plain relative path"),
        (
            PackageSource(inline: ["a": String(repeating: "x", count: 256 << 10)]), .tooLarge,
            "at most 262144 are allowed"
        ),
    ]

    @Test(arguments: refused) func aBadSourceSaysWhatIsWrong(
        source: PackageSource, code: PackageError.Code, text: String
    ) {
        do throws(PackageError) {
            _ = try PackagePlan(source, limits: PackageLimits())
            Issue.record("accepted")
        } catch {
            #expect(error.code == code)
            #expect(error.message.contains(text), "\(error.message)")
        }
    }

    @Test func theDigestOfInlineFilesIsThatOfNamesAndContents() throws {
        func digest(_ files: [String: String]) throws -> String {
            try PackagePlan(PackageSource(inline: files), limits: PackageLimits()).digest
        }
        #expect(try digest(["a": "bc"]) == digest(["a": "bc"]))
        #expect(try digest(["a": "bc"]) != digest(["ab": "c"]))
        #expect(try digest(["a": "", "b": ""]) != digest(["a": "b"]))
    }

    @Test(arguments: [
        ("https://u:p@host/a.zip?sig=1#f", "https://…@host/a.zip?…"), ("https://host/a.zip", "https://host/a.zip"),
        ("https://a@b@host/x", "https://…@host/x"), ("nonsense", "nonsense"),
    ]) func credentialsAreNeverShown(url: String, shown: String) { #expect(ArchiveLocation.display(url) == shown) }

    @Test func filePathsAreDecoded() throws {
        #expect(try ArchiveLocation("file:///a%20b").kind == .file(path: "/a b"))
        #expect(try ArchiveLocation("file://localhost/a").kind == .file(path: "/a"))
        #expect(try ArchiveLocation("FILE:///a").kind == .file(path: "/a"))
    }

    @Test func digestsAreLowerCase() throws {
        let source = PackageSource(url: "https://a/b", sha256: Self.good.uppercased())
        #expect(try PackagePlan(source, limits: PackageLimits()).digest == Self.good)
    }
}
