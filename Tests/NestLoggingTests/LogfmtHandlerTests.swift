import Logging
import Synchronization
import Testing

@testable import NestLogging

@Suite struct LogfmtHandlerTests {
    @Test func aLineHasItsPartsInOrder() {
        let lines = Lines()
        var handler = LogfmtHandler(component: "scheduler", clock: { "T" }, write: lines.add)
        handler[metadataKey: "pod"] = "default-0"
        let logger = Logger(label: "scheduler") { _ in handler }
        logger.info("bound it", metadata: ["sandbox": "a/b", "pod": "own"])
        #expect(lines.all == ["time=T level=info component=scheduler msg=\"bound it\" pod=own sandbox=a/b\n"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""),
        ("say \"hi\"", "\"say \\\"hi\\\"\""), ("a\nb\tc\u{1}", "\"a\\nb\\tc\\u{1}\""), ("naïve", "naïve"),
    ])
    func valuesAreQuotedWhereTheyMust(_ text: String, _ expected: String) {
        #expect(LogfmtHandler.quoted(text) == expected)
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        @Sendable func add(_ line: String) { lines.withLock { $0.append(line) } }
    }
}
