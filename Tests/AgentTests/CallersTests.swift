import Glibc
import Testing

@testable import Agent

private let hello = "exports.handler = (req, res) => res.end(process.pid + ' ' + req.url)"

extension ProcessTests {
    /// A sandbox keeps its port, and those who call it, from one process to the next.
    @Suite struct CallersTests {
        private func call(_ pod: TestPod, _ port: Int, times: Int) -> Task<[String], Never> {
            Task {
                await withTaskGroup(of: String.self) { group in
                    for number in 0..<times { group.addTask { await fetch(pod.address, port, path: "/\(number)") } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
        }

        private func wait(_ pod: TestPod, until state: SandboxReport.State) async {
            await pod.wait { sandboxes, _ in sandboxes.first?.state == state }
        }

        @Test func whoCallsOneThatIsKilledIsAnsweredByTheNext() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let order = try pod.order("a", files: ["index.js": hello])
            let report = try await pod.shim.plug(order)
            let (port, first) = (try #require(report.port), try #require(report.pid))
            // It accepts nobody, and is killed while they wait.
            kill(first, SIGSTOP)
            let early = call(pod, port, times: 40)
            try await Backlog.wait(for: 40, at: pod.address, port)
            kill(first, SIGKILL)
            await wait(pod, until: .exited)
            let late = call(pod, port, times: 10)
            try await Backlog.wait(for: 50, at: pod.address, port)
            let again = try await pod.shim.plug(order)
            let second = try #require(again.pid)
            #expect(again.port == port && second != first)
            for (answers, count) in [(await early.value, 40), (await late.value, 10)] {
                let bodies = answers.map { $0.components(separatedBy: "\r\n\r\n").last ?? "" }
                #expect(Set(bodies) == Set((0..<count).map { "\(second) /\($0)" }))
            }
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(Backlog.count(pod.address, port) == nil)
            #expect(try await pod.stop() == [])
        }

        @Test func inBackOffCallersAreToldAtOnceWhatIsWrong() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let exits = "exports.handler = (req, res) => { console.log('no disk'); process.exit(3) }"
            var order = try pod.order("a", files: ["index.js": exits])
            order.endsBefore = 1
            let report = try await pod.shim.plug(order)
            let (port, pid) = (try #require(report.port), try #require(report.pid))
            kill(pid, SIGSTOP)
            let waiting = call(pod, port, times: 20)
            try await Backlog.wait(for: 20, at: pod.address, port)
            kill(pid, SIGKILL)
            for answer in await waiting.value + (await call(pod, port, times: 20).value) {
                #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"), "\(answer)")
                #expect(answer.contains("/not-running") && answer.contains("Exited: signal 9 (SIGKILL)"), "\(answer)")
            }
            let next = try await pod.shim.plug(try pod.order("a", files: ["index.js": hello]))
            #expect(next.port == port)
            #expect(await fetch(pod.address, port).hasSuffix("\(next.pid ?? 0) /"))
            #expect(try await pod.stop() == [])
        }

        /// Whoever should start it again may be gone.
        @Test func nobodyWaitsForeverForARestart() async throws {
            let pod = try await TestPod(prewarmed: 1)
            var order = try pod.order("a", files: ["index.js": hello])
            order.startSeconds = 2
            let report = try await pod.shim.plug(order)
            let (port, pid) = (try #require(report.port), try #require(report.pid))
            kill(pid, SIGKILL)
            await wait(pod, until: .exited)
            let answer = await fetch(pod.address, port)
            #expect(answer.contains("/not-running"), "\(answer)")
            await pod.shim.unplug("a", graceSeconds: 1)
            #expect(await fetch(pod.address, port) == "")
            #expect(try await pod.stop() == [])
        }

        /// More than may be answered at the same time are answered all the same.
        @Test func manyCallersAreToldInTurn() async throws {
            let pod = try await TestPod(prewarmed: 1)
            var order = try pod.order("a", files: ["index.js": hello])
            order.endsBefore = 3
            let report = try await pod.shim.plug(order)
            let (port, pid) = (try #require(report.port), try #require(report.pid))
            kill(pid, SIGKILL)
            await wait(pod, until: .exited)
            let before = Census.descriptors()
            var told = 0
            for _ in 0..<12 {
                for answer in await call(pod, port, times: 60).value where answer.contains("/not-running") { told += 1 }
            }
            #expect(told == 720)
            for _ in 0..<500 where Census.descriptors() > before { try await Task.sleep(for: .milliseconds(10)) }
            #expect(Census.descriptors() <= before)
            #expect(try await pod.stop() == [])
        }
    }
}
