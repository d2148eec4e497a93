import Foundation
import Testing

extension BadInputTests {
    /// The object is taken, and its sandbox says why it cannot run: in its condition and in an Event.
    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let manifest: @Sendable (_ archives: Archives) throws -> String
        /// Each is part of the reasons and messages of the sandbox's conditions.
        let words: [String]
    }

    static let broken = [
        Broken(
            testDescription: "a missing archive",
            manifest: { archives in
                Manifests.package(
                    "bad", "url: \"file://\(archives.directory)/nowhere.tar\", sha256: \"\(Archives.noDigest)\"")
            },
            words: ["nowhere.tar"]),
        Broken(
            testDescription: "a wrong digest",
            manifest: { archives in
                Manifests.package("bad", "url: \"file://\(try archives.good())\", sha256: \"\(Archives.noDigest)\"")
            }, words: ["sha256", Archives.noDigest]),
        Broken(
            testDescription: "an archive path that escapes",
            manifest: { archives in
                let path = try archives.escaping()
                return Manifests.package("bad", "url: \"file://\(path)\", sha256: \"\(try Archives.digest(path))\"")
            }, words: ["../escaped.js"]),
        Broken(
            testDescription: "a handler that does not exist",
            manifest: { _ in Manifests.function("bad", code: "exports.other = () => {};", handler: "index.handler") },
            words: ["handler", "other"]),
        Broken(
            testDescription: "a module that does not exist",
            manifest: { _ in Manifests.function("bad", code: "", handler: "main.handler") }, words: ["main"]),
        Broken(
            testDescription: "a syntax error",
            manifest: { _ in Manifests.function("bad", code: "exports.handler = (req, res => {}") },
            words: ["SyntaxError", "index.js"]),
        Broken(
            testDescription: "a load that throws",
            manifest: { _ in
                Manifests.function("bad", code: "function boom() { throw new Error('no database'); }\nboom();")
            },
            words: ["no database", "boom", "index.js:1"]),
        Broken(
            testDescription: "a probe to nowhere",
            manifest: { _ in
                Manifests.function(
                    "bad", code: "exports.handler = (req, res) => { res.statusCode = 404; res.end(); };",
                    extra: "      readinessProbe: {httpGet: {path: /nowhere}, periodSeconds: 1}")
            }, words: ["Readiness probe failed: GET /nowhere was answered with 404"]),
        Broken(
            testDescription: "a Secret that is not there",
            manifest: { _ in
                Manifests.function(
                    "bad", code: Manifests.greeter("x"),
                    extra: "      env: [{name: A, valueFrom: {secretKeyRef: {name: nothing, key: k}}}]")
            }, words: ["nothing"]),
        Broken(
            testDescription: "an archive that the server does not have",
            manifest: { Manifests.package("bad", try $0.served("nowhere.tar")) },
            words: ["NotFound", "/nowhere.tar", "HTTP 404 Not Found", "check the url"]),
        Broken(
            testDescription: "a server that fails",
            manifest: { Manifests.package("bad", try $0.served("failing")) },
            words: ["FetchFailed", "/failing", "HTTP 500 Internal Server Error"]),
        Broken(
            testDescription: "a server that breaks off",
            manifest: { Manifests.package("bad", try $0.served("truncated")) },
            words: ["FetchFailed", "/truncated", "10000 bytes remaining"]),
        Broken(
            testDescription: "a server that trickles",
            manifest: { Manifests.package("bad", try $0.served("trickling"), extra: "      startupTimeoutSeconds: 1") },
            words: ["StartupTimeout", "still being fetched after startupTimeoutSeconds"]),
        Broken(
            testDescription: "a served archive that is another",
            manifest: {
                let name = URL(filePath: try $0.good()).lastPathComponent
                return Manifests.package("bad", try $0.served("files/" + name))
            }, words: ["DigestMismatch", "sha256", Archives.noDigest]),
        Broken(
            testDescription: "a served file that is no archive",
            manifest: { Manifests.package("bad", try $0.served("files/letter.txt", as: try $0.text())) },
            words: ["NotAnArchive", "letter.txt", "not a tar or zip archive"]),
        Broken(
            testDescription: "half of an archive",
            manifest: { Manifests.package("bad", try $0.package(try $0.halved())) },
            words: ["NotAnArchive", "halved.tar.gz"]),
        Broken(
            testDescription: "a decompression bomb",
            manifest: { Manifests.package("bad", try $0.package(try $0.bomb())) },
            words: ["TooLarge", "bomb.tar.gz", "a decompression bomb"]),
        Broken(
            testDescription: "a load that never ends",
            manifest: { _ in
                Manifests.function("bad", code: "for (;;) {}", extra: "      startupTimeoutSeconds: 1")
            }, words: ["StartupTimeout", "startupTimeoutSeconds"]),
        Broken(
            testDescription: "a load that ends the process",
            manifest: { _ in Manifests.function("bad", code: "console.log('enough'); process.exit(4)") },
            words: ["ExitedWhileLoading", "exit code 4"]),
        Broken(
            testDescription: "a load that eats memory",
            manifest: { _ in
                Manifests.function(
                    "bad", code: "const held = []; for (;;) held.push(new Array(1e5).fill({}));",
                    extra: "      resources: {limits: {memory: 160Mi}}")
            }, words: ["OOMKilled", "while it was loaded: Out of memory"]),
        Broken(
            testDescription: "a program that listens elsewhere",
            manifest: { _ in
                Manifests.function(
                    "bad", code: "require('http').createServer().listen(3000)", handler: "index",
                    extra: "      signature: server")
            }, words: ["WrongPort", "listens on port 3000", "process.env.PORT"]),
    ]
}
