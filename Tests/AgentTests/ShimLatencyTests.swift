import Testing

@testable import Agent

extension ProcessTests {
    @Suite struct ShimLatencyTests {
        /// A bound that only a mistake exceeds (a boot on the way, a timer); the figure itself is printed.
        @Test func plugsIntoAPrewarmedHostInMilliseconds() async throws {
            let pod = try await TestPod(prewarmed: 2)
            let code = "exports.handler = (req, res) => res.end('ok')"
            var milliseconds: [Double] = []
            for round in 0..<50 {
                let order = try pod.order("l\(round)", files: ["index.js": code])
                await pod.wait { _, runtimes in runtimes[0].idle == 2 }
                let start = ContinuousClock.now
                _ = try await pod.shim.plug(order)
                milliseconds.append(Double((ContinuousClock.now - start).components.attoseconds) / 1e15)
                await pod.shim.unplug("l\(round)", graceSeconds: 1)
            }
            milliseconds.sort()
            print("plug.node.p50 \(milliseconds[25]) ms, p98 \(milliseconds[48]) ms, n 50")
            #expect(milliseconds[25] < 50)
            #expect(try await pod.stop() == [])
        }
    }
}
