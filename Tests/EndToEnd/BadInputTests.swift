import Foundation
import Testing

/// Bad input is answered where its user looks, and harms nothing else.
@Suite(.serialized) struct BadInputTests {
    /// kubectl itself says what is wrong, and where.
    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let manifest: String
        let message: String
    }

    static let refused = [
        Refused(
            testDescription: "an unknown field",
            manifest: Manifests.function("bad", code: "", extra: "      replica: 2"),
            message: "unknown field \"spec.template.spec.replica\""),
        Refused(
            testDescription: "a wrong type",
            manifest: Manifests.function("bad", code: "").replacing("replicas: 1", with: "replicas: many"),
            message: "spec.replicas"),
        Refused(
            testDescription: "a missing field",
            manifest: Manifests.function("bad", code: "").replacing("runtime: nodejs", with: ""),
            message: "spec.template.spec.runtime: Required value"),
        Refused(
            testDescription: "a value out of its range",
            manifest: Manifests.function("bad", code: "").replacing("replicas: 1", with: "replicas: -1"),
            message: "spec.replicas"),
        Refused(
            testDescription: "an unknown signature",
            manifest: Manifests.function("bad", code: "", extra: "      signature: htpp"),
            message: "spec.template.spec.signature"),
        Refused(
            testDescription: "a digest that is none",
            manifest: Manifests.package("bad", "url: \"file:///x.tar\", sha256: abc"),
            message: "spec.template.spec.package.sha256"),
        Refused(
            testDescription: "a package that is none",
            manifest: Manifests.package("bad", ""),
            message: "give exactly one of url (with sha256) and inline"),
        Refused(
            testDescription: "an archive without its digest",
            manifest: Manifests.package("bad", "url: \"file:///x.tar\""),
            message: "spec.template.spec.package.sha256: Required value: url needs the SHA-256 of the archive"),
        Refused(
            testDescription: "a selector that does not match",
            manifest: Manifests.function("bad", code: "").replacing(
                "matchLabels: {app: bad}", with: "matchLabels: {app: x}"),
            message:
                "spec.template.metadata.labels: Invalid value: \"object\": `selector` does not match template `labels`"),
        Refused(
            testDescription: "a variable of two values",
            manifest: Manifests.function(
                "bad", code: "",
                extra: "      env: [{name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: k}}}]"),
            message: "value may not be given together with valueFrom"),
        Refused(
            testDescription: "a probe that would start a process",
            manifest: Manifests.function(
                "bad", code: "", extra: "      livenessProbe: {exec: {command: [\"true\"]}}"),
            message: "spec.template.spec.livenessProbe.exec: Forbidden: a sandbox may not start processes"),
        Refused(
            testDescription: "more requested than allowed",
            manifest: Manifests.function(
                "bad", code: "", extra: "      resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}"),
            message: "requests.memory must be less than or equal to limits.memory"),
    ]

    /// The object is taken, and its sandbox says why it cannot run: in its condition and in an Event.
    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let manifest: @Sendable (_ archives: Archives) throws -> String
        /// Each is part of the sandbox's Ready or PackageReady condition's message.
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
    ]

    @Test func everyKindIsAnsweredAndHarmsNoNeighbour() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await kubectl("apply", "-f", "-", input: Manifests.function("good", code: Manifests.greeter("fine")))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/good")

            for bad in Self.refused {
                let result = try await kubectl.attempt(["apply", "-f", "-"], input: bad.manifest)
                #expect(result.status != 0, "\(bad.testDescription) was taken")
                #expect(result.errors.contains(bad.message), "\(bad.testDescription): \(result.errors)")
            }
            #expect(try await kubectl("get", "sbd", "-o", "name") == "sandboxdeployment.nest.dev/good\n")

            try await Tree.withTemporaryDirectory { directory in
                let archives = Archives(directory: directory)
                for bad in Self.broken { try await check(bad, archives, kubectl, web) }
            }
            #expect(try await web.get("/fn/default/good/").body == "fine GET /")
            #expect(
                try await kubectl("get", "sbx", "-l", "app=good", "-o", "jsonpath={.items[0].status.restartCount}")
                    == "0")
            #expect(!FileManager.default.fileExists(atPath: "/tmp/escaped.js"))
        }
    }

    private func check(_ bad: Broken, _ archives: Archives, _ kubectl: Kubectl, _ web: Web) async throws {
        try await kubectl("apply", "-f", "-", input: bad.manifest(archives))
        var seen = ""
        do {
            try await Eventually.holds("\(bad.testDescription) is explained") {
                seen = try await kubectl(
                    "get", "sbx", "-l", "app=bad", "-o",
                    "jsonpath={range .items[*].status.conditions[*]}{.status} {.message}{end}")
                return bad.words.allSatisfy(seen.contains)
            }
        } catch {
            Issue.record("\(bad.testDescription): \(bad.words) is not in: \(seen)")
        }
        let events = try await kubectl(
            "get", "events", "-o", "jsonpath={range .items[*]}{.type} {.involvedObject.kind} {.message}{end}")
        #expect(events.contains("Warning Sandbox"), "\(bad.testDescription) has no Event")
        #expect(try await web.get("/fn/default/bad/").status == 503)
        try await kubectl("delete", "sbd", "bad", "--timeout=30s")
        try await Eventually.holds("its sandboxes are gone") {
            try await kubectl("get", "sbx", "-l", "app=bad", "-o", "name").isEmpty
        }
        try await kubectl("delete", "events", "--all")
    }

    @Test func aHandlerThatThrowsAnswers500AndLives() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let code = """
                exports.handler = async (req, res) => {
                  if (req.url === '/throw') throw new Error('by design');
                  if (req.url === '/later') setTimeout(() => res.end('late'), 50); else res.end('ok');
                };
                """
            try await kubectl("apply", "-f", "-", input: Manifests.function("moody", code: code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/moody")
            #expect(try await web.get("/fn/default/moody/throw").status == 500)
            #expect(try await web.get("/fn/default/moody/later").body == "late")
            #expect(try await web.get("/fn/default/moody/").body == "ok")
            #expect(try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].status.restartCount}") == "0")
        }
    }
}
