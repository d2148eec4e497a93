import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Agent

extension Shim {
    fileprivate func waitLess() { unloadSeconds = 0.5 }
}

extension TestPod {
    fileprivate func plug(
        _ uid: String, handler: String = "h", idleSeconds: Int? = nil
    ) async throws -> SandboxReport {
        var order = try order(uid, files: ["h": ""], handler: handler)
        order.runtime = SharedRuntime.name
        order.idleSeconds = idleSeconds
        order.startSeconds = 1
        return try await shim.plug(order)
    }

    /// The body of an answer, which is the sandbox's id and its process's; empty when there was none.
    fileprivate func ask(_ report: SandboxReport, _ path: String = "/") async -> String {
        guard let port = report.port else { return "" }
        return await fetch(address, port, path: path).components(separatedBy: "\r\n\r\n").last ?? ""
    }
}

extension ProcessTests {
    /// One process, many sandboxes.
    @Suite struct SharedHostTests {
        @Test func manyServeFromOneProcessAndLeaveNothing() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            var reports: [SandboxReport] = []
            for index in 0..<5 { reports.append(try await pod.plug("s\(index)")) }
            #expect(reports.allSatisfy { $0.state == .running })
            #expect(Set(reports.map(\.pid)).count == 1)
            #expect(Set(reports.map(\.port)).count == 5)
            for (index, report) in reports.enumerated() {
                #expect(await pod.ask(report, "/x") == "s\(index) \(report.pid ?? 0)")
            }
            await pod.shim.unplug("s0", graceSeconds: 5)
            #expect(await pod.ask(reports[0]) == "")
            #expect(await pod.ask(reports[1]).hasPrefix("s1 "))
            for index in 1..<5 { await pod.shim.unplug("s\(index)", graceSeconds: 5) }
            let log = FileManager.default.contents(atPath: "\(pod.directory)/logs/default_s3-s3.log") ?? Data()
            #expect(String(decoding: log, as: UTF8.self).hasSuffix("s3 /x\n"))
            #expect(await pod.shim.list().sandboxes.isEmpty)
            // The host waits for the next.
            #expect(await pod.shim.list().runtimes.map(\.idle) == [1])
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        @Test func oneThatCannotBeLoadedDisturbsNobody() async throws {
            let pod = try await TestPod(prewarmed: 0, isShared: true)
            let good = try await pod.plug("good")
            let bad = try await pod.plug("bad", handler: "broken")
            #expect(bad.state == .failed)
            #expect(bad.reason == "LoadError")
            #expect(bad.message == "broken on purpose")
            await pod.shim.unplug("bad", graceSeconds: 5)
            #expect(await pod.ask(good) == "good \(good.pid ?? 0)")
            _ = await pod.ask(good, "/end")
            await pod.wait { sandboxes, _ in sandboxes.first?.state == .exited }
            let ended = try #require(await pod.shim.list().sandboxes.first)
            #expect(ended.reason == "CPULimitExceeded")
            #expect(ended.port == good.port)
            await pod.shim.unplug("good", graceSeconds: 5)
            #expect(try await pod.stop() == [])
        }

        /// A thousand questions while the process is replaced under them: each is answered, by one or the other.
        @Test func aHostIsReplacedWithoutALostRequest() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let reports = try await [pod.plug("a"), pod.plug("b"), pod.plug("c")]
            // The time that they had to start in is over.
            try await Task.sleep(for: .milliseconds(1100))
            let slow = Task { await pod.ask(reports[1], "/slow") }
            let (answers, lost) = try await withThrowingTaskGroup(of: [String].self) { group in
                for report in reports {
                    group.addTask {
                        var answers: [String] = []
                        for _ in 0..<150 { answers.append(await pod.ask(report)) }
                        return answers
                    }
                }
                _ = await pod.ask(reports[0], "/taint")
                var all: [String] = []
                for try await answers in group { all += answers }
                return (all, all.count { $0.isEmpty })
            }
            #expect(lost == 0)
            #expect(answers.count == 450)
            #expect(await slow.value == "b \(reports[1].pid ?? 0)")
            await pod.wait { sandboxes, _ in sandboxes.allSatisfy { $0.pid != reports[0].pid } }
            let moved = await pod.shim.list().sandboxes
            #expect(Set(moved.map(\.pid)).count == 1)
            #expect(moved.map(\.port) == reports.map(\.port))
            #expect(moved.map(\.loadedAt) == reports.map(\.loadedAt))
            for report in moved { #expect(await pod.ask(report) == "\(report.uid) \(report.pid ?? 0)") }
            // The old process ends once it holds nothing.
            let old = try #require(reports[0].pid)
            for _ in 0..<500 where kill(old, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(kill(old, 0) != 0)
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        @Test func oneThatIsNotLetGoCostsItsHost() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            await pod.shim.waitLess()
            let (stubborn, other) = (try await pod.plug("s", handler: "stubborn"), try await pod.plug("o"))
            let outcome = await pod.shim.unplug("s", graceSeconds: 0)
            #expect(outcome.wasKilled)
            await pod.wait { sandboxes, _ in sandboxes.map(\.uid) == ["o"] && sandboxes[0].pid != stubborn.pid }
            #expect(await pod.ask(other).hasPrefix("o "))
            let old = try #require(stubborn.pid)
            for _ in 0..<500 where kill(old, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(kill(old, 0) != 0)
            #expect(try await pod.stop() == [])
        }

        /// What is given up is gone before it comes again, on the same host and with the same id.
        @Test func oneThatIsStartedAgainWaitsForItsEnd() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let other = try await pod.plug("other")
            for _ in 0..<3 {
                let silent = try await pod.plug("s", handler: "silent")
                #expect(silent.state == .failed && silent.reason == "StartupTimeout")
            }
            let again = try await pod.plug("s")
            #expect(again.state == .running && again.pid == other.pid)
            #expect(await pod.ask(again) == "s \(other.pid ?? 0)")
            await pod.shim.unplug("s", graceSeconds: 5)
            #expect(await pod.ask(other) == "other \(other.pid ?? 0)")
            #expect(try await pod.stop() == [])
        }

        /// One that goes while it is on its way to another host is in neither of them afterwards.
        @Test func oneThatGoesWhileItMovesIsNowhere() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let (silent, other) = (try await pod.plug("a"), try await pod.plug("o"))
            _ = await pod.ask(silent, "/taint")
            let port = try #require(silent.port)
            await pod.shim.unplug("a", graceSeconds: 0)
            await pod.wait { sandboxes, _ in sandboxes.map(\.uid) == ["o"] && sandboxes[0].pid != other.pid }
            for _ in 0..<500 where !(await fetch(pod.address, port)).isEmpty {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await fetch(pod.address, port) == "")
            #expect(await pod.ask(other).hasPrefix("o "))
            #expect(try await pod.stop() == [])
        }

        @Test func whenTheProcessDiesAllOfItsSandboxesEnd() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let (first, second) = (try await pod.plug("a"), try await pod.plug("b"))
            _ = await pod.ask(first, "/die")
            await pod.wait { sandboxes, _ in sandboxes.allSatisfy { $0.state == .exited } }
            let ended = await pod.shim.list().sandboxes
            #expect(ended.map(\.exit?.code) == [3, 3])
            #expect(ended[1].message?.contains("shared with others") == true)
            let again = try await pod.plug("b")
            #expect(again.pid != second.pid)
            #expect(await pod.ask(again) == "b \(again.pid ?? 0)")
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(try await pod.stop() == [])
        }

        @Test func anIdleOneIsParkedAndACallWakesIt() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let report = try await pod.plug("a", idleSeconds: 1)
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            let parked = try #require(await pod.shim.list().sandboxes.first)
            #expect(parked.state == .running)
            #expect(parked.port == report.port)
            #expect(parked.pid == nil)
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { await pod.ask(report) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: "a \(report.pid ?? 0)", count: 20))
            #expect(await pod.shim.list().sandboxes.first?.isParked == nil)
            await pod.wait { sandboxes, _ in sandboxes.first?.isParked == true }
            await pod.shim.unplug("a", graceSeconds: 5)
            #expect(await pod.ask(report) == "")
            #expect(try await pod.stop() == [])
        }

        /// One that is parked as soon as it may be, and called all the time: the two meet in every way.
        @Test func noCallIsLostBetweenParkingAndWaking() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            let parked = Mutex(0)
            let listener = await pod.shim.addListener { message in
                if case .changed(let report) = message, report.isParked == true { parked.withLock { $0 += 1 } }
            }
            let report = try await pod.plug("a", idleSeconds: 0)
            var lost = 0
            for round in 0..<200 {
                if await pod.ask(report).isEmpty { lost += 1 }
                try await Task.sleep(for: .milliseconds(round % 40))
            }
            #expect(lost == 0)
            #expect(parked.withLock { $0 } > 5)
            await pod.shim.removeListener(listener)
            #expect(try await pod.stop() == [])
        }

        @Test func aRuntimeThatIsNotThereSaysSo() async throws {
            let pod = try await TestPod(prewarmed: 1, runtimes: "/nonexistent")
            let report = try await pod.shim.plug(try pod.order("a", files: ["h": ""]))
            #expect(report.state == .failed)
            #expect(report.message?.contains("'nodejs' is not installed: /nonexistent/nodejs/runtime.json") == true)
            #expect(try await pod.stop() == [])
        }
    }
}
