import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import Logging
import NIOCore
import NIOPosix
import NestAPI
import NestTestKit
import Planning
import Testing

@testable import Agent

let greetingCode = "exports.handler = (req, res) => res.end('hello ' + process.env.WHO)"

extension ProcessTests {
    @Suite struct SidecarTests {
        @Test func bindsToReadyInOneWriteAndDeletes() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(SidecarBench.sandbox("a", code: greetingCode, env: [EnvVar(name: "WHO", value: "world")]))
            let ready = try #require(try await bench.wait("a") { $0.isReady })
            #expect(ready.status.phase == .running)
            #expect(ready.status.conditions.isTrue(SandboxCondition.packageReady))
            #expect(ready.status.lastTransitions.map(\.name) == ["Bound", "PackageReady", "Plugged", "Ready"])
            let writes = bench.api.requests.entries.filter { $0.path.hasSuffix("/sandboxes/a/status") }
            #expect(writes.count == 1)
            let port = try #require(ready.status.port)
            #expect(await fetch(bench.pod.address, port).hasSuffix("hello world"))

            try await bench.api.client().delete(Sandbox.self, namespace: "default", name: "a")
            #expect(try await bench.wait("a", isThere: true) { _ in false } == nil)
            #expect(await bench.pod.shim.list().sandboxes.isEmpty)
            try await bench.end()
        }

        @Test func showsTheUsersErrorAndBacksOff() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(SidecarBench.sandbox("bad", code: "function ( {"))
            let failed = try #require(try await bench.wait("bad") { $0.status.reason != nil })
            #expect(failed.status.phase == .starting)
            #expect(failed.status.reason == "SyntaxError")
            #expect(failed.status.message?.hasPrefix("index.js:1\nfunction ( {") == true)
            #expect(failed.status.conditions["Ready"]?.status == .no)
            try await bench.end()
        }

        @Test func saysWhichReferenceIsMissing() async throws {
            let bench = try await SidecarBench()
            let reference = EnvVar.KeyReference(name: "db", key: "password")
            let env = EnvVar(name: "WHO", valueFrom: .init(secretKeyRef: reference))
            try bench.api.put(SidecarBench.sandbox("s", code: greetingCode, env: [env]))
            let waiting = try #require(try await bench.wait("s") { $0.status.reason != nil })
            #expect(waiting.status.reason == "MissingReference")
            #expect(waiting.status.message?.contains("Secret default/db does not exist (key 'password')") == true)
            try await bench.end()
        }

        @Test func saysWhichSecretOfThePackageIsMissing() async throws {
            let bench = try await SidecarBench()
            var sandbox = SidecarBench.sandbox("s", code: greetingCode)
            sandbox.spec.template.package = PackageSource(
                url: "http://127.0.0.1:1/a", sha256: String(repeating: "0", count: 64), secretRef: .init(name: "door"))
            try bench.api.put(sandbox)
            let waiting = try #require(try await bench.wait("s") { $0.status.reason != nil })
            #expect(waiting.status.reason == "MissingReference")
            #expect(waiting.status.message == "package.secretRef: Secret default/door does not exist.")
            try await bench.end()
        }

        @Test func aLayerThatIsNotThereIsNamed() async throws {
            let bench = try await SidecarBench()
            var sandbox = SidecarBench.sandbox("s", code: greetingCode)
            sandbox.spec.template.layers = [
                LayerSource(url: "file:///nowhere/layer.tar", sha256: String(repeating: "0", count: 64))
            ]
            try bench.api.put(sandbox)
            let waiting = try #require(try await bench.wait("s") { $0.status.reason != nil })
            #expect(waiting.status.reason == "NotFound")
            #expect(waiting.status.message?.contains("package file:///nowhere/layer.tar: No such file") == true)
            try await bench.end()
        }

        @Test func aNewSidecarAdoptsWhatRuns() async throws {
            let bench = try await SidecarBench()
            try bench.api.put(SidecarBench.sandbox("a", code: greetingCode))
            try bench.api.put(SidecarBench.sandbox("b", code: greetingCode))
            let first = try #require(try await bench.wait("a") { $0.isReady })
            _ = try await bench.wait("b") { $0.isReady }
            let before = await bench.pod.shim.list().sandboxes.first { $0.uid == first.metadata.uid }
            bench.task.cancel()
            _ = await bench.task.result
            // Deleted while there was no sidecar.
            try bench.api.remove(Sandbox.self, ObjectKey(namespace: "default", name: "b"))

            let second = try SidecarBench.sidecar(bench.pod, bench.api)
            await bench.pod.wait { sandboxes, _ in sandboxes.count == 1 }
            #expect(await bench.pod.shim.list().sandboxes.first == before)
            #expect(before?.port == first.status.port)
            second.cancel()
            _ = await second.result
            try await bench.end()
        }

        /// Events of the shim may be taken in later than the answer that nothing is left.
        @Test func aLateReportOfAnEndKeepsNothing() async throws {
            let bench = try await SidecarBench()
            let sidecar = try SidecarBench.make(bench.pod, bench.api, staleAfter: .seconds(40))
            let stopping = SandboxReport(uid: "uid-s", state: .stopping, address: bench.pod.address)
            await sidecar.handle(.changed(stopping))
            let key = try #require(await sidecar.works.keys.first)
            #expect(await sidecar.works[key]?.actual == .stopping)
            await sidecar.handle(.removed(uid: "uid-s"))
            _ = try await sidecar.reconcile(key)
            #expect(await sidecar.works.isEmpty)
            try await bench.end()
        }

        @Test func afterAPartitionWhatWasGivenUpIsEndedAndTheRestStays() async throws {
            let bench = try await SidecarBench()
            for name in ["lost", "gone", "kept"] { try bench.api.put(SidecarBench.sandbox(name, code: greetingCode)) }
            for name in ["lost", "gone", "kept"] { _ = try await bench.wait(name) { $0.isReady } }
            let kept = await bench.pod.shim.list().sandboxes.first { $0.uid == "uid-kept" }
            // Nothing gets through any more, and meanwhile the pod is given up.
            bench.api.fail { _ in KubeClientError(.connectionLost, "partition") }
            bench.api.dropConnections()
            var lost = try #require(try bench.api.objects(Sandbox.self).first { $0.metadata.name == "lost" })
            lost.metadata.deletionTimestamp = .now().wholeSeconds
            lost.status = lost.status.lost(on: "pod-1", now: .now())
            try bench.api.put(lost)
            try bench.api.remove(Sandbox.self, ObjectKey(namespace: "default", name: "gone"))
            #expect(await bench.pod.shim.list().sandboxes.count == 3)

            bench.api.fail(nil)
            await bench.pod.wait { sandboxes, _ in sandboxes.map(\.uid) == ["uid-kept"] }
            #expect(try await bench.wait("lost", isThere: true) { _ in false } == nil)
            #expect(await bench.pod.shim.list().sandboxes.first?.pid == kept?.pid)
            #expect(await fetch(bench.pod.address, kept?.port ?? 0).contains("hello"))
            try await bench.end()
        }

        @Test func refusesAStaleAssignment() async throws {
            // Whatever the informer says is stale: each start asks first.
            let bench = try await SidecarBench(staleAfter: .zero)
            let moved = SidecarBench.sandbox("moved", code: greetingCode)
            bench.api.fail { request in
                request.method == "GET" && request.path.hasSuffix("/sandboxes/revoked")
                    ? Status(code: 404, reason: "NotFound", message: "sandboxes \"revoked\" not found") : nil
            }
            try bench.api.put(SidecarBench.sandbox("revoked", code: greetingCode))
            var foreign = moved
            foreign.spec.nodeName = "pod-2"
            let line: JSONValue = ["type": "ADDED", "object": try JSONValue(encoding: Envelope(foreign))]
            await bench.api.watches.wait(1)
            bench.api.inject(line: String(decoding: try line.serialized(), as: UTF8.self))
            try bench.api.put(SidecarBench.sandbox("ours", code: greetingCode))
            _ = try await bench.wait("ours") { $0.isReady }
            #expect(bench.api.requests.entries.contains { $0.path.hasSuffix("/sandboxes/revoked") })
            #expect(await bench.pod.shim.list().sandboxes.map(\.uid) == ["uid-ours"])
            try await bench.end()
        }

        @Test func saysThatItIsReadyAfterOthersHaveSpokenForIt() async throws {
            let bench = try await SidecarBench()
            func node(_ condition: (SandboxNode) -> Bool) async throws -> SandboxNode? {
                let client = bench.api.client()
                let list = try await client.list(SandboxNode.self, namespace: "default")
                if let found = list.items.first, condition(found) { return found }
                for try await event in client.watch(
                    SandboxNode.self, namespace: "default", resourceVersion: list.metadata.resourceVersion ?? "")
                {
                    if case .modified(let node) = event, condition(node) { return node }
                }
                return nil
            }
            var silent = try #require(try await node { $0.isReady })
            silent.status.conditions = [
                Condition(type: "Ready", status: .unknown, reason: NodeReason.unknown, lastTransitionTime: .now())
            ]
            try bench.api.put(silent)
            #expect(try await node { $0.isReady }?.status.conditions["Ready"]?.reason == "SidecarReady")
            try await bench.end()
        }

        @Test func reportsItsNode() async throws {
            let bench = try await SidecarBench()
            let client = bench.api.client()
            let events = client.watch(SandboxNode.self, namespace: "default", resourceVersion: "0")
            for try await event in events {
                guard case .modified(let node) = event, node.isReady else { continue }
                #expect(node.status.runtimes.first?.name == "nodejs")
                #expect(node.status.capacity?.cpu.milli ?? 0 >= 1000)
                #expect(node.status.confinement?.mechanisms.contains("Seccomp") == true)
                #expect(node.metadata.ownerReferences.first?.uid == "uid-1")
                #expect(
                    node.metadata.labels == [
                        NestGroup.poolLabel: "default", NestGroup.hostnameLabel: "pod-1", NestGroup.zoneLabel: "z",
                    ])
                break
            }
            try await bench.end()
        }
    }
}
