import Glibc
import NestAPI
import Testing

@testable import Packages

/// What comes broken, late or in pieces.
@Suite struct TransferTests {
    /// An archive that compression does not make smaller.
    static let archive: [UInt8] = {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<95_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        return (try? ArchiveBuilder.build(.tar, [.init(path: "noise", content: noise)])) ?? []
    }()

    static func source(_ server: LoopbackServer) -> PackageSource {
        PackageSource(url: server.url("/archive"), sha256: digest(archive))
    }

    static func limits(part: Int64 = 1 << 20) -> PackageLimits {
        var limits = TestCache.quick
        limits.partBytes = part
        return limits
    }

    @Test(arguments: ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"])
    func aServerMayFailForAWhile(status: String) async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(answering: { $0.number < 3 ? .status(status) : .ok(Self.archive) })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server)) == nil)
        #expect(server.allRequests == 3)
    }

    @Test func whatIsWrongForGoodIsNotTriedAgain() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(answering: { _ in .status("404 Not Found") })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server))?.code == .notFound)
        #expect(server.allRequests == 1)
    }

    @Test func triesAreBounded() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(answering: { _ in .status("503 Service Unavailable") })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server))?.message.hasSuffix("HTTP 503 Service Unavailable") == true)
        #expect(server.allRequests == PackageLimits().attempts)
    }

    @Test func whatBreaksOffIsResumedWhereItEnded() async throws {
        let test = try TestCache(Self.limits())
        defer { test.remove() }
        // 20,000 bytes a connection: more connections than tries, because each brings something new.
        let server = try LoopbackServer(answering: { .part(Self.archive, $0, sends: 20_000) })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server)) == nil)
        let starts = server.heads.compactMap { $0.range(of: Self.archive.count)?.lowerBound }
        #expect(starts == Array(stride(from: 0, to: Self.archive.count, by: 20_000)))
        #expect(test.cache.metrics.fetchedBytes == Self.archive.count)
    }

    @Test func aServerWithoutRangesIsAskedForAllOfItAgain() async throws {
        let test = try TestCache(Self.limits())
        defer { test.remove() }
        let whole = ["Content-Length: \(Self.archive.count)"]
        let server = try LoopbackServer(answering: {
            .head("200 OK", whole, $0.number == 1 ? Array(Self.archive.prefix(50_000)) : Self.archive)
        })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server)) == nil)
        #expect(server.allRequests == 2)
    }

    @Test func aLargeArchiveComesInPartsSideBySide() async throws {
        let test = try TestCache(Self.limits(part: 10_000))
        defer { test.remove() }
        let server = try LoopbackServer(answering: { .part(Self.archive, $0) })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server)) == nil)
        let ranges = server.heads.compactMap { $0.range(of: Self.archive.count) }.sorted {
            $0.lowerBound < $1.lowerBound
        }
        #expect(ranges.count == (Self.archive.count + 9_999) / 10_000)
        #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == Self.archive.count)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "no byte comes twice")
    }

    @Test func partsThatBreakOffAreResumed() async throws {
        let test = try TestCache(Self.limits(part: 30_000))
        defer { test.remove() }
        let server = try LoopbackServer(answering: { .part(Self.archive, $0, sends: $0.number % 2 == 0 ? 7000 : .max) })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server)) == nil)
        #expect(test.cache.metrics.fetchedBytes == Self.archive.count)
    }

    static let confused: [(String, @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer, String)] = [
        (
            "another part",
            { _ in
                .head("206 Partial Content", ["Content-Range: bytes 5-9/100", "Content-Length: 5"], [1, 2, 3, 4, 5])
            },
            "with another part"
        ),
        (
            "more than was asked for",
            { _ in .head("206 Partial Content", ["Content-Range: bytes 0-4/100"], [UInt8](repeating: 0, count: 20_000))
            },
            "with another part"
        ),
        (
            "a new version half way",
            { .part(archive, $0, etag: "\"\($0.range(of: archive.count)?.lowerBound == 0 ? 1 : 2)\"") },
            "the archive changed while it was fetched"
        ),
        (
            "another size half way",
            { $0.range(of: 9)?.lowerBound == 0 ? .part(archive, $0) : .part(archive + archive, $0) },
            "the archive changed while it was fetched"
        ),
    ]

    @Test(arguments: confused.indices) func aConfusedServerGivesAClearError(row: Int) async throws {
        let (_, answer, text) = Self.confused[row]
        let test = try TestCache(Self.limits(part: 10_000))
        defer { test.remove() }
        let server = try LoopbackServer(answering: answer)
        defer { server.stop() }
        let error = await test.failure(Self.source(server))
        #expect(error?.code == .fetchFailed && error?.message.contains(text) == true, "\(String(describing: error))")
        #expect(test.trees.isEmpty && test.leftovers.isEmpty)
    }

    @Test func whatIsOfNoUseIsNotFetchedAgainWhileItIsTheSame() async throws {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(answering: {
            $0.fields["if-none-match"] == "\"1\"" && $0.number < 4
                ? .head("304 Not Modified", ["ETag: \"1\""], []) : .part($0.number < 4 ? [1, 2] : Self.archive, $0)
        })
        defer { server.stop() }
        let first = await test.failure(Self.source(server))
        #expect(first?.code == .digestMismatch)
        let bytes = test.cache.metrics.fetchedBytes
        #expect(await test.failure(Self.source(server)) == first)
        #expect(await test.failure(Self.source(server)) == first)
        #expect(test.cache.metrics.fetchedBytes == bytes && bytes == 2)
        #expect(await test.failure(Self.source(server)) == nil, "the file behind the URL was replaced")
    }

    static let accounts: [(PackageCredentials, String)] = [
        (.token("t0ken"), "Bearer t0ken"), (.password(username: "ann", password: "p:w"), "Basic YW5uOnA6dw=="),
    ]

    @Test(arguments: accounts) func credentialsOpenTheDoor(credentials: PackageCredentials, field: String) async throws
    {
        let test = try TestCache()
        defer { test.remove() }
        let server = try LoopbackServer(answering: {
            $0.fields["authorization"] == field ? .ok(Self.archive) : .status("401 Unauthorized")
        })
        defer { server.stop() }
        let closed = await test.failure(Self.source(server))
        #expect(closed?.message.contains("HTTP 401 Unauthorized; the url needs credentials") == true)
        let wrong = await test.failure(Self.source(server), .token("wrong"))
        #expect(wrong?.message.contains("check the Secret that package.secretRef names") == true)
        #expect(wrong?.message.contains("wrong") == false)
        #expect(await test.failure(Self.source(server), credentials) == nil)
    }

    @Test(arguments: accounts) func credentialsStayWithTheirHost(credentials: PackageCredentials, _: String)
        async throws
    {
        let test = try TestCache()
        defer { test.remove() }
        let other = try LoopbackServer(answering: { _ in .ok(Self.archive) })
        defer { other.stop() }
        let server = try LoopbackServer(answering: { _ in .redirect(other.url("/archive")) })
        defer { server.stop() }
        #expect(await test.failure(Self.source(server), credentials) == nil)
        #expect(server.heads.first?.fields["authorization"] != nil)
        #expect(other.heads.count == 1 && other.heads[0].fields["authorization"] == nil)
    }

    @Test(
        arguments: [
            ("bytes 0-99/1000", Int64(0), Int64(1000)), ("Bytes 5-9/10", 5, 10), ("bytes 7-7/*", 7, nil),
        ] as [(String, Int64, Int64?)]) func contentRangesAreRead(text: String, start: Int64, total: Int64?)
    {
        #expect(ContentRange(text)?.start == start)
        #expect(ContentRange(text)?.total == total)
    }

    @Test(arguments: ["", "bytes", "bytes x-y/z", "bytes */10", "items 0-1/2"]) func otherContentRangesAreNone(
        text: String
    ) {
        #expect(ContentRange(text) == nil)
    }
}
