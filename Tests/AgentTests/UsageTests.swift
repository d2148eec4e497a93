import FoundationEssentials
import Glibc
import KubeAPI
import NestAPI
import Testing

@testable import Agent

private let hello = "exports.handler = (req, res) => res.end('hello')"

extension ProcessTests {
    @Suite struct UsageTests {
        private static let code = """
            const held = []
            exports.handler = (req, res) => {
              if (req.url === '/fail') return res.writeHead(500).end()
              if (req.url === '/work') for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 300_000;) {}
              if (req.url === '/hold') held.push(Buffer.alloc(32 << 20, 1))
              res.end('done')
            }
            """

        /// Asks until the shim's report is as wanted: hosts say what they count when they are asked.
        private func usage(_ pod: TestPod, until isThere: (UsageReport) -> Bool) async throws -> UsageReport {
            for _ in 0..<200 {
                let report = await pod.shim.usage()
                if isThere(report) { return report }
                try await Task.sleep(for: .milliseconds(25))
            }
            return await pod.shim.usage()
        }

        @Test func theShimSaysWhatEachSandboxUses() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let busy = try await pod.shim.plug(try pod.order("busy", files: ["index.js": Self.code]))
            _ = try await pod.shim.plug(try pod.order("idle", files: ["index.js": Self.code]))
            await pod.wait { _, runtimes in runtimes[0].idle == 1 }
            let before = try await usage(pod) { $0.sandboxes.count == 2 }
            let port = try #require(busy.port)
            for path in ["/work", "/hold", "/fail"] { _ = await fetch(pod.address, port, path: path) }
            let after = try await usage(pod) { $0.sandboxes.first?.counts.requests == 3 }
            #expect(after.sandboxes.map(\.uid) == ["busy", "idle"])
            #expect(after.sandboxes[0].counts == RequestCounts(requests: 3, errors: 1, active: 0))
            #expect(after.sandboxes[1].counts == RequestCounts())
            let (old, new) = (before.sandboxes[0].process, after.sandboxes[0].process)
            #expect(new.cpuSeconds - old.cpuSeconds > 0.2, "\(old) \(new)")
            #expect(new.memoryBytes - old.memoryBytes > 24 << 20, "\(old) \(new)")
            #expect(after.hosts.memoryBytes > 1 << 20 && after.shim.memoryBytes > 1 << 20)
            await pod.shim.unplug("busy", graceSeconds: 1)
            #expect(await pod.shim.usage().sandboxes.map(\.uid) == ["idle"])
            #expect(try await pod.stop() == [])
        }

        @Test func whatAHostForgesHarmsNothing() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                const fs = require('fs')
                const write = fs.writeSync
                fs.writeSync = (fd, data, ...rest) => {
                  const forged = String(data).replace(/"requests":\\d+,"errors":\\d+,"active":\\d+/, '"requests":-5,"errors":1e400,"active":9e99')
                  write(fd, forged, ...rest)
                  return data.length
                }
                exports.handler = (req, res) => res.end('alive')
                """
            let port = try #require(try await pod.shim.plug(try pod.order("a", files: ["index.js": code])).port)
            let report = try await usage(pod) { $0.sandboxes.first?.counts.active == 1 << 53 }
            #expect(report.sandboxes.first?.counts == RequestCounts(active: 1 << 53))
            #expect(await fetch(pod.address, port).hasSuffix("alive"))
            #expect(try await pod.stop() == [])
        }

        @Test func theSidecarWritesWhatIsUsed() async throws {
            let bench = try await SidecarBench(sampleEvery: .milliseconds(100))
            try bench.api.put(SidecarBench.sandbox("a", code: hello))
            let shown = try #require(try await bench.wait("a") { $0.status.usage != nil })
            let memory = try #require(shown.status.usage?.memory.value)
            #expect(memory >= 4 << 20 && memory % (1 << 20) == 0)
            #expect(shown.isReady)
            let client = bench.api.client()
            func node() async throws -> ResourceUsage? {
                try await client.get(SandboxNode.self, namespace: "default", name: "pod-1").status.usage
            }
            var total = try await node()
            for _ in 0..<200 where total == nil {
                try await Task.sleep(for: .milliseconds(25))
                total = try await node()
            }
            // The empty host, the shim (which is the test itself) and the sandbox.
            #expect(try #require(total).memory.value > memory)
            try await bench.end()
        }

        @Test func metricsAreForWhoHasTheToken() async throws {
            let bench = try await SidecarBench(sampleEvery: .milliseconds(100), metrics: true)
            var sandbox = SidecarBench.sandbox("a", code: hello)
            sandbox.metadata.labels[NestGroup.deploymentLabel] = "d"
            try bench.api.put(sandbox)
            _ = try await bench.wait("a") { $0.isReady }
            let (address, port) = (bench.pod.address, SidecarConfiguration.metricsPort)
            let token = String(decoding: MetricsToken.read(bench.pod.directory + "/token"), as: UTF8.self)
            let answer = await fetch(address, port, path: "/metrics", headers: ["Authorization: Bearer \(token)"])
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
            let labels = #"{namespace="default",sandbox="a",deployment="d"}"#
            for line in [
                "# TYPE nest_sandbox_cpu_seconds_total counter", "nest_sandbox_requests_total\(labels) 0",
                "nest_sandbox_restarts_total\(labels) 0", "nest_plug_seconds_count 1",
                #"nest_sandbox_state{namespace="default",sandbox="a",deployment="d",state="Running"} 1"#,
                #"nest_sandbox_state{namespace="default",sandbox="a",deployment="d",state="Failed"} 0"#,
                "nest_package_cache_misses_total 1", "# TYPE process_start_time_seconds gauge",
                #"nest_build_info{version="0.1.0",pool="default"} 1"#,
            ] {
                #expect(answer.split(separator: "\n").contains { $0 == line }, "\(line) is missing in\n\(answer)")
            }
            #expect(answer.contains("nest_sandbox_memory_bytes\(labels) ") && answer.contains(#"{process="shim"} "#))
            let refused = await fetch(address, port, path: "/metrics", headers: ["Authorization: Bearer \(token)x"])
            #expect(refused.hasPrefix("HTTP/1.1 401 Unauthorized\r\n") && !refused.contains("nest_"))
            #expect(await fetch(address, port, path: "/metrics").hasPrefix("HTTP/1.1 401 "))
            // A head without end is cut off, and so is a line that is too long.
            #expect(await fetch(address, port, path: "/" + String(repeating: "x", count: 9000)) == "")
            try await bench.end()
        }

        @Test func aSandboxCannotTakeThePortOfTheMetrics() async throws {
            guard geteuid() == 0 else { return }
            let pod = try await TestPod(prewarmed: 1)
            let code = """
                const net = require('net')
                exports.handler = (req, res) => {
                  const server = net.createServer()
                  server.on('error', (error) => res.end(error.code))
                  server.listen(20000, process.env.ADDRESS, () => res.end('taken'))
                }
                """
            var order = try pod.order("a", files: ["index.js": code])
            order.environment["ADDRESS"] = pod.address
            let port = try #require(try await pod.shim.plug(order).port)
            #expect(await fetch(pod.address, port).hasSuffix("EADDRINUSE"))
            #expect(try await pod.stop() == [])
        }
    }
}
