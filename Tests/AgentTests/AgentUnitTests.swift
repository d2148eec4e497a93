import FoundationEssentials
import Glibc
import Testing

@testable import Agent

@Suite struct HostMessageTests {
    @Test(arguments: [
        (#"{"type":"booted","version":"20.1.0"}"#, HostMessage.booted(version: "20.1.0")),
        (#"{"type":"loaded","id":"a"}"#, .loaded(id: "a")),
        (#"{"type":"unloaded","id":"a"}"#, .unloaded(id: "a")),
        (#"{"type":"parked","id":"a"}"#, .parked(id: "a")),
        (#"{"type":"busy","id":"a"}"#, .busy(id: "a")),
        (#"{"type":"leaked","id":"a","message":"a timer"}"#, .leaked(id: "a", message: "a timer")),
        (#"{"type":"tainted","reason":"StuckThread","message":"m"}"#, .tainted(reason: "StuckThread", message: "m")),
        (
            #"{"type":"ended","id":"a","reason":"CPULimitExceeded","message":"m"}"#,
            .ended(id: "a", reason: "CPULimitExceeded", message: "m")
        ),
        (#"{"type":"ended","id":"a","reason":"Invented"}"#, .ended(id: "a", reason: "Exited", message: "")),
        (#"{"type":"stats"}"#, .stats([])),
        (#"{"type":"loaded"}"#, .loaded()),
        (#"{"cmd":"NODE_HANDLE_ACK"}"#, .other),
        (#"{"type":"failed","reason":"SyntaxError","message":"m"}"#, .failed(reason: "SyntaxError", message: "m")),
        (#"{"type":"failed","reason":"Ready","message":"m"}"#, .failed(reason: "LoadError", message: "m")),
        (
            #"{"type":"failed","message":"E: m","stack":"E: m\n at x"}"#,
            .failed(reason: "LoadError", message: "E: m\n at x")
        ),
        (#"{"type":"crashed","message":"\u001b[31mred"}"#, .crashed("\u{fffd}[31mred")),
        (#"{"type":"crashed","message":"m","requestId":"r1"}"#, .crashed("m\nin request r1")),
        (#"{"type":"failed","reason":"NotListening","message":"m"}"#, .failed(reason: "NotListening", message: "m")),
        (#"{"type":"pong","nonce":7}"#, .pong(nonce: 7)),
        (#"{"type":"pong"}"#, .other),
        (
            #"{"type":"pong","nonce":7,"requests":9,"errors":2,"active":1}"#,
            .pong(nonce: 7, RequestCounts(requests: 9, errors: 2, active: 1))
        ),
        (
            #"{"type":"pong","nonce":7,"requests":-1,"errors":1e300,"active":2.9}"#,
            .pong(nonce: 7, RequestCounts(errors: 1 << 53, active: 2))
        ),
        (
            #"{"type":"pong","nonce":7,"requests":"NaN","errors":null,"active":[1]}"#, .pong(nonce: 7)
        ),
        (#"{"type":"pong","nonce":7,"requests":1e999,"errors":{},"active":true}"#, .pong(nonce: 7)),
    ])
    func reads(line: String, expected: HostMessage) { #expect(HostMessage(line: line.utf8) == expected) }

    @Test(arguments: ["", "x", "[1]", #"{"type":1}"#, #"{"type":"booted"}"#, #"{"type":"booted","version":"a b"}"#])
    func refuses(line: String) { #expect(HostMessage(line: line.utf8) == nil) }

    @Test(arguments: [
        ("2024-01-02T03:04:05.678Z stdout F:info:r1 said  it", "said  it"),
        ("2024-01-02T03:04:05.678Z stderr P:error piece", "piece"), ("2024-01-02T03:04:05.678Z stdout F:info ", ""),
        ("FATAL ERROR: of its own", "FATAL ERROR: of its own"), ("a stdout b c", "a stdout b c"), ("", ""),
    ])
    func readsLinesOfTheLog(line: String, text: String) { #expect(LogHead.text(of: line[...]) == text) }

    @Test func cutsLongText() {
        #expect(HostMessage.cut(String(repeating: "€", count: 5000)).utf8.count <= 4096)
    }
}

@Suite struct AgentCommandTests {
    @Test func reads() {
        #expect(AgentCommand.parse(["shim", "--config", "f"]) == .run(role: "shim", config: "f", level: .warning))
        #expect(
            AgentCommand.parse(["sidecar", "--log-level", "debug", "--config", "f"])
                == .run(role: "sidecar", config: "f", level: .debug))
        #expect(AgentCommand.parse(["--help"]) == .help)
    }

    @Test(arguments: [
        [], ["pod"], ["shim"], ["shim", "--config"], ["shim", "--colour", "red"],
        ["shim", "--config", "f", "--log-level", "loud"],
    ])
    func refuses(arguments: [String]) {
        guard case .wrong = AgentCommand.parse(arguments) else {
            Issue.record("\(arguments) were taken")
            return
        }
    }
}

@Suite struct AddressReservationTests {
    @Test func twoNeverHaveTheSame() throws {
        let name = "reservation-\(getpid())"
        let first = try AddressReservation.take(for: name)
        let second = try AddressReservation.take(for: name)
        #expect(first.address != second.address)
        first.release()
        let third = try AddressReservation.take(for: name)
        #expect(third.address == first.address)
        second.release()
        third.release()
    }
}

@Suite struct MachineTests {
    @Test func readsMemory() {
        let expected: Int64 = 25_274_621_952
        #expect(Machine.total("MemTotal:       24682248 kB\nMemFree: 1 kB\n") == expected)
        #expect(Machine.total("nothing") == nil)
        #expect(Machine.memoryBytes > 1 << 20)
    }

    @Test func knowsAProcessByItsStart() throws {
        let own = try #require(ProcessIdentity(pid: getpid()))
        #expect(own.isAlive)
        var other = own
        other.startTime += 1
        #expect(!other.isAlive)
    }

    @Test func logsAreBounded() throws {
        let path = "/tmp/nest-log-\(getpid())"
        defer { for suffix in ["", ".1"] { unlink(path + suffix) } }
        var log = try BoundedLog(path: path)
        let line = String(repeating: "x", count: 1023) + "\n"
        for _ in 0..<3000 { log.append(line.utf8) }
        for suffix in ["", ".1"] {
            let size = try #require(FileManager.default.contents(atPath: path + suffix)).count
            #expect(size <= BoundedLog.limit)
        }
        #expect(log.tail(lines: 2) == String(repeating: "x", count: 1023) + "\n" + String(repeating: "x", count: 1023))
    }
}

@Suite struct SandboxWorkTests {
    /// What a start waited for its turn is no part of its time; said twice, it counts once.
    @Test func waitingForATurnPutsOffTheDeadlineOnce() {
        var work = SandboxWork()
        work.startDeadline = 10
        var report = SandboxReport(uid: "a", state: .loading, address: "127.0.0.1")
        report.waitedSeconds = 30
        work.take(report, now: 30)
        #expect(work.startDeadline == 10)
        (report.state, report.loadedAt) = (.running, .now())
        work.take(report, now: 31)
        work.take(report, now: 32)
        #expect(work.startDeadline == 40)
    }
}
