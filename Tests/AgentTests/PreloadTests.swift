import FoundationEssentials
import Glibc
import KubeAPI
import KubeClient
import NestAPI
import Planning
import Testing

@testable import Agent

extension TestPod {
    /// Writes an unpacked layer of these files and returns its directory.
    fileprivate func layer(_ name: String, files: [String: String]) throws -> String {
        let root = "\(directory)/\(name)"
        for (path, text) in files {
            let file = URL(filePath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return root
    }

    fileprivate func plug(
        _ uid: String, code: String, layers: [String], environment: [String: String] = [:]
    ) async throws -> SandboxReport {
        var order = try order(uid, files: ["index.js": code])
        order.layers = layers
        order.environment = Sidecar.layers(layers).merging(environment) { $1 }
        return try await shim.plug(order)
    }

    fileprivate func body(_ report: SandboxReport) async throws -> String {
        let port = try #require(report.port, "\(report.message ?? "")")
        return await fetch(address, port).components(separatedBy: "\r\n\r\n").last ?? ""
    }
}

extension ProcessTests {
    /// Layers that are loaded before anybody's function comes.
    @Suite struct PreloadTests {
        /// Says how many modules had been evaluated when the function came, and how many have been since.
        private static let counts = """
            const before = globalThis.evaluated ?? 0
            for (let i = 0; i < 300; i++) try { require('m' + i) } catch {}
            exports.handler = (q, s) => s.end(before + ' ' + ((globalThis.evaluated ?? 0) - before))
            """

        private static func modules(reading: String = "") -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: (0..<300).map {
                    (
                        "node_modules/m\($0)/index.js",
                        "globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; \(reading)"
                    )
                })
        }

        @Test func aFunctionThatHasTheLayersFindsTheirModulesLoaded() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let layer = try pod.layer("layer", files: Self.modules(reading: "process.env.MODE"))
            let other = try pod.layer("other", files: ["node_modules/x/index.js": ""])
            await pod.shim.preload([layer])
            await pod.wait { _, runtimes in runtimes[0].preload?.idle == 1 && runtimes[0].idle == 1 }
            let said = await pod.shim.list().runtimes
            #expect(said.count == 1)
            #expect(said[0].preload == .init(isDone: true, idle: 1, modules: 300, failure: nil))

            let warm = try await pod.plug("warm", code: Self.counts, layers: [layer])
            #expect(try await pod.body(warm) == "300 0")
            // Another such host has taken its place.
            await pod.wait { _, runtimes in runtimes[0].preload?.idle == 1 && runtimes[0].idle == 1 }
            let more = try await pod.plug("more", code: Self.counts, layers: [layer, other])
            #expect(try await pod.body(more) == "300 0")
            for (uid, layers, environment, expected) in [
                ("none", [], [:], "0 0"), ("before", [other, layer], [:], "0 300"),
                ("reads", [layer], ["MODE": "x"], "0 300"),
            ] {
                await pod.wait { _, runtimes in runtimes[0].preload?.idle == 1 && runtimes[0].idle == 1 }
                let cold = try await pod.plug(uid, code: Self.counts, layers: layers, environment: environment)
                #expect(try await pod.body(cold) == expected, "\(uid)")
            }
            // Those that come in a crowd do not wait for one that has them.
            let crowd = try await withThrowingTaskGroup(of: SandboxReport.self) { group in
                for index in 0..<4 {
                    group.addTask { try await pod.plug("crowd-\(index)", code: Self.counts, layers: [layer]) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(crowd.allSatisfy { $0.state == .running })
            for report in crowd { #expect(["300 0", "0 300"].contains(try await pod.body(report))) }
            #expect(try await pod.stop() == [])
            #expect(Census.children().isEmpty)
        }

        @Test func aLayerThatEndsItsHostsIsSaidAndTheOthersServe() async throws {
            let pod = try await TestPod(prewarmed: 1)
            let layer = try pod.layer(
                "layer", files: ["node_modules/bad/index.js": "process.kill(process.pid, 'SIGKILL')"])
            await pod.shim.preload([layer])
            await pod.wait { _, runtimes in runtimes[0].preload?.failure != nil }
            let preload = try #require(await pod.shim.list().runtimes[0].preload)
            #expect(!preload.isDone)
            #expect(preload.failure?.contains("while it loaded the layers") == true, "\(preload)")
            let report = try await pod.plug("a", code: Self.counts, layers: [layer])
            #expect(try await pod.body(report) == "0 0")
            #expect(try await pod.stop() == [])
        }

        @Test func aRuntimeThatCannotPreloadIsNotWaitedFor() async throws {
            let pod = try await TestPod(prewarmed: 1, isShared: true)
            await pod.shim.preload([pod.directory])
            #expect(await pod.shim.list().runtimes.map(\.preload) == [nil])
            #expect(try await pod.stop() == [])
        }

        @Test func aPodWhoseLayerCannotBeHadIsNotReadyAndSaysWhich() async throws {
            let url = "file:///nowhere/layer.tar.zst"
            let bench = try await SidecarBench(
                preload: [LayerSource(url: url, sha256: String(repeating: "0", count: 64))])
            let client = bench.api.client()
            let list = try await client.list(SandboxNode.self, namespace: "default")
            let events = client.watch(
                SandboxNode.self, namespace: "default", resourceVersion: list.metadata.resourceVersion ?? "")
            var seen = list.items.compactMap { $0.status.conditions["Ready"] }
            if !seen.contains(where: { $0.reason == "PreloadFailed" }) {
                for try await event in events {
                    guard case .modified(let node) = event, let ready = node.status.conditions["Ready"] else {
                        continue
                    }
                    seen.append(ready)
                    if ready.reason == "PreloadFailed" { break }
                }
            }
            #expect(seen.allSatisfy { $0.status == .no }, "\(seen)")
            #expect(seen.last?.message.contains(url) == true, "\(seen)")
            try await bench.end()
        }
    }
}
