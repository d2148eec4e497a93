import KubeAPI
import Testing

@testable import Agent

/// What a process prints, and what of it gets into its log.
@Suite struct LogIntakeTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func moment(_ seconds: Double) -> LogIntake.Moment {
        LogIntake.Moment(time: start.adding(seconds: seconds), clock: 100 + seconds)
    }

    private static func stamp(_ seconds: Double) -> String { start.adding(seconds: seconds).description }

    /// Feeds pieces, each at its second, then the end a second later.
    private static func lines(_ pieces: [(Double, String)], endsAfter: Double = 1) -> [String] {
        var intake = LogIntake()
        var out: [UInt8] = []
        for (second, text) in pieces { out += Array(text.utf8).withUnsafeBytes { intake.take($0, at: moment(second)) } }
        out += intake.end(at: moment((pieces.last?.0 ?? 0) + endsAfter))
        return String(decoding: out, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var pieces: [(Double, String)]
        var lines: [String]
    }

    private static let now = stamp(0)
    static let rows = [
        Row(
            testDescription: "a line", pieces: [(0, "\(now) stdout F:info:r1 x  y\n")],
            lines: ["\(now) stdout F:info:r1 x  y"]),
        Row(
            testDescription: "no request", pieces: [(0, "\(now) stderr F:warn x\n")], lines: ["\(now) stderr F:warn x"]),
        Row(testDescription: "a piece", pieces: [(0, "\(now) stdout P:info x\n")], lines: ["\(now) stdout P:info x"]),
        Row(testDescription: "no text", pieces: [(0, "\(now) stdout F:info \n")], lines: ["\(now) stdout F:info "]),
        Row(
            testDescription: "in parts", pieces: [(0, "\(now) stdo"), (1, "ut F:info a\n\(now) stdout F:info b\n")],
            lines: ["\(now) stdout F:info a", "\(now) stdout F:info b"]),
        Row(
            testDescription: "no head", pieces: [(0, "FATAL ERROR: x\n")],
            lines: ["\(now) stderr F:error FATAL ERROR: x"]),
        Row(
            testDescription: "heads that are none",
            pieces: [
                (0, "\(now) stdin F:info x\n\(now) stdout F:loud x\n\(now) stdout F x\n\(now) stdout F:info: x\n")
            ],
            lines: [
                "\(now) stderr F:error \(now) stdin F:info x", "\(now) stderr F:error \(now) stdout F:loud x",
                "\(now) stderr F:error \(now) stdout F x", "\(now) stderr F:error \(now) stdout F:info: x",
            ]),
        Row(testDescription: "no end", pieces: [(0, "half")], lines: ["\(stamp(1)) stderr F:error half"]),
        Row(
            testDescription: "times that are not credible",
            pieces: [(5, "\(stamp(9)) stdout F:info a\n\(stamp(-90)) stdout F:info b\n")],
            lines: ["\(stamp(5)) stdout F:info a", "\(stamp(5)) stdout F:info b"]),
        Row(
            testDescription: "a time before that of the line before",
            pieces: [(5, "native\n\(stamp(4)) stdout F:info b\n")],
            lines: ["\(stamp(5)) stderr F:error native", "\(stamp(5)) stdout F:info b"]),
        Row(
            testDescription: "a clock that is set back", pieces: [(50, "a\n"), (5, "b\n")],
            lines: ["\(stamp(50)) stderr F:error a", "\(stamp(5)) stderr F:error b"]),
    ]

    @Test(arguments: rows) func givesEachLineAHead(_ row: Row) { #expect(Self.lines(row.pieces) == row.lines) }

    @Test(arguments: [1, 7, 1000, 100_000]) func cutsLongLinesBetweenCharacters(size: Int) throws {
        let text = String(repeating: "€", count: 20_000)
        var intake = LogIntake()
        var out: [UInt8] = []
        let bytes = Array("\(Self.now) stdout F:info:r \(text)\nnext\n".utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = bytes[start..<min(start + size, bytes.count)]
            out += Array(piece).withUnsafeBytes { intake.take($0, at: Self.moment(0)) }
        }
        let lines = String(decoding: out, as: UTF8.self).split(separator: "\n").map(String.init)
        let heads = lines.map { $0.split(separator: " ")[2] }
        #expect(heads == ["P:info:r", "P:info:r", "P:info:r", "F:info:r", "F:error"])
        #expect(lines.dropLast().map { $0.split(separator: " ")[3] }.joined() == text)
        #expect(lines.allSatisfy { $0.utf8.count <= LogIntake.lineLimit + 64 })
    }

    @Test func whatIsNoTextIsCutAnywhere() {
        var intake = LogIntake()
        let bytes = [UInt8](repeating: 0x80, count: 100_000)
        let out = bytes.withUnsafeBytes { intake.take($0, at: Self.moment(0)) } + intake.end(at: Self.moment(0))
        #expect(out.filter { $0 == 0x80 }.count == 100_000)
        #expect(out.split(separator: 10).allSatisfy { $0.count <= LogIntake.lineLimit + 64 })
    }

    /// A burst passes, the rest is counted, and a second's worth passes once it is there.
    @Test(arguments: [(10, 20_000), (1000, 3000)]) func dropsWholeLinesAndSaysHowMany(length: Int, count: Int) throws {
        let line = "\(Self.now) stdout F:info " + String(repeating: "x", count: length) + "\n"
        let flood = String(repeating: line, count: count)
        let lines = Self.lines([(0, flood), (0.5, line), (30, line)])
        let kept = lines.filter { $0.hasSuffix("x") }.count
        let limit = min(
            (LogAllowance.burstBytes - LogAllowance.urgentBytes) / line.utf8.count,
            LogAllowance.burstLines - LogAllowance.urgentLines)
        #expect(kept == limit + 1)
        let notice = try #require(lines.dropLast().last)
        let dropped = count + 1 - limit
        #expect(
            notice
                == "\(Self.stamp(30)) stderr F:warn nest: dropped \(dropped) lines (\(dropped * line.utf8.count) bytes): "
                + "more than 256 KiB or 2000 lines a second")
        #expect(lines.filter { $0.contains("nest: dropped") }.count == 1)
    }

    @Test func tellsOfAFloodThatHasEnded() {
        let line = "\(Self.now) stdout F:info " + String(repeating: "x", count: 1000) + "\n"
        var intake = LogIntake()
        _ = Array(String(repeating: line, count: 2000).utf8).withUnsafeBytes { intake.take($0, at: Self.moment(0)) }
        #expect(intake.owesNotice)
        #expect(intake.settle(at: Self.moment(0.2)).isEmpty)
        #expect(String(decoding: intake.settle(at: Self.moment(2)), as: UTF8.self).contains("nest: dropped"))
        #expect(!intake.owesNotice)
        #expect(intake.end(at: Self.moment(3)).isEmpty)
    }

    @Test func lastWordsAreKeptAfterAFlood() {
        let line = "\(Self.now) stdout F:info " + String(repeating: "x", count: 1000) + "\n"
        let lines = Self.lines(
            [(0, String(repeating: line, count: 2000) + "FATAL ERROR: heap out of memory\n")], endsAfter: 0)
        #expect(lines.contains { $0.hasSuffix(" stderr F:error FATAL ERROR: heap out of memory") })
        // But a flood of such lines is one, too.
        let native = Self.lines([(0, String(repeating: "boom\n", count: 50_000))])
        #expect(native.count == LogAllowance.burstLines + 1)
    }

    /// For ever the allowance is that of the seconds.
    @Test func keepsNoMoreThanTheRate() {
        let line = "\(Self.now) stdout F:info " + String(repeating: "x", count: 1000) + "\n"
        var intake = LogIntake()
        var bytes = 0
        let piece = Array(String(repeating: line, count: 60).utf8)
        for step in 0..<6000 {
            bytes += piece.withUnsafeBytes { intake.take($0, at: Self.moment(Double(step) / 100)) }.count
        }
        #expect(bytes <= LogAllowance.burstBytes + 60 * LogAllowance.bytesPerSecond + 100 * 200)
        #expect(bytes >= 50 * LogAllowance.bytesPerSecond)
    }

    @Test func readsAtABoundedPace() {
        var pace = ReadPace()
        #expect(pace.pause(after: 100, at: 10) == nil)
        #expect(pace.pause(after: ReadPace.bytesInWindow - 101, at: 10.01) == nil)
        let pause = pace.pause(after: 1, at: 10.02)
        #expect(pause.map { abs($0 - 0.03) < 1e-6 } == true)
        #expect(pace.pause(after: 1, at: 10.051) == nil)
    }

    @Test func logsOfGoneSandboxesGoLater() {
        var logs = GoneLogs(limit: 2)
        logs.add("a", at: 0)
        logs.add("b", at: 1)
        #expect(logs.due(at: 29) == [])
        #expect(logs.next == 30)
        #expect(logs.due(at: 30.5) == ["a"])
        logs.revive("b")
        #expect(logs.next == nil && logs.due(at: 99) == [])
        for (second, path) in ["c", "d", "e", "c"].enumerated() { logs.add(path, at: Double(100 + second)) }
        #expect(logs.due(at: 104) == ["d"])
        #expect(logs.due(at: 200) == ["e", "c"])
    }
}
