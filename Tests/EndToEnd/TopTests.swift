import Foundation
import Testing

/// What functions use, as a user sees it.
@Suite(.serialized) struct TopTests {
    @Test func topAndMetricsShowWhatAFunctionUses() async throws {
        try await NestProcess.run { nest in
            let folder = URL(filePath: nest.data).deletingLastPathComponent().path + "/plugins"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/kubectl-nest", withDestinationPath: NestProcess.program)
            let (kubectl, web) = (Kubectl(nest, plugins: folder), Web(nest))
            try await kubectl("apply", "-f", "-", input: Manifests.function("hello", code: Manifests.greeter("Hello")))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/hello")
            #expect(try await web.get("/fn/default/hello/").body == "Hello GET /")

            // The first figures come after two looks.
            try await kubectl("wait", "--for=jsonpath={.status.usage.memory}", "--timeout=90s", "sbx", "--all")
            let rows = try await kubectl("nest", "top", "sbx", "--no-headers").split(separator: "\n")
            let words = rows.first?.split(separator: " ").map(String.init) ?? []
            #expect(rows.count == 1 && words.count == 3, "\(rows)")
            #expect(words.first?.hasPrefix("hello-") == true)
            #expect(words[1].hasSuffix("m") && Int(words[2].dropLast(2)) ?? 0 > 1, "\(words)")
            let all = try await kubectl("nest", "top", "sandboxes", "-A", "--sort-by=memory")
            #expect(all.hasPrefix("NAMESPACE   NAME"))
            let nodes = try await kubectl("nest", "top", "sbn")
            #expect(nodes.hasPrefix("NAME") && nodes.contains("MEMORY(%)"))
            let wide = try await kubectl("get", "sbx", "-o", "wide")
            #expect(wide.contains(" CPU ") && wide.contains(" MEMORY ") && wide.contains(words[2]), "\(wide)")
            let wrong = try await kubectl.attempt(["nest", "top", "pods"])
            #expect(wrong.status == 1 && wrong.errors.hasPrefix("error: \"pods\" is neither sbx"), "\(wrong.errors)")
            let missing = try await kubectl.attempt(["nest", "top", "sbx", "none"])
            #expect(missing.errors.hasPrefix("Error from server (NotFound): "), "\(missing.errors)")

            let name = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].spec.nodeName}")
            let conditions = try await kubectl("get", "sbn", name, "-o", "jsonpath={.status.conditions[*].type}")
            #expect(
                Set(conditions.split(separator: " ")) == ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"])
            let token = try String(contentsOfFile: nest.data + "/machine/metrics-token", encoding: .utf8)
            let address = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].status.podIP}")
            let pod = Web(base: "http://\(address):20000")
            let bearer = "Bearer " + token.filter { !$0.isNewline }
            let metrics = try await pod.get("/metrics", headers: ["Authorization": bearer])
            #expect(metrics.status == 200)
            let served = metrics.body.split(separator: "\n").first { $0.hasPrefix("nest_sandbox_requests_total{") }
            #expect(
                served?.contains(#"deployment="hello""#) == true && served?.hasSuffix(" 1") == true, "\(metrics.body)")
            #expect(try await pod.get("/metrics").status == 401)
        }
    }
}
