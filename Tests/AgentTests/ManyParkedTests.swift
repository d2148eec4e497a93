import FoundationEssentials
import Glibc
import Testing

@testable import Agent

extension Shim {
    fileprivate var awakeCount: Int { records.values.count { !$0.standby.isParked } }
}

extension ProcessTests {
    /// What a pod of very many sandboxes that nobody calls costs.
    ///
    /// They share one host, so that what is measured is the shim.
    @Suite struct ManyParkedTests {
        /// Asked for with `NEST_PARKED`: up to 10,000.
        static let count = getenv("NEST_PARKED").flatMap { Int(String(cString: $0)) } ?? 500
        /// Shim, socket watch and log's name included.
        static let bytesEach = 32 << 10

        /// Bytes of memory of this process that are of no file.
        private var anonymous: Int { Int(ProcessUsage.ownBytes(pid: getpid())) }

        private func seconds(_ body: () async throws -> Void) async rethrows -> (wall: Double, cpu: Double) {
            func cpu() -> Double { ProcessUsage.read(pid: getpid())?.cpuSeconds ?? 0 }
            let (start, before) = (ContinuousClock.now, cpu())
            try await body()
            let wall = (ContinuousClock.now - start).components
            return (Double(wall.seconds) + Double(wall.attoseconds) / 1e18, cpu() - before)
        }

        private func plug(_ pod: TestPod, _ uid: String, in directory: String) async throws -> SandboxReport {
            var order = PlugOrder(
                uid: uid, name: "default/\(uid)", runtime: SharedRuntime.name, signature: "http", handler: "h",
                directory: directory, environment: ["GREETING": "hello", "DATABASE": "postgres://db.example/\(uid)"])
            order.idleSeconds = 3600
            return try await pod.shim.plug(order)
        }

        private func park(_ pod: TestPod) async throws {
            for _ in 0..<3000 where await pod.shim.awakeCount > 0 {
                await pod.shim.relieve(atMost: 256, least: 0)
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        @Test func eachCostsLittleAndIsWokenByACall() async throws {
            LinuxCalls.raiseOpenFiles()
            let pod = try await TestPod(prewarmed: 1, maxSandboxes: Self.count + 20, isShared: true)
            let directory = try pod.order("p", files: ["h": ""]).directory
            // What the first ones take for good is not theirs.
            for number in 0..<20 { _ = try await plug(pod, "warm-\(number)", in: directory) }
            try await park(pod)
            let (memory, descriptors) = (anonymous, Census.descriptors())
            var ports: [Int] = []
            let plugging = try await seconds {
                for batch in stride(from: 0, to: Self.count, by: 100) {
                    for number in batch..<min(batch + 100, Self.count) {
                        ports.append(try #require(try await plug(pod, "s\(number)", in: directory).port))
                    }
                    try await park(pod)
                }
            }
            let grown = (anonymous - memory) / Self.count
            let usage = await seconds { for _ in 0..<10 { _ = await pod.shim.usage() } }
            let relief = await seconds { for _ in 0..<10 { _ = await pod.shim.relieve() } }
            let wake = await seconds {
                for number in [0, Self.count / 3, Self.count / 2, Self.count - 1] {
                    let answer = await fetch(pod.address, ports[number], patience: 30)
                    #expect(answer.contains("s\(number) "), "\(answer)")
                }
            }
            print(
                "parked: \(Self.count), \(grown) B each; plug and park \(plugging.wall * 1000 / Double(Self.count)) ms, "
                    + "\(plugging.cpu * 1000 / Double(Self.count)) ms of CPU each; usage \(usage.wall * 100) ms, relief "
                    + "\(relief.wall * 100) ms, wake \(wake.wall * 250) ms")
            #expect(grown <= Self.bytesEach)
            #expect(Set(ports).count == Self.count)
            try await park(pod)
            #expect(Census.descriptors() <= descriptors + Self.count)
            for number in 0..<Self.count { await pod.shim.unplug("s\(number)", graceSeconds: 1) }
            #expect(Census.descriptors() <= descriptors)
            #expect(try await pod.stop() == [])
        }
    }
}
