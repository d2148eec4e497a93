import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Agent

/// What becomes of a sandbox between its first start and its end.
extension ProcessTests {
    @Suite struct LifecycleTests {
        /// `/health` answers with what was last put by `/health/STATUS`; `/exit/CODE` ends the process.
        private static let patient = """
            let health = 503, slow = 0
            exports.handler = (req, res) => {
              const [, what, value] = req.url.split('/')
              if (what === 'exit') process.exit(Number(value))
              if (what === 'health' && value) health = Number(value)
              else if (what === 'health') res.statusCode = health
              if (what === 'slow') return slow++, setTimeout(() => res.end('slow'), Number(value))
              res.end(what === 'count' ? `slow: ${slow}` : process.env.WHO || 'ok')
            }
            """

        private func probe(_ path: String = "/health", failures: Int = 1) -> Probe {
            var probe = Probe(httpGet: .init(path: path))
            (probe.periodSeconds, probe.failureThreshold) = (1, failures)
            return probe
        }

        private func sandbox(
            _ name: String, env: [EnvVar] = [], _ change: (inout SandboxTemplateSpec) -> Void = { _ in }
        ) -> Sandbox {
            var sandbox = SidecarBench.sandbox(name, code: Self.patient, env: env)
            change(&sandbox.spec.template)
            return sandbox
        }

        private func get(_ bench: SidecarBench, _ sandbox: Sandbox, _ path: String) async -> String {
            await fetch(bench.pod.address, sandbox.status.port ?? 0, path: path)
        }

        @Test func readinessKeepsRequestsAwayAndLetsThemComeBack() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(sandbox("a") { $0.readinessProbe = probe() })
            let unready = try #require(try await bench.wait("a") { $0.status.reason == "ReadinessProbeFailed" })
            #expect(unready.status.phase == .starting)
            #expect(unready.status.message == "Readiness probe failed: GET /health was answered with 503.")
            #expect(unready.status.port != nil)
            _ = await get(bench, unready, "/health/200")
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            #expect(ready.status.phase == .running && ready.status.reason == nil)
            #expect(ready.status.restartCount == 0 && ready.status.port == unready.status.port)
            _ = await get(bench, ready, "/health/500")
            let again = try #require(try await bench.wait("a") { !$0.isReady })
            #expect(again.status.phase == .running && again.status.port == ready.status.port)
            #expect(again.status.lastTransitions.last?.name == "Unready")
            try await bench.end()
        }

        @Test func oneThatIsNotReadyInTimeIsStartedAgain() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(
                sandbox("a") {
                    $0.readinessProbe = probe()
                    $0.startupTimeoutSeconds = 1
                })
            let restarted = try #require(try await bench.wait("a") { $0.status.restartCount == 1 })
            #expect(restarted.status.lastTermination?.reason == "StartupTimeout")
            #expect(restarted.status.lastTermination?.message?.contains("answered with 503") == true)
            try await bench.end()
        }

        @Test func aDeadOneIsStartedAgain() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(
                sandbox("a") {
                    $0.startupProbe = probe("/", failures: 3)
                    $0.livenessProbe = probe("/health", failures: 2)
                })
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            let restarted = try #require(try await bench.wait("a") { $0.status.restartCount == 1 && $0.isReady })
            #expect(restarted.status.lastTermination?.reason == "LivenessProbeFailed")
            #expect(restarted.status.lastTermination?.exitCode == 0)
            #expect(restarted.status.port != ready.status.port)
            let events = try bench.api.objects(Event.self).map { "\($0.reason) \($0.message)" }
            #expect(events.contains { $0.hasPrefix("Unhealthy Liveness probe failed: GET /health") }, "\(events)")
            #expect(events.contains { $0.hasPrefix("Killing ") })
            try await bench.end()
        }

        @Test func aProgramIsProbedByItsPort() async throws {
            let bench = try await SidecarBench()
            var program = SidecarBench.sandbox(
                "a", code: "require('http').createServer((q, s) => s.end('hi')).listen(process.env.PORT)")
            program.spec.template.signature = "server"
            program.spec.template.handler = "index.js"
            program.spec.template.readinessProbe = Probe(tcpSocket: .init())
            try bench.api.put(program)
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            #expect(await get(bench, ready, "/").hasSuffix("hi"))
            try await bench.end()
        }

        @Test func anEndIsToldAndTheFirstRestartComesAtOnce() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(sandbox("a"))
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            _ = await get(bench, ready, "/exit/3")
            // First it has no address any more, then a new one.
            let ended = try #require(try await bench.wait("a") { $0.status.port != ready.status.port })
            if ended.status.port == nil { #expect(ended.status.reason == "Exited") }
            let again = try #require(try await bench.wait("a") { $0.isReady && $0.status.restartCount == 1 })
            #expect(again.status.lastTermination?.exitCode == 3)
            #expect(again.status.lastTermination?.reason == "Exited")
            #expect(again.status.lastTermination?.startedAt != nil)
            _ = await get(bench, again, "/exit/4")
            let waiting = try #require(try await bench.wait("a") { $0.status.reason == "CrashLoopBackOff" })
            #expect(waiting.status.message?.contains("started again after 10 s: exit code 4") == true)
            #expect(waiting.status.port == nil)
            try await bench.end()
        }

        @Test func aKilledHostIsReplaced() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(sandbox("a"))
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            let pid = try #require(await bench.pod.shim.list().sandboxes.first?.pid)
            kill(pid, SIGKILL)
            let again = try #require(try await bench.wait("a") { $0.isReady && $0.status.restartCount == 1 })
            #expect(again.status.port == ready.status.port)
            #expect(again.status.lastTermination?.signal == 9)
            #expect(again.status.lastTermination?.exitCode == nil)
            try await bench.end()
        }

        @Test func changedValuesStartAgainWhatAsksForIt() async throws {
            let bench = try await SidecarBench()
            let map = ConfigMap(metadata: ObjectMeta(name: "who", namespace: "default"), data: ["name": "first"])
            try bench.api.put(map)
            func variable(_ onUpdate: EnvVar.OnUpdate) -> EnvVar {
                EnvVar(
                    name: "WHO",
                    valueFrom: .init(configMapKeyRef: .init(name: "who", key: "name", onUpdate: onUpdate)))
            }
            try bench.api.put(sandbox("follows", env: [variable(.restart)]))
            try bench.api.put(sandbox("stays", env: [variable(.ignore)]))
            let before = try #require(try await bench.wait("follows") { $0.isReady })
            #expect(await get(bench, before, "/").hasSuffix("first"))
            let stays = try #require(try await bench.wait("stays") { $0.isReady })
            var changed = map
            changed.data = ["name": "second"]
            try bench.api.put(changed)
            let after = try #require(try await bench.wait("follows") { $0.isReady && $0.status.restartCount == 1 })
            #expect(await get(bench, after, "/").hasSuffix("second"))
            #expect(after.status.lastTermination?.reason == "ValuesChanged")
            _ = await get(bench, after, "/exit/0")
            let third = try #require(try await bench.wait("follows") { $0.isReady && $0.status.restartCount == 2 })
            // Nothing of the end before is left in it.
            #expect(third.status.lastTermination?.reason == "Exited" && third.status.lastTermination?.message == nil)
            #expect(await get(bench, stays, "/").hasSuffix("first"))
            try await bench.end()
        }

        @Test func aDeletedPodDrains() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(sandbox("a"))
            try bench.api.put(sandbox("b"))
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            _ = try await bench.wait("b") { $0.isReady }
            var pod = Pod(metadata: ObjectMeta(name: "pod-1", namespace: "default", uid: "uid-1"))
            try bench.api.put(pod)
            // Only the sidecar is to end.
            await bench.sidecar.drainIfPodEnds()
            #expect(await bench.pod.shim.list().sandboxes.count == 2)

            pod.metadata.deletionTimestamp = .now().wholeSeconds
            pod.metadata.deletionGracePeriodSeconds = 20
            try bench.api.put(pod)
            async let slow = get(bench, ready, "/slow/700")
            for _ in 0..<100 where await !get(bench, ready, "/count").hasSuffix("slow: 1") { usleep(10_000) }
            await bench.sidecar.drainIfPodEnds()
            #expect(await slow.hasSuffix("slow"))
            #expect(try bench.api.objects(Sandbox.self).isEmpty)
            #expect(await bench.pod.shim.list().sandboxes.isEmpty)
            #expect(
                try bench.api.objects(SandboxNode.self).first?.status.conditions["Ready"]?.reason == "PodTerminating")
            try await bench.end()
        }

        @Test func eachStepOfAnEndIsSeen() async throws {
            let bench = try await SidecarBench()
            var stubborn = sandbox("a") { $0.terminationGracePeriodSeconds = 1 }
            stubborn.metadata.finalizers.append("example.com/watcher")
            try bench.api.put(stubborn)
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            async let cut = get(bench, ready, "/slow/60000")
            for _ in 0..<100 where await !get(bench, ready, "/count").hasSuffix("slow: 1") { usleep(10_000) }
            try await bench.api.client().delete(Sandbox.self, namespace: "default", name: "a")
            let gone = try #require(
                try await bench.wait("a") { !$0.metadata.finalizers.contains(NestGroup.sidecarFinalizer) })
            #expect(gone.status.lastTransitions.suffix(2).map(\.name) == ["Terminating", "Stopping"])
            #expect(await cut == "")
            await bench.sidecar.recorder.flush()
            let reasons = try bench.api.objects(Event.self).map(\.reason)
            #expect(reasons.contains("Killing") && reasons.contains("Killed"), "\(reasons)")
            try bench.api.remove(Sandbox.self, gone.key)
            try await bench.end()
        }

        @Test func whatWasLostWithThePodIsToldAndStartedAnew() async throws {
            let bench = try await SidecarBench()
            var lost = sandbox("a")
            lost.status = lost.status.reporting(
                .ready(address: bench.pod.address, port: 20_001), node: "pod-1", restarts: 2, generation: 1, marks: [],
                now: .now())
            try bench.api.put(lost)
            let again = try #require(try await bench.wait("a") { $0.isReady && $0.status.restartCount == 3 })
            #expect(again.status.lastTermination?.reason == "PodRestarted")
            #expect(again.status.lastTransitions.map(\.name).contains("Failed"))
            try await bench.end()
        }
    }
}
