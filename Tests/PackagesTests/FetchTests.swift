import Glibc
import NestAPI
import Testing

@testable import Packages

@Suite struct FetchTests {
    static let archive: [UInt8] = (try? ArchiveBuilder.build(.tarGzip, [.file("a.js", "hello")])) ?? []

    /// One path a misbehaviour.
    static func answer(_ path: String) -> LoopbackServer.Answer {
        switch path {
        case "/good": .ok(archive)
        case "/500": .status("500 Internal Server Error")
        case "/403": .status("403 Forbidden")
        case "/truncated": .head("200 OK", ["Content-Length: \(archive.count + 100)"], archive)
        case "/huge": .head("200 OK", ["Content-Length: 999999999999"], archive)
        case "/endless": .head("200 OK", [], [UInt8](repeating: 1, count: 100_000))
        case "/to-file": .redirect("file:///etc/passwd")
        case "/to-good": .redirect("/good")
        case "/loop": .redirect("/loop")
        case "/garbage": .bytes(Array("no HTTP at all\r\n\r\n".utf8))
        case "/silent": .silence
        default: .status("404 Not Found")
        }
    }

    static let failures: [(String, PackageError.Code, String)] = [
        ("/missing", .notFound, "HTTP 404 Not Found; check the url"),
        ("/500", .fetchFailed, "HTTP 500 Internal Server Error"),
        ("/403", .fetchFailed, "HTTP 403 Forbidden; the url needs credentials: name a Secret"),
        ("/truncated", .fetchFailed, "100 bytes remaining"), ("/huge", .tooLarge, "larger than 50000 bytes"),
        ("/endless", .tooLarge, "larger than 50000 bytes"),
        ("/to-file", .fetchFailed, "redirected to another protocol"), ("/loop", .fetchFailed, "redirects"),
        ("/garbage", .fetchFailed, ""),
    ]

    @Test(arguments: failures) func aBadServerGivesAClearError(path: String, code: PackageError.Code, text: String)
        async throws
    {
        var limits = TestCache.quick
        limits.archiveBytes = 50_000
        let test = try TestCache(limits)
        defer { test.remove() }
        let server = try LoopbackServer(Self.answer)
        defer { server.stop() }
        let error = await test.failure(PackageSource(url: server.url(path), sha256: digest(Self.archive)))
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(text.isEmpty || error?.message.contains(text) == true, "\(String(describing: error))")
        #expect(error?.message.hasPrefix("package http://127.0.0.1:\(server.port)\(path): ") == true)
        #expect(test.trees.isEmpty && test.leftovers.isEmpty)
    }

    @Test(arguments: ["/good", "/to-good"]) func aGoodServerGivesThePackage(path: String) async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(Self.answer)
        defer { server.stop() }
        let source = PackageSource(url: server.url(path), sha256: digest(Self.archive))
        let first = try await test.cache.unpack(source)
        #expect(!first.wasCached)
        #expect(content("\(first.directory)/a.js") == "hello")
        let asked = server.allRequests
        let second = try await test.cache.unpack(source)
        #expect(second.wasCached && second.directory == first.directory)
        #expect(server.allRequests == asked, "what is cached is not fetched")
    }

    @Test func aWrongDigestShowsBoth() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let wrong = String(repeating: "0", count: 64)
        let error = await test.failure(try test.source(Self.archive, sha256: wrong))
        #expect(error?.code == .digestMismatch)
        let text = "sha256 mismatch: the archive has \(digest(Self.archive)), the spec says \(wrong)"
        #expect(error?.message.hasSuffix(text) == true)
        #expect(test.trees.isEmpty && test.leftovers.isEmpty)
    }

    @Test func aRefusedConnectionIsNamed() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(Self.answer)
        server.stop()
        // The port was ours a moment ago; nobody else listens there.
        let error = await test.failure(PackageSource(url: server.url("/good"), sha256: digest(Self.archive)))
        #expect(error?.code == .fetchFailed)
        #expect(error?.isTransient == true)
    }

    @Test func aSilentServerTimesOut() async throws {
        var limits = PackageLimits()
        limits.transferTimeout = .milliseconds(200)
        let test = try TestCache(limits)
        defer { test.remove() }
        let server = try LoopbackServer(Self.answer)
        defer { server.stop() }
        let error = await test.failure(PackageSource(url: server.url("/silent"), sha256: digest(Self.archive)))
        #expect(error?.code == .fetchFailed)
        #expect(error?.message.contains("timed out") == true, "\(String(describing: error))")
    }

    /// Something always comes, so that only the limit of the whole transfer ends it.
    @Test func aTricklingServerIsGivenUp() async throws {
        var limits = TestCache.quick
        limits.lowSpeedTime = .seconds(1)
        limits.transferTimeout = .seconds(3)
        let test = try TestCache(limits)
        defer { test.remove() }
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        let server = try LoopbackServer(answering: { _ in .trickle(after: Array(head.utf8)) })
        defer { server.stop() }
        let error = await test.failure(PackageSource(url: server.url("/archive"), sha256: digest(Self.archive)))
        #expect(error?.code == .fetchFailed && error?.isTransient == true)
        // The last try's own time, within the limit of all: this task's says as much about the tests beside it.
        let took = error?.message.firstMatch(of: /timed out after (\d+) milliseconds/).flatMap { Int($0.1) } ?? 0
        #expect((1...4000).contains(took), "\(String(describing: error))")
        #expect(test.trees.isEmpty && test.leftovers.isEmpty)
    }

    @Test func filesThatAreNoneAreRefused() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let pipe = "\(test.directory)/pipe"
        #expect(mkfifo(pipe, 0o644) == 0)
        let rows: [(String, PackageError.Code)] = [
            ("\(test.directory)/absent", .notFound), (test.directory, .notAnArchive), (pipe, .notAnArchive),
            ("/dev/zero", .notAnArchive),
        ]
        for (path, code) in rows {
            let error = await test.failure(PackageSource(url: "file://\(path)", sha256: digest([])))
            #expect(error?.code == code, "\(path): \(String(describing: error))")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func rootReadsNoSecretsForOthers() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let source = try test.source(Self.archive)
        chmod("\(test.directory)/archive", 0o600)
        #expect(await test.failure(source)?.message.contains("not readable by everyone") == true)
    }
}
