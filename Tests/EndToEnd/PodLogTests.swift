import Foundation
import Testing

/// `kubectl logs` of the pods that run the sandboxes.
@Suite(.serialized) struct PodLogTests {
    @Test func showsWhatSandboxesPrint() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let code = "exports.handler = (req, res) => { console.log('said ' + req.url); res.end('ok'); };"
            try await kubectl("apply", "-f", "-", input: Manifests.function("speaker", code: code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/speaker")
            #expect(try await web.get("/fn/default/speaker/one").body == "ok")
            let pod = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].spec.nodeName}")
            try await Eventually.holds("the line is in the log") {
                try await kubectl("logs", pod, "-c", "app").contains("said /one")
            }
            let last = try await kubectl("logs", pod, "-c", "app", "--tail=1")
            #expect(last.hasPrefix("[") && last.contains("speaker-"), "\(last)")
            #expect(try await !kubectl("logs", pod, "-c", "sidecar").contains("said /one"))
            let previous = try await kubectl.attempt(["logs", pod, "-c", "app", "--previous"])
            #expect(previous.errors.contains("previous terminated container \"app\" in pod \"\(pod)\" not found"))
        }
    }
}
