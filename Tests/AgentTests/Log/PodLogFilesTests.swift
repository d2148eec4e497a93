import Foundation
import KubeAPI
import Synchronization
import Testing

@testable import Agent

/// `kubectl logs` of a pod of this machine.
@Suite struct PodLogFilesTests {
    /// A machine's data directory with the logs of one pod, `uid`.
    private struct Machine {
        let directory = FileManager.default.temporaryDirectory.appending(path: "podlogs-\(UUID().uuidString)")
        var logs: URL { directory.appending(path: "pods/uid/logs") }

        init() throws { try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true) }

        func write(_ name: String, _ text: String) throws {
            try text.write(to: logs.appending(path: name), atomically: true, encoding: .utf8)
        }

        func write(_ name: String, _ text: String, modified: String) throws {
            try write(name, text)
            try touch(name, try #require(Timestamp(modified)))
        }

        func touch(_ name: String, _ time: Timestamp) throws {
            let date = Date(timeIntervalSince1970: Double(time.seconds))
            try FileManager.default.setAttributes(
                [.modificationDate: date], ofItemAtPath: logs.appending(path: name).path)
        }

        func text(_ range: PodLogFiles.Range) async throws -> String {
            var text: [UInt8] = []
            try await files()?.read(range, follows: false, isWanted: { true }) { text += $0 }
            return String(decoding: text, as: UTF8.self)
        }

        func remove() { try? FileManager.default.removeItem(at: directory) }

        func append(_ name: String, _ text: String) throws {
            let file = try FileHandle(forWritingTo: logs.appending(path: name))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
        }

        func files(_ container: String = "app", uid: String = "uid") -> PodLogFiles? {
            PodLogFiles(dataDirectory: directory.path, uid: uid, container: container)
        }
    }

    private static func range(
        tail: Int? = nil, limit: Int? = nil, since: String? = nil, times: Bool = false
    ) -> PodLogFiles.Range {
        .init(tailLines: tail, limitBytes: limit, since: since.flatMap { Timestamp($0) }, showsTimes: times)
    }

    private static func time(_ second: Int) -> String { "2026-01-01T00:00:0\(second)Z" }

    private static let own = "boom\nold\none\nmore\ntwo\n"

    @Test(
        arguments: [
            (range(), own), (range(tail: 2), "more\ntwo\n"), (range(tail: 0), ""), (range(limit: 7), "boom\nol"),
            (range(since: time(2)), "one\nmore\ntwo\n"), (range(tail: 1, since: time(4)), ""),
            (range(tail: 2, times: true), "\(time(2)) more\n\(time(3)) two\n"),
            (
                range(tail: 9, times: true),
                ([0, 1, 2, 2, 3].map(time)).enumerated().map {
                    "\($0.element) \(own.split(separator: "\n")[$0.offset])\n"
                }.joined()
            ),
        ])
    func reads(range: PodLogFiles.Range, wanted: String) async throws {
        let machine = try Machine()
        defer { machine.remove() }
        try machine.write("shim.err", "boom\n", modified: Self.time(0))
        try machine.write("shim.log.1", "\(Self.time(1)) old\n")
        try machine.write("shim.log", "\(Self.time(2)) one\nmore\n\(Self.time(3)) two\n")
        for name in ["sidecar.log", "sidecar.err", "host-3.log"] { try machine.write(name, "not this\n") }
        #expect(try await machine.text(range) == wanted)
    }

    /// Whatever file a line is in, and whether it has a head.
    @Test func theAppsSandboxesSpeakInTheOrderOfTime() async throws {
        let machine = try Machine()
        defer { machine.remove() }
        try machine.write("default_b-1-0123abcd.log.1", "\(Self.time(1)) stdout F:info:r1 one\n")
        try machine.write(
            "default_b-1-0123abcd.log", "\(Self.time(4)) stdout P:info four\n\(Self.time(6)) stderr F:warn six\n")
        try machine.write(
            "host-x_a-89abcdef.log", "\(Self.time(2)) stderr F:error two\nnative\n\(Self.time(5)) stdout F:info five\n")
        try machine.write("shim.log", "\(Self.time(3)) warning three\n")
        let all = [
            "[b-1] info:r1 one", "[a] error two", "[a] error native", "warning three", "[b-1] P:info four",
            "[a] info five",
            "[b-1] warn six",
        ]
        #expect(try await machine.text(Self.range()) == all.joined(separator: "\n") + "\n")
        #expect(try await machine.text(Self.range(tail: 2)) == all.suffix(2).joined(separator: "\n") + "\n")
        let timed = try await machine.text(Self.range(tail: 1, times: true))
        #expect(timed == "\(Self.time(6)) [b-1] warn six\n")
    }

    /// Many sandboxes, in many pieces, and no more of them in memory than a piece of each.
    @Test func mergesManyLogs() async throws {
        let machine = try Machine()
        defer { machine.remove() }
        let start = Timestamp(seconds: 1_800_000_000)
        let count = 5000
        for sandbox in 0..<7 {
            let lines = stride(from: sandbox, to: count, by: 7).map { number in
                "\(start.adding(seconds: Double(number))) stdout F:info \(number)"
            }
            let half = lines.count / 2
            try machine.write("default_s\(sandbox)-0.log.1", lines[..<half].joined(separator: "\n") + "\n")
            try machine.write("default_s\(sandbox)-0.log", lines[half...].joined(separator: "\n") + "\n")
        }
        let numbers = try await machine.text(Self.range()).split(separator: "\n").map { $0.split(separator: " ")[2] }
        #expect(numbers == (0..<count).map { "\($0)" })
    }

    /// The end is found without the rest, and what was written too long ago is not read.
    @Test(arguments: [0, 1, 7, 999, 1000])
    func readsTheEndOfLongLogs(count: Int) async throws {
        let machine = try Machine()
        defer { machine.remove() }
        let start = Timestamp(seconds: 1_700_000_000)
        let filler = String(repeating: "x", count: 500)
        let lines = (0..<3000).map { "\(start.adding(seconds: Double($0))) stdout F:info \($0) \(filler)" }
        try machine.write("default_a-0.log.1", lines[..<2000].joined(separator: "\n") + "\n")
        try machine.write("default_a-0.log", lines[2000...].joined(separator: "\n") + "\n")
        func numbers(_ range: PodLogFiles.Range) async throws -> [Substring] {
            try await machine.text(range).split(separator: "\n").map { $0.split(separator: " ")[2] }
        }
        #expect(try await numbers(Self.range(tail: count)) == (3000 - count..<3000).map { "\($0)" })
        let since = start.adding(seconds: 1500)
        #expect(try await numbers(Self.range(since: "\(since)")) == (1500..<3000).map { "\($0)" })
        for (name, first) in [("default_a-0.log.1", 2000), ("default_a-0.log", 3000)] {
            try machine.touch(name, since.adding(seconds: -2))
            #expect(try await numbers(Self.range(since: "\(since)")) == (first..<3000).map { "\($0)" })
        }
    }

    @Test func onlyThePodsOwnContainersHaveLogs() throws {
        let machine = try Machine()
        defer { machine.remove() }
        #expect(machine.files("sidecar") != nil)
        #expect(machine.files("other") == nil)
        #expect(machine.files(uid: "nobody") == nil)
        #expect(machine.files(uid: "../pods/uid") == nil)
        #expect(machine.files(uid: "") == nil)
    }

    /// Whole lines, also across a rotation, of sandboxes that come and go, until nobody wants more or the pod is gone.
    @Test(arguments: [true, false]) func follows(podGoes: Bool) async throws {
        let machine = try Machine()
        defer { machine.remove() }
        let (log, time) = ("default_a-0.log", Self.time(1))
        try machine.write("shim.log", "\(time) one\n")
        let files = try #require(machine.files())
        let text = Mutex("")
        let isWanted = Mutex(true)
        let all = "one\n[a] info two\n[a] info three\n[a] info late\n[a] info four\n"
        try await files.read(Self.range(), follows: true, isWanted: { isWanted.withLock { $0 } }) { bytes in
            let seen = text.withLock { text in
                text += String(decoding: bytes, as: UTF8.self)
                return text
            }
            switch seen {
            case "one\n": try machine.write(log, "\(time) stdout F:info two\n\(time) stdout F:in")
            case "one\n[a] info two\n": try machine.append(log, "fo three\n")
            case "one\n[a] info two\n[a] info three\n":
                try machine.append(log, "\(time) stdout F:info late\n")
                try FileManager.default.moveItem(
                    at: machine.logs.appending(path: log), to: machine.logs.appending(path: log + ".1"))
                try machine.write(log, "\(time) stdout F:info four\n")
            case all:
                if podGoes {
                    try FileManager.default.removeItem(at: machine.logs)
                } else {
                    isWanted.withLock { $0 = false }
                }
            default: Issue.record("unexpected: \(seen)")
            }
        }
        #expect(text.withLock { $0 } == all)
    }
}
