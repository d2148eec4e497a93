import Glibc
import Testing

@testable import Agent

@Suite struct PrometheusTextTests {
    @Test func writesHelpTypeAndSamples() {
        var text = PrometheusText()
        text.add("a_total", .counter, "What\nis \\.", [.init(3), .init(0.5, [("x", "q\"u\\o\nte"), ("y", "")])])
        text.add("nothing", .gauge, "Without samples.", [])
        #expect(
            text.text == """
                # HELP a_total What\\nis \\\\.
                # TYPE a_total counter
                a_total 3
                a_total{x="q\\"u\\\\o\\nte",y=""} 0.5

                """)
    }

    @Test func aHistogramIsCumulative() {
        var histogram = Histogram(bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7, .nan, -1] { histogram.observe(value) }
        var text = PrometheusText()
        text.add("h_seconds", "How long.", [([("kind", "x")], histogram)])
        #expect(
            text.text == """
                # HELP h_seconds How long.
                # TYPE h_seconds histogram
                h_seconds_bucket{kind="x",le="0.1"} 2
                h_seconds_bucket{kind="x",le="1"} 3
                h_seconds_bucket{kind="x",le="+Inf"} 4
                h_seconds_sum{kind="x"} 7.65
                h_seconds_count{kind="x"} 4

                """)
    }

    @Test(arguments: [
        (0.0, "0"), (1e15, "1000000000000000"), (0.25, "0.25"), (.nan, "NaN"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"),
        (1e300, "1e+300"), (-2, "-2"),
    ])
    func writesNumbers(value: Double, text: String) { #expect(PrometheusText.number(value) == text) }
}

@Suite struct ScrapeRequestTests {
    private static let token = Array("secret".utf8)

    @Test(arguments: [
        (["GET /metrics HTTP/1.1", "Authorization: Bearer secret"], 200),
        (["GET /metrics?x=1 HTTP/1.0", "Host: a", "authorization:  bearer secret "], 200),
        (["GET /metrics HTTP/1.1"], 401), (["GET /metrics HTTP/1.1", "Authorization: Bearer secre"], 401),
        (["GET /metrics HTTP/1.1", "Authorization: Bearer secrets"], 401),
        (["GET /metrics HTTP/1.1", "Authorization: Bearer"], 401),
        (["GET /metrics HTTP/1.1", "Authorization: Basic secret"], 401),
        (["GET /metrics HTTP/1.1", "Authorization: Bearer secret", "Authorization: Bearer x"], 401),
        (["GET / HTTP/1.1"], 401), (["GET / HTTP/1.1", "Authorization: Bearer secret"], 404),
        (["POST /metrics HTTP/1.1", "Authorization: Bearer secret"], 405),
        (["HEAD /metrics HTTP/1.1", "Authorization: Bearer secret"], 405), (["GET /metrics"], 400), ([""], 400),
        (["GET /metrics HTTP/2"], 400), (["GET /metrics HTTP/1.1", "no colon"], 400),
        (["GET /metrics HTTP/1.1"] + Array(repeating: "a: b", count: 64), 431),
    ])
    func decides(lines: [String], status: Int) {
        var request = ScrapeRequest(token: Self.token)
        var verdict = ScrapeRequest.Verdict.more
        for line in lines + [""] where verdict == .more { verdict = request.take(line) }
        switch verdict {
        case .serve: #expect(status == 200)
        case .refuse(let refused, _): #expect(refused == status)
        case .more: Issue.record("no verdict on \(lines)")
        }
    }

    @Test func anEmptyTokenAdmitsNobody() {
        var request = ScrapeRequest(token: [])
        _ = request.take("GET /metrics HTTP/1.1")
        _ = request.take("Authorization: Bearer ")
        #expect(request.take("") == .refuse(status: 401, reason: "Unauthorized"))
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("ab", "a", false), ("a", "ab", false), ("", "a", false),
    ])
    func compares(given: String, wanted: String, same: Bool) {
        #expect(ScrapeRequest.isSame(Array(given.utf8), Array(wanted.utf8)) == same)
    }

    @Test func aTokenIsMadeOnceAndIsPrivate() throws {
        let path = "/tmp/nest-token-\(getpid())"
        defer { unlink(path) }
        try MetricsToken.make(at: path)
        let first = MetricsToken.read(path)
        try MetricsToken.make(at: path)
        #expect(first.count == 64 && MetricsToken.read(path) == first)
        var about = stat()
        #expect(stat(path, &about) == 0 && about.st_mode & 0o777 == 0o600)
        #expect(MetricsToken.read(path + ".none").isEmpty)
    }
}

@Suite struct ProcessUsageTests {
    private static let stat =
        "7 (a ) (b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 4242 1000 300 18446744073709551615"

    @Test func reads() throws {
        let rollup = "00-ff ---p 0 00:00 0 [rollup]\nRss:  1696 kB\nPss:   219 kB\nPss_Dirty: 112 kB\n"
        let usage = try #require(ProcessUsage(stat: Self.stat, rollup: rollup, ticks: 100, pageSize: 4096))
        #expect(usage.cpuSeconds == 3)
        #expect(usage.memoryBytes == 219 * 1024 && usage.residentBytes == 300 * 4096)
        #expect(usage.threads == 11 && usage.startTicks == 4242)
    }

    @Test func withoutTheKernelsLeaveItIsTheResidentSet() throws {
        let usage = try #require(ProcessUsage(stat: Self.stat, rollup: "", ticks: 100, pageSize: 4096))
        #expect(usage.memoryBytes == 300 * 4096)
    }

    @Test(arguments: ["", "7 (x", "7 (x) S 1 2", "7 (x) S a a a a a a a a a a a a a a a a a a a a a a a"])
    func refuses(stat: String) { #expect(ProcessUsage(stat: stat, rollup: "", ticks: 100, pageSize: 4096) == nil) }

    @Test func readsItself() throws {
        let own = try #require(ProcessUsage.read(pid: getpid()))
        #expect(own.memoryBytes > 1 << 20 && own.memoryBytes <= own.residentBytes && own.threads > 0)
        #expect(ProcessUsage.read(pid: 0) == nil)
    }
}
