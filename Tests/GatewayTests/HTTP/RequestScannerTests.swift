import Testing

@testable import Gateway

/// Reads a message as the connection does: finder first, fed with the prefixes given, then scanner.
func scanRequest(_ text: String, splitAt split: Int? = nil) -> Result<RequestHead, MessageFault> {
    let bytes = Array(text.utf8)
    var finder = HeadFinder()
    if let split {
        switch finder.advance(Array(bytes[..<split]).span, limit: 65_536) {
        case .fault(let fault): return .failure(fault)
        case .complete, .incomplete: break
        }
        if split == bytes.count { finder = HeadFinder() }
    }
    switch finder.advance(bytes.span, limit: 65_536) {
    case .incomplete: return .failure(MessageFault("incomplete", status: 0))
    case .fault(let fault): return .failure(fault)
    case .complete(let length):
        var fields: [HeaderField] = []
        do throws(MessageFault) {
            return .success(
                try RequestScanner.scan(bytes.span, length: length, fieldLimit: 100, into: &fields))
        } catch {
            return .failure(error)
        }
    }
}

/// Requests that a gateway must refuse, and with what.
enum HostileRequests {
    static let all: [(String, Int)] = framing + lines + targets

    static let framing: [(String, Int)] = [
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1_0\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 0x10\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1 0\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \u{0b}chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST /fn/a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ]

    static let lines: [(String, Int)] = [
        ("GET /fn/a/b HTTP/1.1\nHost: h\n\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\n X: folded\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\n\tX: folded\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\n Host: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nX\u{0}: b\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nX: a\u{7f}b\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
    ]

    static let targets: [(String, Int)] = [
        ("GET /fn/a/b\r\n\r\n", 400),
        ("GET /fn/a/b \r\n\r\n", 400),
        ("GET  /fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b  HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
        ("GET\t/fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (" GET /fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("G@T /fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b http/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/01.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/1.+\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b#c HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET http://other/fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /fn/a/b HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\n", 505),
        ("GET /fn/a/b HTTP/1.2\r\nHost: h\r\n\r\n", 505),
        ("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        ("TRACE /fn/a/b HTTP/1.1\r\nHost: h\r\n\r\n", 405),
    ]
}

@Suite struct RequestScannerTests {
    @Test(arguments: HostileRequests.all)
    func hostileRequestsAreRefused(text: String, status: Int) {
        guard case .failure(let fault) = scanRequest(text) else {
            Issue.record("accepted: \(text.debugDescription)")
            return
        }
        #expect(fault.status == status, "\(text.debugDescription): \(fault.reason)")
    }

    @Test(arguments: HostileRequests.all)
    func whereTheBytesAreSplitMakesNoDifference(text: String, status: Int) {
        for split in 0..<text.utf8.count {
            guard case .failure(let fault) = scanRequest(text, splitAt: split) else {
                Issue.record("accepted when split at \(split): \(text.debugDescription)")
                return
            }
            #expect(fault.status == status)
        }
    }

    @Test func aSoundRequestIsReadTheSameHoweverItIsSplit() throws {
        let text =
            "PUT /fn/ns/name/x?y HTTP/1.1\r\nHost: example:80\r\nContent-Length: 5\r\nX-Request-Id: 1\r\n\r\nhello"
        let whole = try scanRequest(text).get()
        #expect(whole.body == .bytes(5) && whole.isIdempotent && whole.keepAlive && whole.hasRequestID)
        #expect(whole.length == text.utf8.count - 5)
        for split in 0..<whole.length {
            #expect(try scanRequest(text, splitAt: split).get() == whole)
        }
    }

    @Test(arguments: [
        ("", true), ("Connection: close\r\n", false), ("Connection: x, Close\r\n", false),
        ("Connection: x\r\nConnection: close\r\n", false), ("Connection: keep-alive\r\n", true),
        ("Connection:\r\n", true),
    ])
    func keepAlive(field: String, expected: Bool) throws {
        #expect(try scanRequest("GET / HTTP/1.1\r\nHost: h\r\n\(field)\r\n").get().keepAlive == expected)
    }

    @Test func http10KeepsTheConnectionOnlyWhenAsked() throws {
        #expect(try scanRequest("GET / HTTP/1.0\r\n\r\n").get().keepAlive == false)
        #expect(try scanRequest("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").get().keepAlive)
    }

    @Test(arguments: [
        ("Connection: Upgrade\r\nUpgrade: websocket\r\n", true), ("Upgrade: websocket\r\n", false),
        ("Connection: upgrade\r\n", false), ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", false),
    ])
    func upgrade(fields: String, expected: Bool) throws {
        #expect(try scanRequest("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n").get().wantsUpgrade == expected)
    }

    @Test func anAbsoluteTargetOfTheSameHostIsItsPath() throws {
        let text = "GET http://H:80/fn/a/b?c HTTP/1.1\r\nHost: h:80\r\n\r\n"
        let head = try scanRequest(text).get()
        #expect(String(decoding: Array(text.utf8)[head.target], as: UTF8.self) == "/fn/a/b?c")
    }

    @Test func limits() {
        let fields = (0..<100).map { "X-\($0): y\r\n" }.joined()
        #expect(throws: MessageFault.self) { try scanRequest("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n").get() }
        let long = String(repeating: "a", count: 65_536)
        guard case .failure(let fault) = scanRequest("GET /\(long) HTTP/1.1\r\nHost: h\r\n\r\n") else {
            Issue.record("a head of more than 64 KiB was accepted")
            return
        }
        #expect(fault.status == 431)
    }
}
