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

    @Test(
        arguments: [
            (range(), "boom\n\(time(1)) old\n\(time(2)) one\nmore\n\(time(3)) two\n"),
            (range(tail: 2), "more\n\(time(3)) two\n"), (range(tail: 0), ""), (range(limit: 7), "boom\n20"),
            (range(since: time(2)), "boom\n\(time(2)) one\nmore\n\(time(3)) two\n"),
            (range(tail: 2, times: true), "\(time(2)) more\n\(time(3)) \(time(3)) two\n"),
        ])
    func reads(range: PodLogFiles.Range, wanted: String) async throws {
        let machine = try Machine()
        defer { try? FileManager.default.removeItem(at: machine.directory) }
        try machine.write("shim.err", "boom\n")
        try machine.write("shim.log.1", "\(Self.time(1)) old\n")
        try machine.write("shim.log", "\(Self.time(2)) one\nmore\n\(Self.time(3)) two\n")
        for name in ["sidecar.log", "sidecar.err", "host-3.log"] { try machine.write(name, "not this\n") }
        var text: [UInt8] = []
        try await machine.files()?.read(range, follows: false, isWanted: { true }) { text += $0 }
        #expect(String(decoding: text, as: UTF8.self) == wanted)
    }

    @Test func theAppsSandboxesSpeakWithTheirNames() async throws {
        let machine = try Machine()
        defer { try? FileManager.default.removeItem(at: machine.directory) }
        for (index, name) in ["b-1-0123abcd.log", "a-89abcdef.log", "shim.log"].enumerated() {
            try machine.write(name, "hi \(index)\n")
            let date = Date(timeIntervalSince1970: Double(1000 + index))
            let path = machine.logs.appending(path: name).path
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        }
        var text: [UInt8] = []
        try await machine.files()?.read(Self.range(), follows: false, isWanted: { true }) { text += $0 }
        #expect(String(decoding: text, as: UTF8.self) == "hi 2\n[b-1] hi 0\n[a] hi 1\n")
        text = []
        try await machine.files()?.read(Self.range(tail: 1), follows: false, isWanted: { true }) { text += $0 }
        #expect(String(decoding: text, as: UTF8.self) == "[a] hi 1\n")
    }

    @Test func onlyThePodsOwnContainersHaveLogs() throws {
        let machine = try Machine()
        defer { try? FileManager.default.removeItem(at: machine.directory) }
        #expect(machine.files("sidecar") != nil)
        #expect(machine.files("other") == nil)
        #expect(machine.files(uid: "nobody") == nil)
        #expect(machine.files(uid: "../pods/uid") == nil)
        #expect(machine.files(uid: "") == nil)
    }

    /// Whole lines, also across a rotation, until nobody wants more or the pod is gone.
    @Test(arguments: [true, false]) func follows(podGoes: Bool) async throws {
        let machine = try Machine()
        defer { try? FileManager.default.removeItem(at: machine.directory) }
        try machine.write("shim.log", "one\n")
        let files = try #require(machine.files())
        let text = Mutex("")
        let isWanted = Mutex(true)
        try await files.read(Self.range(), follows: true, isWanted: { isWanted.withLock { $0 } }) { bytes in
            let seen = text.withLock { text in
                text += String(decoding: bytes, as: UTF8.self)
                return text
            }
            switch seen {
            case "one\n": try machine.append("shim.log", "two\nthr")
            case "one\ntwo\n":
                try machine.append("shim.log", "ee\n")
            case "one\ntwo\nthree\n":
                try machine.append("shim.log", "late\n")
                try FileManager.default.moveItem(
                    at: machine.logs.appending(path: "shim.log"), to: machine.logs.appending(path: "shim.log.1"))
                try machine.write("shim.log", "four\n")
            case "one\ntwo\nthree\nlate\nfour\n":
                if podGoes {
                    try FileManager.default.removeItem(at: machine.logs)
                } else {
                    isWanted.withLock { $0 = false }
                }
            default: Issue.record("unexpected: \(seen)")
            }
        }
        #expect(text.withLock { $0 } == "one\ntwo\nthree\nlate\nfour\n")
    }
}
