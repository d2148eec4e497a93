import FoundationEssentials
import Glibc
import Planning
import Synchronization
import Testing

@testable import Agent

private let hello = "exports.handler = (req, res) => res.end(process.pid + ' ' + req.url)"

extension Shim {
    fileprivate var waitingForMemory: Int { admission.isShortOfMemory ? admission.waiting : 0 }
    fileprivate var counts: WakeCounts { wakes }
}

extension ProcessTests {
    /// A burst of wakes queues for memory; it does not take what is not there.
    @Suite struct WakeTests {
        private func plug(_ pod: TestPod, _ uid: String, startSeconds: Double = 120) async throws -> SandboxReport {
            var order = try pod.order(uid, files: ["index.js": hello])
            order.idleSeconds = 3600
            order.requestBytes = 128 << 20
            order.startSeconds = startSeconds
            return try await pod.shim.plug(order)
        }

        /// Parks all, and returns once that is done.
        private func park(_ pod: TestPod) async throws {
            for _ in 0..<1000 where await pod.shim.list().sandboxes.contains(where: { $0.isParked != true }) {
                await pod.shim.relieve(atMost: 100, least: 0)
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        private func waits(_ pod: TestPod, _ count: Int) async throws {
            for _ in 0..<1000 where await pod.shim.waitingForMemory != count {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await pod.shim.waitingForMemory == count)
        }

        @Test func aBurstTakesTheMemoryThatThereIs() async throws {
            let (count, room) = (60, 5)
            let pod = try await TestPod(
                prewarmed: 0, memory: { SimulatedMemory.processes(room, of: 128 << 20) })
            let most = Mutex(0)
            let watch = Task.detached {
                while !Task.isCancelled {
                    let now = Census.children().count
                    most.withLock { $0 = max($0, now) }
                    try? await Task.sleep(for: .milliseconds(2))
                }
            }
            var reports: [SandboxReport] = []
            // Those who come later take the place of those who are idle.
            for number in 0..<count { reports.append(try await plug(pod, "s\(number)")) }
            #expect(reports.allSatisfy { $0.state == .running })
            try await park(pod)
            let answers = await withTaskGroup(of: String.self) { group in
                for report in reports {
                    let port = report.port ?? 0
                    group.addTask { await fetch(pod.address, port, path: "/\(report.uid)", patience: 120) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            watch.cancel()
            let paths = answers.compactMap { $0.split(separator: " ").last }
            #expect(Set(paths) == Set((0..<count).map { "/s\($0)" }), "\(answers)")
            #expect(most.withLock { $0 } == room)
            let wakes = await pod.shim.counts
            // One may be parked again before it has accepted its caller, and is woken once more.
            #expect(wakes.waits.count >= 2 * count && wakes.turnedAway == 0 && wakes.waits.sum > 0, "\(wakes)")
            print(
                "wakes.burst: \(count) in \(room), \(wakes.waits.count) starts waited "
                    + "\(wakes.waits.sum / Double(wakes.waits.count)) s on average")
            #expect(await pod.shim.list().sandboxes.allSatisfy { $0.state == .running })
            #expect(try await pod.stop() == [])
        }

        @Test func whoeverGetsNoTurnInTimeIsToldWhyAndMayCallAgain() async throws {
            let memory = SimulatedMemory(1 << 30)
            let pod = try await TestPod(prewarmed: 0, memory: { memory.amount })
            let report = try await plug(pod, "a", startSeconds: 2)
            let port = try #require(report.port)
            try await park(pod)
            memory.set(5 << 20)
            let answer = await fetch(pod.address, port)
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"), "\(answer)")
            let message = "The pod has 5 MiB of memory available, and it is expected to take 128 MiB."
            #expect(answer.contains("/not-woken") && answer.contains("InsufficientMemory: \(message)"), "\(answer)")
            let parked = try #require(await pod.shim.list().sandboxes.first)
            #expect(parked.state == .running && parked.isParked == true && parked.port == port)
            #expect(parked.reason == "InsufficientMemory" && parked.message == message)
            memory.set(1 << 30)
            #expect(await fetch(pod.address, port).hasSuffix(" /"))
            let woken = try #require(await pod.shim.list().sandboxes.first)
            #expect(woken.reason == nil && woken.message == nil && woken.isParked == nil)
            #expect(await pod.shim.counts.turnedAway == 1)
            #expect(try await pod.stop() == [])
        }

        @Test func oneThatIsUnpluggedWhileItWaitsHoldsUpNobody() async throws {
            let memory = SimulatedMemory(1 << 30)
            let pod = try await TestPod(prewarmed: 0, memory: { memory.amount })
            let first = try await plug(pod, "a")
            let second = try await plug(pod, "b")
            try await park(pod)
            memory.set(0)
            async let lost = fetch(pod.address, first.port ?? 0)
            try await waits(pod, 1)
            async let answer = fetch(pod.address, second.port ?? 0, patience: 60)
            try await waits(pod, 2)
            let before = Census.children().count
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(await lost == "")
            try await waits(pod, 1)
            #expect(Census.children().count == before)
            memory.set(1 << 30)
            #expect(await answer.hasSuffix(" /"))
            #expect(await pod.shim.waitingForMemory == 0)
            #expect(try await pod.stop() == [])
        }

        @Test func aFirstStartThatFindsNoMemorySaysSo() async throws {
            let pod = try await TestPod(prewarmed: 1, memory: { SimulatedMemory(0).amount })
            let report = try await plug(pod, "a", startSeconds: 1)
            #expect(report.state == .failed && report.reason == "InsufficientMemory", "\(report)")
            #expect(try await pod.stop() == [])
        }

        /// A spare would eat what others wait for.
        @Test func noSpareIsBootedWhileMemoryIsShort() async throws {
            // Enough for what a load adds to a host that is there, not for another host.
            let memory = SimulatedMemory(WakeCost.process - (4 << 20))
            let pod = try await TestPod(prewarmed: 1, memory: { memory.amount })
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            let report = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(report.state == .running)
            // It was looked at what is missing when that took the host, and when it had been loaded.
            #expect(Census.children() == [report.pid].compactMap { $0 })
            memory.set(1 << 30)
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            #expect(try await pod.stop() == [])
        }

        /// Else a few hundred that are made at once fail, and start again, for no other reason than that they are many.
        @Test func theTimeOfAFirstStartBeginsWithItsTurn() async throws {
            let pod = try await TestPod(prewarmed: 0, startsAtOnce: 1)
            let slow = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); \(hello)"
            let orders = try (0..<6).map { number in
                var order = try pod.order("s\(number)", files: ["index.js": slow])
                order.startSeconds = 2
                return order
            }
            let reports = try await withThrowingTaskGroup(of: SandboxReport.self) { group in
                for order in orders { group.addTask { try await pod.shim.plug(order) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.allSatisfy { $0.state == .running }, "\(reports)")
            #expect(reports.compactMap(\.waitedSeconds).max() ?? 0 > 2)
            #expect(await pod.shim.counts.turnedAway == 0)
            #expect(try await pod.stop() == [])
        }

        @Test func noMoreAreStartedAtOnceThanSuitsTheMachine() async throws {
            let pod = try await TestPod(prewarmed: 0, startsAtOnce: 2)
            let slow = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); \(hello)"
            let most = Mutex(0)
            let shim = pod.shim
            let listener = await shim.addListener { _ in
                // Listeners are called on the shim's loop.
                let loading = shim.assumeIsolated { shim in
                    shim.records.values.count { $0.report.state == .loading && $0.host != nil }
                }
                most.withLock { $0 = max($0, loading) }
            }
            let orders = try (0..<8).map { try pod.order("s\($0)", files: ["index.js": slow]) }
            let states = try await withThrowingTaskGroup(of: SandboxReport.State.self) { group in
                for order in orders { group.addTask { try await shim.plug(order).state } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(states == Array(repeating: .running, count: 8))
            #expect((1...2).contains(most.withLock { $0 }))
            await shim.removeListener(listener)
            #expect(try await pod.stop() == [])
        }
    }
}
