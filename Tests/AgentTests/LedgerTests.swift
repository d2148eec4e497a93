import FoundationEssentials
import Glibc
import Testing

@testable import Agent

/// What a shim leaves for the next one.
@Suite struct LedgerTests {
    private func inDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/nest-ledger-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func theNextShimTakesOtherPorts() throws {
        try inDirectory { directory in
            let path = directory + "/next-port"
            var first = PortLedger(20_001..<32_768, path: path)
            let taken = (0..<300).compactMap { _ in first.take() }
            #expect(taken == Array(20_001..<20_301))
            var second = PortLedger(20_001..<32_768, path: path)
            let next = second.take() ?? 0
            #expect(next > 20_300 && next <= 20_300 + PortLedger.block)
            // Round the corner.
            try Data("32767".utf8).write(to: URL(filePath: path))
            var last = PortLedger(20_001..<32_768, path: path)
            #expect([last.take(), last.take()] == [32_767, 20_001])
        }
    }

    @Test(arguments: ["", "x", "1", "99999", "-5"]) func aFileThatIsWrongIsNone(text: String) throws {
        try inDirectory { directory in
            try Data(text.utf8).write(to: URL(filePath: directory + "/next-port"))
            var ports = PortLedger(20_001..<20_010, path: directory + "/next-port")
            #expect(ports.take() == 20_001)
        }
    }

    @Test func whatStillRunsOfAnEarlierShimIsEnded() throws {
        try inDirectory { directory in
            let journal = HostJournal(directory: directory + "/hosts")
            #expect(try journal.endLeftovers() == 0)
            let spec = ProcessSpec(
                arguments: ["/bin/sleep", "60"], environment: [:], directory: nil, descriptors: [0, 1, 2])
            let (left, other) = (try spec.spawn(), try spec.spawn())
            defer {
                for pid in [left, other] {
                    kill(pid, SIGKILL)
                    waitpid(pid, nil, 0)
                }
            }
            journal.add(try #require(ProcessIdentity(pid: left)))
            // Its number is another process's by now.
            let identity = try #require(ProcessIdentity(pid: other))
            journal.add(ProcessIdentity(pid: other, startTime: identity.startTime + 1))
            try Data().write(to: URL(filePath: directory + "/hosts/nonsense"))
            #expect(try journal.endLeftovers() == 1)
            #expect(ProcessIdentity(pid: left)?.isAlive != true)
            #expect(identity.isAlive)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/hosts") == [])
        }
    }
}
