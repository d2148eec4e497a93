import Foundation
import Testing

/// `nest logs` as a user sees it.
@Suite(.serialized) struct LogsTests {
    private static func code(_ version: String) -> String {
        """
        console.log('loaded \(version)');
        process.on('exit', () => console.log('bye \(version)'));
        exports.handler = (req, res) => {
          console.warn('said ' + req.url);
          console.log('done');
          res.end('ok');
        };
        """
    }

    private static func nest(_ nest: NestProcess, _ arguments: String...) async throws -> Program.Result {
        try await Program.run(
            NestProcess.program, ["logs"] + arguments, environment: ["KUBECONFIG": nest.ready.kubeconfig])
    }

    @Test func aFollowerSeesARolloutWhole() async throws {
        try await NestProcess.run { nest in
            let kubectl = Kubectl(nest)
            try await kubectl(
                "apply", "-f", "-", input: Manifests.function("speaker", code: Self.code("v1"), replicas: 2))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/speaker")
            let follower = try Child(
                NestProcess.program, ["logs", "-f", "sbd/speaker", "--kubeconfig", nest.ready.kubeconfig],
                errors: nest.data + ".follower")
            var lines: [String] = []
            func wait(for text: String, times: Int) async throws {
                while lines.filter({ $0.hasSuffix("] " + text) }).count < times {
                    let line = await follower.nextLine(within: .seconds(30))
                    lines.append(try #require(line, "\(times) of '\(text)' in \(lines)"))
                }
            }
            try await wait(for: "loaded v1", times: 2)
            try await kubectl(
                "apply", "-f", "-", input: Manifests.function("speaker", code: Self.code("v2"), replicas: 2))
            try await wait(for: "loaded v2", times: 2)
            try await wait(for: "bye v1", times: 2)
            try await kubectl("delete", "sbd", "speaker")
            // It ends by itself once nothing more can come.
            while let line = await follower.nextLine(within: .seconds(30)) { lines.append(line) }
            #expect(await follower.stop(within: .seconds(5)) == 0)
            let counts = Dictionary(
                lines.map { ($0.split(separator: " ").dropFirst().joined(separator: " "), 1) }, uniquingKeysWith: +)
            #expect(counts == ["loaded v1": 2, "bye v1": 2, "loaded v2": 2, "bye v2": 2], "\(lines)")
            #expect(Set(lines).count == 8)
            let errors = (try? String(contentsOfFile: nest.data + ".follower", encoding: .utf8)) ?? ""
            #expect(errors == "")
        }
    }

    @Test func showsWhatIsAskedFor() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            for name in ["speaker", "other"] {
                try await kubectl("apply", "-f", "-", input: Manifests.function(name, code: Self.code(name)))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/\(name)")
                for path in ["one", "two"] { #expect(try await web.get("/fn/default/\(name)/\(path)").status == 200) }
            }
            let sandbox = try await kubectl(
                "get", "sbx", "-l", "app=speaker", "-o", "jsonpath={.items[0].metadata.name}")
            let all = "loaded speaker\nsaid /one\ndone\nsaid /two\ndone\n"
            try await Eventually.holds("all is in the log") { try await Self.nest(nest, "speaker").output == all }
            for name in ["sbd/speaker", "sbx/\(sandbox)", sandbox, "--selector=app=speaker"] {
                #expect(try await Self.nest(nest, name).output == all)
            }
            #expect(try await Self.nest(nest, "speaker", "--tail=1").output == "done\n")
            #expect(try await Self.nest(nest, "speaker", "--level=warn").output == "said /one\nsaid /two\n")
            #expect(try await Self.nest(nest, "speaker", "--since-time=2100-01-01T00:00:00Z").output == "")
            #expect(
                try await Self.nest(nest, "speaker", "--since=1h", "--prefix", "--tail", "1").output
                    == "[\(sandbox)] done\n")
            let tagged = try await Self.nest(nest, "speaker", "--tags", "--timestamps", "--tail=1").output
            let words = tagged.split(separator: " ")
            let id = try #require(
                words.count == 3 && words[1].hasPrefix("info:") ? words[1].dropFirst(5) : nil, "\(tagged)")
            #expect(try await Self.nest(nest, "speaker", "--request=\(id)").output == "said /two\ndone\n")
            let both = try await Self.nest(nest, "-l", "app in (speaker,other)", "--level=warn").output
            #expect(
                both.split(separator: "\n").map { String($0.split(separator: "] ")[1]) } == [
                    "said /one", "said /two", "said /one", "said /two",
                ])
            let full = try await Program.run(
                "sh", ["-c", "\(NestProcess.program) logs speaker > /dev/full"],
                environment: ["KUBECONFIG": nest.ready.kubeconfig])
            #expect(full.status == 1, "\(full)")
            #expect(full.errors == "error: cannot write to standard output: No space left on device\n")
            try await Self.refuses(nest, kubectl)
        }
    }

    private static func refuses(_ nest: NestProcess, _ kubectl: Kubectl) async throws {
        let rows: [([String], Int32, String)] = [
            (
                ["nobody"], 1,
                "error: there is no Sandbox and no SandboxDeployment \"nobody\" in the namespace default\n"
            ),
            (["sbx/nobody"], 1, "Error from server (NotFound): sandboxes.nest.dev \"nobody\" not found\n"),
            (["sbd/nobody"], 1, "Error from server (NotFound): sandboxdeployments.nest.dev \"nobody\" not found\n"),
            (["-l", "app=nobody"], 0, "No resources found in default namespace.\n"),
            (["pod/x"], 1, "error: \"pod\" has no logs here"), ([], 1, "error: one of sbx/NAME, sbd/NAME"),
            (
                ["speaker", "--frobnicate"], 1,
                "error: Unknown option '--frobnicate'\nSee 'nest logs --help' for usage.\n"
            ),
        ]
        for (arguments, status, words) in rows {
            let result = try await Program.run(
                NestProcess.program, ["logs"] + arguments, environment: ["KUBECONFIG": nest.ready.kubeconfig])
            #expect(result.status == status && result.errors.hasPrefix(words) && result.output.isEmpty, "\(result)")
        }
        try await kubectl("scale", "sbd", "speaker", "--replicas=0")
        try await Eventually.holds("a function without sandboxes is said to have none") {
            let result = try await Self.nest(nest, "sbd/speaker")
            return result.status == 1 && result.errors.hasPrefix("error: deployment \"speaker\" has no sandboxes now")
        }
        let pending = Manifests.function("lost", code: Self.code("lost"), extra: "      nodeSelector: {no: where}\n")
        try await kubectl("apply", "-f", "-", input: pending)
        try await Eventually.holds("a sandbox without a pod is said to have no log") {
            try await Self.nest(nest, "lost").errors.contains("has no log yet: no pod has it")
        }
    }
}
