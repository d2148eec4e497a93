import Glibc
import KubeAPI
import NestAPI
import Planning
import Synchronization
import Testing

@testable import Agent

@Suite struct HostEndingTests {
    struct End: Sendable {
        var signal: Int32?
        var crash: String?
        var words: String
        var reason: String

        init(_ reason: String, signal: Int32? = nil, crash: String? = nil, words: String = "") {
            self.signal = signal
            self.crash = crash
            self.words = words
            self.reason = reason
        }
    }

    static let ends: [End] = [
        End(
            "OOMKilled", signal: 6,
            words: "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        End("OOMKilled", signal: 5, words: "# Fatal process out of memory: Zone"),
        End("OOMKilled", signal: 6, words: "terminate called after throwing an instance of 'std::bad_alloc'"),
        End("OOMKilled", crash: "RangeError: Array buffer allocation failed"),
        End("Exited", signal: 6, words: "Assertion failed"),
        End("Exited", signal: 9, words: "it ran out of memory"),
        End("Exited", words: "out of memory"),
        End("Crashed", crash: "Error: late"),
    ]

    @Test(arguments: ends)
    func knowsTheCause(_ end: End) {
        let exit = end.signal.map { ExitStatus(signal: $0) } ?? ExitStatus(code: 1)
        let ending = HostEnding(exit: exit, crash: end.crash, lastWords: end.words)
        #expect(ending.reason == end.reason)
        let message = ending.message(limit: 128 << 20, bound: 128 << 20)
        let hasBound = message.hasPrefix("Out of memory: it may take 128 MiB (limits.memory). ")
        #expect(hasBound == (end.reason == "OOMKilled"), "\(message)")
        #expect(ending.message(limit: nil, bound: 1 << 30).contains("no limits.memory") == (end.reason == "OOMKilled"))
    }
}

@Suite struct PressureReaderTests {
    @Test func readsThisMachine() throws {
        let signals = try #require(PressureReader.read(directory: "/tmp"))
        for amount in [signals.memory, signals.disk, signals.pids] {
            #expect(amount.available > 0 && amount.available <= amount.total, "\(signals)")
        }
        #expect(PressureReader.read(directory: "/nowhere") == nil)
    }

    @Test(arguments: [(100, 60, 20, 60), (100, 120, 0, 0), (100, 10, 20, 100)] as [(Int64, Int64, Int64, Int64)])
    func whatCanBeDroppedIsFree(limit: Int64, used: Int64, inactive: Int64, left: Int64) {
        #expect(PressureReader.available(limit: limit, used: used, inactive: inactive).available == left)
    }
}

/// What a test wants the kernel to say.
private final class Signals: Sendable {
    private let memory = Mutex(Int64(8) << 30)

    func set(memory bytes: Int64) { memory.withLock { $0 = bytes } }

    var now: PressureSignals {
        let whole = Int64(16) << 30
        return PressureSignals(
            memory: .init(available: memory.withLock { $0 }, total: whole),
            disk: .init(available: whole, total: whole), pids: .init(available: 20_000, total: 32_768))
    }
}

extension Shim {
    /// Whether a sandbox is known to have been idle for long enough to be parked for want of memory.
    fileprivate func isIdle(_ uid: String) -> Bool {
        records[uid]?.idleSeconds(at: clock).map { $0 > Relief.leastIdleSeconds } ?? false
    }
}

extension ProcessTests {
    @Suite struct PressureTests {
        private static let holds = """
            const held = Buffer.alloc(Number(process.env.MEBIBYTES) << 20, 1)
            exports.handler = (req, res) => res.end('holds ' + held.length)
            """

        @Test func underPressureWhoUsesMostAboveItsRequestGoes() async throws {
            let signals = Signals()
            var limits = PressureLimits()
            limits.transitionSeconds = 3
            limits.settleSeconds = 60
            let bench = try await SidecarBench(pressure: NodePressure(limits: limits)) { signals.now }
            for (name, mebibytes) in [("large", 48), ("small", 1)] {
                try bench.api.put(
                    SidecarBench.sandbox(
                        name, code: Self.holds, env: [EnvVar(name: "MEBIBYTES", value: "\(mebibytes)")]))
            }
            for name in ["large", "small"] { _ = try await bench.wait(name) { $0.isReady } }
            #expect(try await node(bench, pressure: .no))

            signals.set(memory: 80 << 20)
            let evicted = try #require(try await bench.wait("large") { $0.isFinished })
            // One is enough here.
            signals.set(memory: 8 << 30)
            #expect(evicted.status.reason == "Evicted" && evicted.status.port == nil && !evicted.isReady)
            let message = try #require(evicted.status.message)
            #expect(
                message.hasPrefix(
                    "The pod was low on memory: 80 MiB available of 16 GiB, threshold 100 MiB. The sandbox used "))
            #expect(message.hasSuffix(", its request is 0 MiB."))
            await bench.pod.wait { sandboxes, _ in sandboxes.map(\.uid) == ["uid-small"] }
            #expect(try await node(bench, pressure: .yes))
            let small = try #require(try await bench.wait("small") { $0.isReady })
            #expect(await fetch(bench.pod.address, try #require(small.status.port)).hasSuffix("holds 1048576"))
            #expect(try await node(bench, pressure: .no))

            // It is not started again, and its object can go.
            let still = try await bench.api.client().get(Sandbox.self, namespace: "default", name: "large")
            #expect(still.isFinished && still.status.restartCount == 0)
            try await bench.api.client().delete(Sandbox.self, namespace: "default", name: "large")
            #expect(try await bench.wait("large", isThere: true) { _ in false } == nil)
            #expect(bench.api.requests.entries.contains { $0.path.hasSuffix("/events") })
            try await bench.end()
        }

        /// First the idle are parked, then whoever is called waits, and only then the least important goes.
        @Test func underPressureParkingComesBeforeWaitingAndThatBeforeEviction() async throws {
            let signals = Signals()
            var limits = PressureLimits()
            limits.settleSeconds = 60
            let bench = try await SidecarBench(
                pressure: NodePressure(limits: limits), signals: { signals.now }, memory: { signals.now.memory })
            let small = [EnvVar(name: "MEBIBYTES", value: "1")]
            for (name, priority) in [("low", 0), ("high", 10)] {
                var sandbox = SidecarBench.sandbox(name, code: Self.holds, env: small)
                sandbox.spec.template.priority = priority
                try bench.api.put(sandbox)
            }
            var napper = SidecarBench.sandbox("napper", code: Self.holds, env: small)
            napper.spec.template.standby = .init(idleSeconds: 3600)
            napper.spec.template.startupTimeoutSeconds = 2
            try bench.api.put(napper)
            for name in ["low", "high"] { _ = try await bench.wait(name) { $0.isReady } }
            let port = try #require(try await bench.wait("napper") { $0.isReady }?.status.port)
            for _ in 0..<500 where await !bench.pod.shim.isIdle("uid-napper") {
                try await Task.sleep(for: .milliseconds(10))
            }

            let steps = Mutex<[String]>([])
            let listener = await bench.pod.shim.addListener { message in
                guard case .changed(let report) = message else { return }
                if report.isParked == true { steps.withLock { $0.append("parked \(report.uid)") } }
                if report.state == .stopping { steps.withLock { $0.append("evicted \(report.uid)") } }
            }
            signals.set(memory: 80 << 20)
            await bench.pod.wait { sandboxes, _ in sandboxes.first { $0.uid == "uid-napper" }?.isParked == true }
            let answer = await fetch(bench.pod.address, port)
            #expect(answer.contains("InsufficientMemory: The pod has 0 MiB of memory available"), "\(answer)")
            let told = try #require(try await bench.wait("napper") { $0.status.reason == "InsufficientMemory" })
            #expect(told.isReady && told.status.restartCount == 0 && told.status.port == port)
            let evicted = try #require(try await bench.wait("low") { $0.isFinished })
            #expect(evicted.status.message?.hasPrefix("The pod was low on memory: 80 MiB available of 16 GiB") == true)
            #expect(try await bench.wait("high") { $0.isReady } != nil)
            await bench.pod.wait { sandboxes, _ in !sandboxes.contains { $0.uid == "uid-low" } }
            await bench.pod.shim.removeListener(listener)
            let seen = steps.withLock { $0 }
            #expect(seen.first == "parked uid-napper" && seen.last == "evicted uid-low", "\(seen)")
            #expect(!seen.contains("evicted uid-high") && !seen.contains("evicted uid-napper"), "\(seen)")

            signals.set(memory: 8 << 30)
            #expect(await fetch(bench.pod.address, port).hasSuffix("holds 1048576"))
            _ = try #require(try await bench.wait("napper") { $0.status.reason == nil })
            try await bench.end()
        }

        /// Whether the node comes to say so.
        private func node(_ bench: SidecarBench, pressure: Condition.Status) async throws -> Bool {
            let client = bench.api.client()
            let list = try await client.list(SandboxNode.self, namespace: "default")
            func says(_ node: SandboxNode) -> Bool { node.status.conditions["MemoryPressure"]?.status == pressure }
            if list.items.contains(where: says) { return true }
            for try await event in client.watch(
                SandboxNode.self, namespace: "default", resourceVersion: list.metadata.resourceVersion ?? "")
            {
                if case .modified(let node) = event, says(node) { return true }
            }
            return false
        }

        @Test(arguments: [nil, UInt64(192) << 20])
        func aMemoryEaterIsBoundedAndItsNeighbourLives(limit: UInt64?) async throws {
            let pod = try await TestPod(prewarmed: 2, memoryBytes: 320 << 20)
            let eats = """
                exports.handler = (req, res) => {
                  if (req.url === '/score') return res.end(String(require('fs').readFileSync('/proc/self/oom_score_adj')))
                  const held = []
                  for (;;) held.push(new Array(1000).fill(Math.random()))
                }
                """
            var order = try pod.order("eater", files: ["index.js": eats])
            order.memoryBytes = limit
            let eater = try #require(try await pod.shim.plug(order).port)
            let hello = "exports.handler = (req, res) => res.end('hello')"
            let neighbour = try #require(
                try await pod.shim.plug(try pod.order("neighbour", files: ["index.js": hello])).port)
            #expect(await fetch(pod.address, eater, path: "/score").hasSuffix("1000\n"))
            #expect(await fetch(pod.address, eater) == "")
            await pod.wait { sandboxes, _ in sandboxes.contains { $0.uid == "eater" && $0.state == .exited } }
            let ended = try #require(await pod.shim.list().sandboxes.first { $0.uid == "eater" })
            #expect(ended.reason == "OOMKilled", "\(ended.message ?? "")")
            let bound = limit == nil ? "it may take 320 MiB (what the pod has" : "it may take 192 MiB (limits.memory)"
            #expect(ended.message?.contains(bound) == true, "\(ended.message ?? "")")
            #expect(await fetch(pod.address, neighbour).hasSuffix("hello"))
            #expect(try await pod.stop() == [])
        }
    }
}
