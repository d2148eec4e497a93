import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// What `nest logs` reads, shows and leaves out.
@Suite struct LogsTests {
    struct Target: Sendable {
        var arguments: [String]
        var selector: String?
        var target: LogTarget?
        var refusal = ""
    }

    @Test(arguments: [
        Target(arguments: ["a"], target: .either("a")), Target(arguments: ["sbx/a"], target: .sandbox("a")),
        Target(arguments: ["sbd/a"], target: .deployment("a")),
        Target(arguments: ["sbd", "a"], target: .deployment("a")),
        Target(arguments: ["Sandboxes.nest.dev/a"], target: .sandbox("a")),
        Target(arguments: ["sandboxdeployments.v1alpha1.nest.dev/a"], target: .deployment("a")),
        Target(arguments: [], selector: "app=a", target: .matching("app=a")),
        Target(arguments: [], refusal: "is required"), Target(arguments: [], selector: "", refusal: "is required"),
        Target(arguments: ["sbx/"], refusal: "is required"), Target(arguments: ["sbx/a/b"], refusal: "is required"),
        Target(arguments: ["sbx/a", "sbx/b"], refusal: "is required"),
        Target(arguments: ["a"], selector: "app=a", refusal: "only a selector (-l) or a name"),
        Target(arguments: ["pod/a"], refusal: "\"pod\" has no logs here"),
    ])
    func readsWhoseLogs(_ row: Target) throws {
        guard let target = row.target else {
            let error = #expect(throws: LogsError.self) { try LogTarget(row.arguments, selector: row.selector) }
            #expect(error?.description.contains(row.refusal) == true, "\(error?.description ?? "")")
            return
        }
        #expect(try LogTarget(row.arguments, selector: row.selector) == target)
    }

    @Test(arguments: [
        ("[a-1] info:r1 said  it", SandboxLogLine(time: noon, sandbox: "a-1", request: "r1", text: "said  it")),
        ("[a] warn ", SandboxLogLine(time: noon, sandbox: "a", level: .warn, text: "")),
        (
            "[a] P:error:x:y z",
            SandboxLogLine(time: noon, sandbox: "a", isPiece: true, level: .error, request: "x:y", text: "z")
        ),
        ("[a] loud x", nil), ("warning the pod's own", nil), ("[a] info", nil), ("[] info x", nil), ("", nil),
    ])
    func readsLines(text: String, line: SandboxLogLine?) { #expect(SandboxLogLine("\(noon) \(text)") == line) }

    @Test func aLineWithoutATimeIsNone() { #expect(SandboxLogLine("[a] info x y") == nil) }

    private static func line(
        _ second: Double, _ sandbox: String = "a", _ text: String = "x", level: SandboxLogLine.Level = .info,
        request: String? = nil
    ) -> SandboxLogLine {
        SandboxLogLine(
            time: noon.adding(seconds: second), sandbox: sandbox, level: level, request: request, text: text)
    }

    @Test(arguments: [
        (LogFilter(), line(0), true), (LogFilter(), line(0, "b"), false), (LogFilter(), line(0, "a-1"), false),
        (LogFilter(), line(0, String(repeating: "n", count: 176)), true),
        (LogFilter(since: noon), line(0), true), (LogFilter(since: noon), line(-0.001), false),
        (LogFilter(level: .warn), line(0), false), (LogFilter(level: .warn), line(0, level: .warn), true),
        (LogFilter(level: .warn), line(0, level: .error), true), (LogFilter(request: "r"), line(0), false),
        (LogFilter(request: "r"), line(0, request: "r"), true),
        (LogFilter(request: "r"), line(0, request: "r2"), false),
    ])
    func filters(filter: LogFilter, line: SandboxLogLine, isWanted: Bool) {
        #expect(filter.admits(line, of: ["a", String(repeating: "n", count: 200)]) == isWanted)
    }

    @Test(arguments: [
        (LogLook(), "x\n"), (LogLook(showsSandbox: true), "[a] x\n"), (LogLook(showsTimes: true), "\(noon) x\n"),
        (LogLook(showsTags: true), "warn:r x\n"),
        (LogLook(showsSandbox: true, showsTimes: true, showsTags: true), "[a] \(noon) warn:r x\n"),
    ])
    func writes(look: LogLook, text: String) {
        #expect(look.text(Self.line(0, level: .warn, request: "r")) == text)
    }

    /// A stream that is opened again, from the beginning or from somewhere, brings nothing twice and loses nothing.
    @Test func aStreamGoesOnWhereItWas() {
        let log = [
            Self.line(1, "a", "1"), Self.line(1, "b", "1"), Self.line(2, "a", "2"), Self.line(2, "a", "2"),
            Self.line(2, "a", "3"), Self.line(3, "b", "4"), Self.line(3, "a", "5"), Self.line(3, "a", "6"),
        ]
        for first in 0...log.count {
            for second in first...log.count {
                var cursor = LogCursor()
                var shown: [SandboxLogLine] = []
                for end in [first, second, log.count] {
                    cursor.restart()
                    let start = cursor.start(["a": noon, "b": noon], since: nil) ?? noon
                    for line in log[..<end] where line.time >= start && cursor.isNew(line) { shown.append(line) }
                }
                #expect(shown.filter { $0.sandbox == "a" } == log.filter { $0.sandbox == "a" })
                #expect(shown.filter { $0.sandbox == "b" } == log.filter { $0.sandbox == "b" })
            }
        }
    }

    @Test func aStreamBeginsWhereItMust() {
        var cursor = LogCursor()
        let made = noon.adding(seconds: 500)
        #expect(cursor.start(["a": nil], since: nil) == nil)
        #expect(cursor.start(["a": nil], since: made) == made)
        #expect(cursor.start(["a": made], since: nil) == made.adding(seconds: -LogCursor.skew))
        #expect(cursor.start(["a": made], since: made) == made)
        _ = cursor.isNew(Self.line(9))
        #expect(cursor.start(["a": nil], since: nil) == noon.adding(seconds: 9))
        #expect(cursor.start(["a": nil, "b": made], since: nil) == noon.adding(seconds: 9))
        #expect(cursor.start(["a": nil, "b": nil], since: nil) == nil)
    }

    @Test func keepsTheLastOfEach() {
        var last = LastLogLines(2)
        for second in 0..<500 { last.add(Self.line(Double(second), second % 100 == 0 ? "b" : "a", "\(second)")) }
        #expect(last.inOrder.map(\.text) == ["300", "400", "498", "499"])
        var none = LastLogLines(0)
        for second in 0..<500 { none.add(Self.line(Double(second))) }
        #expect(none.inOrder.isEmpty)
    }

    @Test func thereIsAStreamForEachPod() {
        func sandbox(_ name: String, _ pod: String?) -> Sandbox {
            var metadata = ObjectMeta(name: name, namespace: "default")
            metadata.creationTimestamp = noon
            return Sandbox(
                metadata: metadata, spec: SandboxSpec(template: SandboxTemplate.sample().spec, nodeName: pod))
        }
        let streams = LogStreams([
            sandbox("a", "p"), sandbox("b", "q"), sandbox("c", "p"), sandbox("e", nil), sandbox("d", nil),
        ])
        #expect(streams.pods == ["p": ["a": noon, "c": noon], "q": ["b": noon]])
        #expect(streams.waiting == ["d", "e"] && streams.count == 3)
    }
}
