import Testing

@testable import Packages

@Suite struct EntryPathTests {
    let limits = PackageLimits()

    @Test(arguments: [
        ("a", "a"), ("./a", "a"), ("a//b/", "a/b"), ("a/./b", "a/b"), ("..a/b..", "..a/b.."), ("ä/日本", "ä/日本"),
    ]) func goodNamesAreNormalised(name: String, path: String) throws {
        #expect(try EntryPath.parse(name, limits: limits)?.description == path)
    }

    @Test(arguments: [".", "./", ".//."]) func thePackageItselfIsNoEntry(name: String) throws {
        #expect(try EntryPath.parse(name, limits: limits) == nil)
    }

    @Test(arguments: [
        "", "/etc/passwd", "..", "../a", "a/..", "a/../../b", "./../a", "a\nb", "a\u{7F}", "\u{FFFD}",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 65),
        String(repeating: "abcdefghij/", count: 100),
    ]) func badNamesAreRefused(name: String) {
        #expect(throws: EntryPath.Refusal.self) { try EntryPath.parse(name, limits: limits) }
    }

    @Test(arguments: [
        ("l", "a"), ("l", "a/b"), ("d/l", "../a"), ("d/e/l", "../../a"), ("d/l", ".."), ("d/l", "./../a"), ("l", "."),
    ]) func linksThatStayInsideAreAllowed(path: String, target: String) throws {
        try #require(try EntryPath.parse(path, limits: limits)).checkLink(to: target, limits: limits)
    }

    @Test(arguments: [
        ("l", ".."), ("l", "../a"), ("d/l", "../../a"), ("l", "/etc"), ("l", ""), ("l", "a/.."),
        ("d/l", "../x/../../a"),
        ("l", "x/../.."),
    ]) func linksThatMayLeaveAreRefused(path: String, target: String) throws {
        let entry = try #require(try EntryPath.parse(path, limits: limits))
        #expect(throws: EntryPath.Refusal.self) { try entry.checkLink(to: target, limits: limits) }
    }
}
