import FoundationEssentials
import Glibc
import NIOPosix
import Testing

@testable import Agent

/// What a pod on a cluster writes to its standard output.
@Suite struct StandardLogTests {
    private static let line = "2026-01-02T03:04:05.678Z stdout F:info:r1 said it\n"
    private static let shown = "[s] info:r1 said it\n"

    @Test func writesToAFile() async throws {
        let path = "/tmp/nest-stdout-\(getpid())"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer {
            close(descriptor)
            unlink(path)
        }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let log = try await StandardLog(descriptor, loop: loop)
        log.write(Array((Self.line + "2026-01-02T03:04:05Z stderr P:warn half\n").utf8), of: "s")
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text == Self.shown + "[s] P:warn half\n")
    }

    /// Nobody reads: nothing waits, and what is lost is counted.
    @Test func losesWhatNobodyReads() async throws {
        let pipe = try LinuxCalls.pipe()
        defer { close(pipe.read) }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let log = try await StandardLog(pipe.write, loop: loop)
        close(pipe.write)
        let many = Array(String(repeating: Self.line, count: 1000).utf8)
        try await loop.submit { for _ in 0..<100 { log.write(many, of: "s") } }.get()
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        // What has been taken comes; then there is room, and the next line tells of the rest.
        while !text.contains("nobody read") {
            let count = read(pipe.read, &buffer, buffer.count)
            try #require(count > 0)
            text += String(decoding: buffer[..<count], as: UTF8.self)
            if text.utf8.count >= 64 << 10 {
                try await loop.submit { log.write(Array(Self.line.utf8), of: "s") }.get()
            }
        }
        let notice = try #require(text.split(separator: "\n").first { $0.contains("nobody read") })
        let lost = try #require(Int(notice.split(separator: " ")[1]))
        let kept = text.split(separator: "\n").filter { $0 + "\n" == Self.shown }.count
        #expect(lost >= 90_000 && lost + kept >= 99_000, "lost \(lost), kept \(kept)")
        #expect(text.split(separator: "\n").allSatisfy { $0 == Self.shown.dropLast() || $0 == notice })
    }

    @Test func isOffUnlessAskedFor() throws {
        let json =
            #"{"directory":"d","socket":"s","address":"a","ports":[1,2],"runtimes":[],"jail":"j","node":"n","#
            + #""runtimesDirectory":"r","maxSandboxes":1,"pingSeconds":1"#
        func read(_ rest: String) throws -> ShimConfiguration {
            try JSONDecoder().decode(ShimConfiguration.self, from: Data((json + rest).utf8))
        }
        #expect(try !read("}").logToStandardOutput)
        let asked = try read(#","logToStandardOutput":true}"#)
        #expect(asked.logToStandardOutput)
        #expect(try JSONDecoder().decode(ShimConfiguration.self, from: JSONEncoder().encode(asked)) == asked)
    }
}
