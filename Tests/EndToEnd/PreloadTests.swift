import Foundation
import Testing

/// What a pool preloads, from kubectl to the function that finds it loaded.
@Suite(.serialized) struct PreloadTests {
    @Test func aPodIsReadyOnlyWithTheLayersOfItsPool() async throws {
        try await NestProcess.run { nest in
            try await Archives.inDirectory { archives in
                let kubectl = Kubectl(nest)
                let modules = URL(filePath: "\(archives.directory)/node_modules/greeting")
                try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: true)
                try "globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; module.exports = 'Hello'".write(
                    to: modules.appending(path: "index.js"), atomically: false, encoding: .utf8)
                let archive = archives.directory + "/layer.tar.gz"
                try Archives.run("tar", "-C", archives.directory, "-czf", archive, "node_modules")
                let layer = "{url: \"file://\(archive)\", sha256: \"\(try Archives.digest(archive))\"}"
                try FileManager.default.moveItem(atPath: archive, toPath: archive + ".later")

                // Pods that were made before are replaced, and the new ones wait for the layer.
                let json = layer.replacing("url:", with: "\"url\":").replacing("sha256:", with: "\"sha256\":")
                let patch = "{\"spec\": {\"preload\": {\"layers\": [\(json)]}}}"
                try await kubectl("patch", "resourcepool", "default", "--type=merge", "-p", patch)
                try await Eventually.holds("no pod is ready, and the pool says why") {
                    let ready = try await kubectl(
                        "get", "resourcepool", "default", "-o",
                        "jsonpath={.status.readyPods} {.status.conditions[*].message}")
                    return ready.hasPrefix("0 ") && ready.contains("file://\(archive)")
                }
                try await Eventually.holds("the pod says why, too") {
                    let nodes = try await kubectl("describe", "sbn")
                    return nodes.contains("PreloadFailed") && nodes.contains("layer file://\(archive)")
                }

                try FileManager.default.moveItem(atPath: archive + ".later", toPath: archive)
                try await kubectl("wait", "--for=condition=Ready", "--timeout=60s", "resourcepool/default")
                let code = """
                    const before = globalThis.evaluated ?? 0; const text = require('greeting');
                    exports.handler = (q, s) => s.end([text, before, globalThis.evaluated].join(' '))
                    """
                let manifest = Manifests.function("f", code: code)
                    .replacing("handler:", with: "layers: [\(layer)]\n      handler:")
                try await kubectl("apply", "-f", "-", input: manifest)
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
                // It was evaluated once, before the function came.
                #expect(try await Web(nest).get("/fn/default/f/").body == "Hello 1 1")
            }
        }
    }
}
