import NIOCore
import Planning
import Testing

@testable import Gateway

@Suite struct HeadRewriterTests {
    static func request(_ text: String, id: (UInt64, UInt64) = (1, 0xabcd_ef01_2345_6789)) throws -> String {
        let bytes = Array(text.utf8)
        var fields: [HeaderField] = []
        let head = try RequestScanner.scan(bytes.span, length: bytes.count, fieldLimit: 100, into: &fields)
        guard case .function(let name, let rest) = PathMatch.of(Array(bytes[head.target]).span) else {
            throw MessageFault("no function")
        }
        let start = head.target.lowerBound
        var output = ByteBuffer()
        HeadRewriter.request(
            head, bytes.span, fields, path: start + rest..<head.target.upperBound,
            name: start + name.lowerBound..<start + name.upperBound, by: ForwardedBy(client: "10.0.0.9"),
            requestID: id, into: &output)
        return String(buffer: output)
    }

    @Test func aPlainRequest() throws {
        let written = try Self.request("GET /fn/ns/hello?x=1 HTTP/1.1\r\nHost: example\r\nAccept: */*\r\n\r\n")
        #expect(
            written == """
                GET /?x=1 HTTP/1.1\r
                Host: example\r
                Accept: */*\r
                X-Forwarded-Host: example\r
                X-Forwarded-Proto: http\r
                X-Forwarded-For: 10.0.0.9\r
                Via: 1.1 nest\r
                X-Request-Id: 0000000000000001abcdef0123456789\r
                \r

                """)
    }

    @Test(arguments: [
        "Connection: X-Secret, close", "Keep-Alive: timeout=5", "Proxy-Authorization: x",
        "Proxy-Connection: keep-alive",
        "TE: gzip", "Transfer-Encoding: chunked", "Upgrade: h2c", "X-Secret: 1", "Nest-Sandbox-Token: x",
        "nest-anything: 1",
        "Nest_Sandbox_Token: x", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil",
    ])
    func hopByHopAndInternalFieldsEndHere(line: String) throws {
        let connection = line.hasPrefix("X-Secret") ? "Connection: x-secret\r\n" : ""
        let written = try Self.request("GET /fn/ns/hello HTTP/1.1\r\nHost: h\r\n\(connection)\(line)\r\nA: 1\r\n\r\n")
        #expect(line == "Transfer-Encoding: chunked" || !written.contains(line))
        #expect(written.contains("A: 1\r\n") && written.contains("Host: h\r\n"))
    }

    @Test func connectionCannotTakeOutWhatFramesTheMessage() throws {
        let written = try Self.request(
            "POST /fn/ns/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: host, content-length\r\n\r\n")
        #expect(written.contains("Host: h\r\n") && written.contains("Content-Length: 3\r\n"))
    }

    @Test func forwardedForIsAppendedToAndTheIdIsKept() throws {
        let written = try Self.request(
            "GET /fn/ns/hello HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\nHost: h\r\nX-Forwarded-For: 2.2.2.2\r\nX-Request-Id: mine\r\n\r\n"
        )
        #expect(written.contains("X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9\r\n"))
        #expect(written.contains("X-Request-Id: mine\r\n") && !written.contains("X-Request-Id: 0"))
    }

    @Test func upgradesAndTrailersAreAskedFor() throws {
        let written = try Self.request(
            "GET /fn/ns/ws/chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n"
        )
        #expect(written.hasPrefix("GET /chat HTTP/1.1\r\n"))
        #expect(written.contains("Upgrade: websocket\r\n") && written.contains("Connection: Upgrade, TE\r\n"))
        #expect(written.contains("TE: trailers\r\n"))
    }

    @Test func anHTTP10RequestWithoutHostGetsTheFunctionsName() throws {
        let written = try Self.request("GET /fn/ns/hello HTTP/1.0\r\n\r\n")
        #expect(written.hasPrefix("GET / HTTP/1.1\r\nHost: hello.ns\r\n"))
    }

    @Test func aResponseLosesHopByHopFieldsAndGetsOurFraming() throws {
        let text =
            "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        let bytes = Array(text.utf8)
        var fields: [HeaderField] = []
        let head = try ResponseScanner.scan(
            bytes.span, length: bytes.count, isHEAD: false, fieldLimit: 100, into: &fields)
        #expect(head.body == .chunked && head.keepAlive && head.keepAliveTimeout == 5 && head.status == 200)
        var output = ByteBuffer()
        HeadRewriter.response(head, bytes.span, fields, isChunked: true, ending: .close, into: &output)
        #expect(
            String(buffer: output)
                == "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 a\u{0}b\r\n\r\n",
    ])
    func malformedResponsesAreRefused(text: String) {
        let bytes = Array(text.utf8)
        var fields: [HeaderField] = []
        #expect(throws: MessageFault.self) {
            try ResponseScanner.scan(bytes.span, length: bytes.count, isHEAD: false, fieldLimit: 100, into: &fields)
        }
    }

    @Test(arguments: [
        ("200", "", false, BodyLength.untilClose), ("200", "Content-Length: 0\r\n", false, .none),
        ("200", "Content-Length: 9\r\n", false, .bytes(9)), ("200", "Content-Length: 9\r\n", true, .none),
        ("204", "Content-Length: 9\r\n", false, .none), ("304", "Content-Length: 9\r\n", false, .none),
        ("100", "", false, .none), ("200", "Transfer-Encoding: chunked\r\n", true, .none),
    ])
    func bodyLengths(status: String, field: String, isHEAD: Bool, expected: BodyLength) throws {
        let bytes = Array("HTTP/1.1 \(status) X\r\n\(field)\r\n".utf8)
        var fields: [HeaderField] = []
        let head = try ResponseScanner.scan(
            bytes.span, length: bytes.count, isHEAD: isHEAD, fieldLimit: 100, into: &fields)
        #expect(head.body == expected)
    }
}
