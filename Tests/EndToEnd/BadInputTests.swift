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

            try await Archives.serve { archives in
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
                    "jsonpath={range .items[*].status.conditions[*]}{.reason} {.message}; {end}")
                return bad.words.allSatisfy(seen.contains)
            }
        } catch {
            Issue.record("\(bad.testDescription): \(bad.words) is not in: \(seen)")
        }
        let events = try await kubectl(
            "get", "events", "-o", "jsonpath={range .items[*]}{.type} {.involvedObject.kind} {.message}{end}")
        #expect(events.contains("Warning Sandbox"), "\(bad.testDescription) has no Event")
        try await Eventually.holds("\(bad.testDescription): gateways are told what is in the way") {
            try await !kubectl("get", "sbep", "bad", "-o", "jsonpath={.trouble.reason}").isEmpty
        }
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
