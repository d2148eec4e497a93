import FoundationEssentials
import Glibc
import NestAPI
import Synchronization
import Testing

@testable import Agent

private let hello = "exports.handler = (req, res) => res.end(process.pid + ' ' + req.url)"

extension ProcessTests {
    /// One process for each sandbox, and none for those that nobody calls.
    @Suite struct ParkingTests {
        private func plug(
            _ pod: TestPod, _ uid: String, _ code: String = hello, idleSeconds: Int? = 1
        ) async throws -> SandboxReport {
            var order = try pod.order(uid, files: ["index.js": code])
            order.idleSeconds = idleSeconds
            return try await pod.shim.plug(order)
        }

        private func body(_ pod: TestPod, _ report: SandboxReport, _ path: String = "/") async -> String {
            guard let port = report.port else { return "" }
            return await fetch(pod.address, port, path: path).components(separatedBy: "\r\n\r\n").last ?? ""
        }

        @Test func anIdleProcessEndsAndACallBringsAnother() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let report = try await plug(pod, "a")
            let first = try #require(report.pid)
            #expect(await body(pod, report, "/x") == "\(first) /x")
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            let parked = try #require(await pod.shim.list().sandboxes.first)
            #expect(parked.state == .running && parked.pid == nil && parked.port == report.port)
            #expect(parked.loadedAt == report.loadedAt)
            for _ in 0..<500 where kill(first, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(kill(first, 0) != 0)
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { await body(pod, report) } }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            let second = try #require(await pod.shim.list().sandboxes.first?.pid)
            #expect(answers == ["\(second) /"])
            #expect(second != first)
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            await pod.shim.unplug("a", graceSeconds: 5)
            #expect(await body(pod, report) == "")
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        /// One that is parked as soon as it may be, and called all the time: the two meet in every way.
        @Test func noCallIsLostBetweenParkingAndWaking() async throws {
            let pod = try await TestPod(prewarmed: 2)
            let parked = Mutex(0)
            let listener = await pod.shim.addListener { message in
                if case .changed(let report) = message, report.isParked == true { parked.withLock { $0 += 1 } }
            }
            let report = try await plug(pod, "a", idleSeconds: 0)
            var lost = 0
            for round in 0..<120 {
                if await body(pod, report).isEmpty { lost += 1 }
                try await Task.sleep(for: .milliseconds(round % 60))
            }
            #expect(lost == 0)
            #expect(parked.withLock { $0 } > 3)
            await pod.shim.removeListener(listener)
            #expect(try await pod.stop() == [])
        }

        /// What its first start had left of its time says nothing about a wake.
        @Test func aWakeHasItsOwnTime() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let mark = pod.directory + "/slow"
            let code = """
                const until = Date.now() + (require('fs').existsSync('\(mark)') ? 2500 : 0);
                while (Date.now() < until);
                exports.handler = (req, res) => res.end('up');
                """
            var order = try pod.order("a", files: ["index.js": code])
            (order.idleSeconds, order.startSeconds, order.wakeSeconds) = (0, 1, 20)
            let report = try await pod.shim.plug(order)
            try #require(report.state == .running)
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            try Data().write(to: URL(filePath: mark))
            #expect(await body(pod, report) == "up")
            #expect(try await pod.stop() == [])
        }

        @Test func anOpenConnectionOrNoWishToParkKeepsTheProcess() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let never = try await plug(pod, "never", idleSeconds: nil)
            let waits =
                "exports.handler = (req, res) => { if (req.url === '/wait') setTimeout(() => res.end('late'), 2500); else res.end('x') }"
            let held = try await plug(pod, "held", waits)
            #expect(await body(pod, held, "/wait") == "late")
            await pod.wait { sandboxes, _ in sandboxes.first { $0.uid == "held" }?.isParked == true }
            #expect(await pod.shim.list().sandboxes.first { $0.uid == "never" }?.pid == never.pid)
            #expect(try await pod.stop() == [])
        }

        /// Whoever called hears it, and so does whoever looks at the sandbox.
        @Test func oneThatCannotBeWokenAnswersWithTheReason() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let report = try await plug(pod, "a")
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            // All have called when it fails.
            let broken =
                "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500); throw new Error('the disk is gone')"
            try Data(broken.utf8).write(to: URL(filePath: "\(pod.directory)/package-a/index.js"))
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<5 { group.addTask { await fetch(pod.address, report.port ?? 0) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for answer in answers {
                #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"), "\(answer)")
                #expect(answer.contains("wake-failed") && answer.contains("the disk is gone"), "\(answer)")
            }
            let ended = try #require(await pod.shim.list().sandboxes.first)
            #expect(ended.state == .exited && ended.reason == "LoadError" && ended.port == report.port)
            #expect(ended.message?.contains("It was parked and could not be loaded again. ") == true)
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(try await pod.stop() == [])
        }

        @Test func whenMemoryIsShortTheIdleAreParked() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let old = try await plug(pod, "old", idleSeconds: 3600)
            _ = try await plug(pod, "kept", idleSeconds: nil)
            // Its host says how long it has been idle.
            for _ in 0..<500 where await pod.shim.relieve() == 0 { try await Task.sleep(for: .milliseconds(10)) }
            await pod.wait { sandboxes, _ in sandboxes.first { $0.uid == "old" }?.isParked == true }
            #expect(await pod.shim.list().sandboxes.first { $0.uid == "kept" }?.isParked == nil)
            #expect(await body(pod, old, "/back").hasSuffix(" /back"))
            #expect(try await pod.stop() == [])
        }
    }
}
