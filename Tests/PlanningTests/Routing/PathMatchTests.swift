import Testing

@testable import Planning

@Suite struct PathMatchTests {
    @Test(arguments: [
        ("/fn/ns/name", "ns/name", ""),
        ("/fn/ns/name/", "ns/name", "/"),
        ("/fn/ns/name?a=b", "ns/name", "?a=b"),
        ("/fn/ns/name?a=/b", "ns/name", "?a=/b"),
        ("/fn/ns/name/a/b?c=d/e", "ns/name", "/a/b?c=d/e"),
        ("/fn/ns/name/%2e%2E/%2F", "ns/name", "/%2e%2E/%2F"),
        ("/fn/ns/name//a", "ns/name", "//a"),
        ("/fn/ns/na%6De", "ns/na%6De", ""),
    ])
    func functions(path: String, name: String, rest: String) throws {
        let bytes = Array(path.utf8)
        guard case .function(let range, let start) = PathMatch.of(bytes.span) else {
            Issue.record("\(path) matches no function")
            return
        }
        #expect(String(decoding: bytes[range], as: UTF8.self) == name)
        #expect(String(decoding: bytes[start...], as: UTF8.self) == rest)
    }

    @Test(arguments: [
        "/", "", "*", "/fn", "/fn/", "/fn/ns", "/fn/ns/", "/fn//name", "/fn/ns/?a", "/fn/ns?x/y", "/FN/ns/name",
        "/fnx/ns/name",
        "/healthzz", "/healthz/", "/health",
    ])
    func others(path: String) {
        #expect(PathMatch.of(Array(path.utf8).span) == .unknown)
    }

    @Test(arguments: ["/healthz", "/healthz?verbose"])
    func health(path: String) {
        #expect(PathMatch.of(Array(path.utf8).span) == .health)
    }
}
