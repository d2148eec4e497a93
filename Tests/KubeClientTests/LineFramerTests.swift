import FoundationEssentials
import Testing

@testable import KubeClient

@Suite struct LineFramerTests {
    private func lines(_ chunks: [Data], limit: Int = 100) throws -> [String] {
        var framer = LineFramer(limit: limit)
        var lines: [String] = []
        for chunk in chunks {
            framer.push(chunk)
            while let line = try framer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        return lines
    }

    @Test func givesTheSameLinesHoweverTheBytesArrive() throws {
        let text = Data("{\"a\":1}\n\nzwei — ü\n\ndrei\n".utf8)
        for first in 0...text.count {
            for second in first...text.count {
                let chunks = [text[..<first], text[first..<second], text[second...]].map { Data($0) }
                #expect(try lines(chunks) == ["{\"a\":1}", "zwei — ü", "drei"])
            }
        }
        #expect(try lines(text.map { Data([$0]) }) == ["{\"a\":1}", "zwei — ü", "drei"])
    }

    @Test func keepsWhatHasNoEnd() throws {
        var framer = LineFramer(limit: 10)
        framer.push(Data("ab\ncd".utf8))
        #expect(try framer.next() == Data("ab".utf8))
        #expect(try framer.next() == nil)
        #expect(framer.rest == Data("cd".utf8))
    }

    @Test(arguments: [["12345678901\n"], ["12345", "678901"], ["12345", "678901\n"]])
    func refusesALineOverTheLimit(_ chunks: [String]) {
        #expect(throws: LineFramer.TooLong(limit: 10)) {
            try lines(chunks.map { Data($0.utf8) }, limit: 10)
        }
    }

    @Test func takesALineOfExactlyTheLimit() throws {
        #expect(try lines([Data("12345".utf8), Data("67890\n".utf8)], limit: 10) == ["1234567890"])
    }
}
