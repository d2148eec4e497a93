import Foundation
import Testing

/// From a directory to an answer, without a web server of one's own.
@Suite(.serialized) struct PackageTests {
    @Test func aPushedDirectoryServesWithItsLayers() async throws {
        try await NestProcess.run { nest in
            try await Tree.withTemporaryDirectory { directory in
                let kubectl = Kubectl(nest)
                func write(_ name: String, _ text: String) throws {
                    let file = URL(filePath: "\(directory)/\(name)")
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try text.write(to: file, atomically: false, encoding: .utf8)
                }
                func package(_ words: String...) async throws -> (url: String, sha256: String) {
                    let result = try await Program.run(
                        NestProcess.program, ["package"] + words, environment: ["KUBECONFIG": nest.ready.kubeconfig])
                    #expect(result.status == 0, "\(words): \(result.errors)")
                    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
                    #expect(lines.map(\.first) == ["url:", "sha256:"], "\(result.output)")
                    return (String(lines.first?.last ?? ""), String(lines.last?.last ?? ""))
                }
                try write(
                    "code/index.js", "exports.handler = (q, s) => s.end(require('greeting') + require('./lib/name'))")
                try write("code/lib/name.js", "module.exports = 'Ada'")
                try write("layer/node_modules/greeting/index.js", "module.exports = 'Hello, '")

                let code = try await package("push", "\(directory)/code")
                let layer = try await package("push", "\(directory)/layer")
                let built = try await package("\(directory)/code", "-o", "\(directory)/code.tar.zst")
                #expect(built.sha256 == code.sha256 && built.url == "file://\(directory)/code.tar.zst")
                #expect(try await package("push", "\(directory)/code.tar.zst") == code)

                let layers = "layers: [{url: \"\(layer.url)\", sha256: \(layer.sha256)}]\n      handler:"
                let module = "import hello from 'greeting'; export const handler = (q, s) => s.end(hello + 'module');"
                for manifest in [
                    Manifests.package("f", "url: \"\(code.url)\", sha256: \(code.sha256)"),
                    Manifests.package("m", "inline: {index.mjs: \"\(module)\"}"),
                ] {
                    let text = manifest.replacing("handler:", with: layers)
                    try await kubectl("apply", "-f", "-", input: text)
                }
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f", "sbd/m")
                #expect(try await Web(nest).get("/fn/default/f/").body == "Hello, Ada")
                #expect(try await Web(nest).get("/fn/default/m/").body == "Hello, module")
            }
        }
    }

    @Test(arguments: [
        (["package", "/nowhere", "-o", "/tmp/x.tar.zst"], "error: /nowhere: No such file or directory"),
        (["package", "/etc", "-o", "/tmp/x.zip"], "give a name that ends with .tar.zst"),
        (["package", "push", "/nowhere"], "error: /nowhere is not there"),
        (["package", "push", "/etc/passwd"], "error: /etc/passwd: not a tar or zip archive"),
    ]) func whatCannotBeDoneIsSaid(words: [String], text: String) async throws {
        let result = try await Program.run(NestProcess.program, words)
        #expect(result.status != 0 && result.errors.contains(text), "\(result.errors)")
    }
}
