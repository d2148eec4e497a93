import Glibc
import Testing

@testable import Agent

extension ProcessTests {
    /// What was plugged and unplugged leaves nothing in a shim that runs for months.
    @Suite struct LeakTests {
        /// `make soak` asks for 2,000.
        static let cycles = getenv("NEST_CYCLES").flatMap { Int(String(cString: $0)) } ?? 300
        /// Cycles after which the allocator, the pools and the caches of the shim have the size that they keep.
        static let warmUp = 100
        /// Fewer than cycles: a port that is not given back is missed by the end.
        static let ports = 20001..<20033

        static let endings: [(name: String, code: String)] = [
            ("served", "exports.handler = (req, res) => res.end('served')"),
            ("broken", "throw new Error('never loaded')"),
            ("exits", "exports.handler = (req, res) => { console.log('bye'); process.exit(3) }"),
            (
                "stubborn",
                "const fs = require('fs'); fs.mkdirSync(process.env.HOME + '/a/b', { recursive: true });"
                    + "exports.handler = (req, res) => { res.end('served'); setImmediate(() => { for (;;) {} }) }"
            ),
        ]

        /// Everything is the same as before, and memory within 5 %.
        ///
        /// That much is pages that the allocator has not given back yet. Of a shim of some 10 MB it is what 2,000 cycles
        /// would add if each left 250 bytes, less than the record of one sandbox. What grows is anonymous memory: how much
        /// of a file's pages counts for one process depends on what else runs on the machine.
        @Test(.enabled(if: geteuid() == 0, "only root may see what the shim holds"))
        func cyclesLeaveNothing() async throws {
            let shim = try await ShimProcess(prewarmed: 2, ports: Self.ports)
            let packages = try Self.endings.map { try shim.package($0.name, code: $0.code) }
            try await Self.run(0..<Self.warmUp, shim, packages)
            let before = try await Self.settled(shim)
            let memory = Holdings.memory(of: shim.pid)
            try await Self.run(Self.warmUp..<Self.warmUp + Self.cycles, shim, packages)
            let after = try await Self.settled(shim, as: before)
            let grown = Holdings.memory(of: shim.pid)
            print(
                "leak.shim: \(before); PSS \(memory.total) KiB, \(memory.anonymous) anonymous; after \(Self.cycles) cycles "
                    + "\(after); \(grown.total) KiB, \(grown.anonymous) anonymous")
            #expect(after == before)
            #expect(memory.total > 0)
            #expect((grown.anonymous - memory.anonymous) * 20 <= memory.total, "\(memory) became \(grown)")
            try await shim.stop()
        }

        /// One sandbox after the other, ending in turn in each way that there is.
        private static func run(_ rounds: Range<Int>, _ shim: ShimProcess, _ packages: [String]) async throws {
            for round in rounds {
                let kind = round % endings.count
                let uid = "cycle-\(round)"
                let report = try #require(try await shim.plug(uid, package: packages[kind]))
                #expect(report.state == (endings[kind].name == "broken" ? .failed : .running), "\(report)")
                if report.state == .running, let port = report.port {
                    let answer = await fetch(shim.address, port)
                    #expect(
                        answer.hasSuffix("served") == (endings[kind].name != "exits"),
                        "\(endings[kind].name): \(answer)")
                }
                try await shim.client.unplug(uid, graceSeconds: endings[kind].name == "stubborn" ? 0 : 5)
            }
        }

        /// What it holds once both warm hosts are there and nothing else is, which takes a boot and a removal.
        private static func settled(_ shim: ShimProcess, as expected: Holdings? = nil) async throws -> Holdings {
            var last = Holdings(of: shim)
            for _ in 0..<200 {
                let (sandboxes, runtimes) = try await shim.client.list()
                let isQuiet = sandboxes.isEmpty && runtimes.first?.idle == 2 && last.processes == 2
                let now = Holdings(of: shim)
                if isQuiet, now == last, expected.map({ $0 == now }) ?? true { return now }
                last = now
                try await Task.sleep(for: .milliseconds(50))
            }
            return last
        }
    }
}
