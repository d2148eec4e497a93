import NIOCore
import Testing

@testable import Gateway

@Suite struct BodyFramingTests {
    /// Feeds a body in two pieces, keeping what is not taken, as a connection does.
    static func feed(_ body: String, splitAt split: Int, as length: BodyLength) throws(MessageFault) -> (
        passed: Int, isComplete: Bool, unwrapped: String
    ) {
        let bytes = Array(body.utf8)
        var (framing, unwrapping) = (BodyFraming(length), BodyFraming(length))
        var output = ByteBuffer()
        var (taken, unwrapped, isComplete) = (0, 0, false)
        for end in [split, bytes.count] where !isComplete {
            let progress = try framing.pass(Array(bytes[taken..<end]).span)
            taken += progress.count
            isComplete = progress.isComplete
            unwrapped += try unwrapping.unwrap(Array(bytes[unwrapped..<end]).span, into: &output).count
        }
        return (taken, isComplete, String(buffer: output))
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;name=value\r\nhello\r\n0;last\r\n\r\n", "hello"),
        ("1\r\na\r\nA\r\n0123456789\r\n000\r\n\r\n", "a0123456789"),
        ("2\r\n\r\n\r\n0\r\nX-Checksum: 1\r\nY: 2\r\n\r\n", "\r\n"),
        ("0\r\n\r\n", ""),
    ])
    func chunksPassAndUnwrapAtEverySplit(body: String, data: String) throws {
        for split in 0...body.utf8.count {
            let result = try Self.feed(body + "GET /", splitAt: split, as: .chunked)
            #expect(result.passed == body.utf8.count && result.isComplete)
            #expect(result.unwrapped == data)
        }
    }

    @Test(arguments: [
        "0x5\r\nhello\r\n0\r\n\r\n", "5_\r\nhello\r\n", "\r\nhello\r\n", ";a\r\n", "g\r\n", "-5\r\nhello\r\n",
        "+5\r\nhello\r\n",
        " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\nhello\r\n", "5\r\nhello\n", "5\r\nhelloX\r\n", "5\rX",
        "1000000000000000\r\n", "5;a\u{0}b\r\nhello\r\n", "5;a\nX\r\n", "5;\rX\r\nhello\r\n",
        "0\r\nX\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nContent-Length: 5\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nHost: h\r\n\r\n", "0\r\nNest-Sandbox-Token: x\r\n\r\n",
        "0\r\nConnection: close\r\n\r\n",
    ])
    func malformedChunksAreRefusedAtEverySplit(body: String) {
        for split in 0...body.utf8.count {
            #expect(throws: MessageFault.self, "\(body.debugDescription) at \(split)") {
                try Self.feed(body, splitAt: split, as: .chunked)
            }
        }
    }

    @Test func sizeLinesAndTrailersHaveLimits() {
        let extensions = String(repeating: "e", count: 300)
        #expect(throws: MessageFault.self) { try Self.feed("5;\(extensions)", splitAt: 0, as: .chunked) }
        let trailers = (0..<40).map { "X-\($0): y\r\n" }.joined()
        #expect(throws: MessageFault.self) { try Self.feed("0\r\n\(trailers)\r\n", splitAt: 0, as: .chunked) }
        let long = String(repeating: "t", count: 9_000)
        #expect(throws: MessageFault.self) { try Self.feed("0\r\nX: \(long)", splitAt: 0, as: .chunked) }
    }

    @Test func aLengthEndsWhereItSays() throws {
        for split in 0...10 {
            let result = try Self.feed("0123456789", splitAt: split, as: .bytes(7))
            #expect(result.passed == 7 && result.isComplete && result.unwrapped == "0123456")
        }
        #expect(try Self.feed("GET", splitAt: 1, as: .none).passed == 0)
        #expect(try Self.feed("abc", splitAt: 1, as: .untilClose).isComplete == false)
    }
}
