import FoundationEssentials
import Glibc
import NIOPosix
import Testing

@testable import Agent

extension ProcessTests {
    /// What real processes print.
    @Suite struct ShimLogTests {
        @Test func whatSandboxesPrintGoesToStandardOutputToo() async throws {
            let pipe = try LinuxCalls.pipe()
            defer { close(pipe.read) }
            let log = try await StandardLog(pipe.write, loop: MultiThreadedEventLoopGroup.singleton.next())
            close(pipe.write)
            let pod = try await TestPod(prewarmed: 1, standardOutput: log)
            let order = try pod.order(
                "loud", files: ["index.js": "console.log('hi'); console.error('ho'); exports.handler = () => {}"])
            #expect(try await pod.shim.plug(order).state == .running)
            await pod.shim.unplug("loud", graceSeconds: 5)
            var buffer = [UInt8](repeating: 0, count: 1 << 12)
            var text = ""
            while text.split(separator: "\n").count < 2 {
                let count = read(pipe.read, &buffer, buffer.count)
                try #require(count > 0)
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            #expect(text == "[loud] info hi\n[loud] error ho\n")
            #expect(try await pod.stop() == [])
        }

        /// Neither is the function held up, nor are lines lost without a word; its log stays for a while.
        @Test func aFloodIsBoundedAndTheLogStaysForAWhile() async throws {
            let pod = try await TestPod(prewarmed: 1, maxSandboxes: 1)
            let code = """
                const write = (text) => { while (text) { try { return require('fs').writeSync(2, text) } catch { } } }
                process.on('exit', () => write('last words'))
                exports.handler = (req, res) => {
                  for (let i = 0; i < 30000; i++) console.log('line', i)
                  res.end('done')
                }
                """
            let report = try await pod.shim.plug(try pod.order("flood", files: ["index.js": code]))
            let port = try #require(report.port)
            #expect(await fetch(pod.address, port).hasSuffix("done"))
            await pod.shim.unplug("flood", graceSeconds: 5)
            let path = "\(pod.directory)/logs/default_flood-flood.log"
            let text = ([path + ".1", path].compactMap { FileManager.default.contents(atPath: $0) })
                .map { String(decoding: $0, as: UTF8.self) }.joined()
            let lines = text.split(separator: "\n")
            let kept = lines.filter { $0.contains(" stdout F:info:") && $0.contains(" line ") }.count
            let dropped = lines.filter { $0.contains("nest: dropped ") }.compactMap { Int($0.split(separator: " ")[5]) }
            #expect(kept + dropped.reduce(0, +) == 30000 && !dropped.isEmpty, "kept \(kept), dropped \(dropped)")
            #expect(lines.contains { $0.hasSuffix(" stderr F:error last words") })
            // One that goes makes room for the next.
            _ = try await pod.shim.plug(try pod.order("next", files: ["index.js": "exports.handler = () => {}"]))
            await pod.shim.unplug("next", graceSeconds: 5)
            #expect(access(path, F_OK) != 0)
            #expect(access("\(pod.directory)/logs/default_next-next.log", F_OK) == 0)
            #expect(try await pod.stop() == [])
        }
    }
}
