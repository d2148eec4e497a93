import Foundation
import Testing

/// `kubectl logs` of the pods that run the sandboxes.
@Suite(.serialized) struct PodLogTests {
    private static let code = """
        const { writeSync } = require('node:fs');
        process.on('exit', () => console.log('bye'));
        exports.handler = (req, res) => {
          if (req.url === '/native') writeSync(2, 'native words\\n'); else console.warn('said ' + req.url);
          res.end('ok');
        };
        """

    @Test func showsWhatSandboxesPrint() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await kubectl("apply", "-f", "-", input: Manifests.function("speaker", code: Self.code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/speaker")
            let start = Date()
            for path in ["one", "two", "native"] {
                #expect(try await web.get("/fn/default/speaker/\(path)").body == "ok")
            }
            let sandbox = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].metadata.name}")
            let pod = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].spec.nodeName}")
            func logs(_ options: String...) async throws -> String {
                let result = try await kubectl.attempt(["logs", pod] + options)
                try #require(result.status == 0, "\(result.errors)")
                return result.output
            }
            try await Eventually.holds("the lines are in the log") { try await logs().contains("native words") }
            let lines = try await logs().split(separator: "\n").filter { $0.hasPrefix("[") }
            try #require(lines.count == 3)
            #expect(lines[0].hasPrefix("[\(sandbox)] warn:") && lines[0].hasSuffix(" said /one"), "\(lines)")
            #expect(lines[2] == "[\(sandbox)] error native words")
            let timed = try await logs("--timestamps", "--tail=3").split(separator: "\n")
            for (line, text) in zip(timed, lines) {
                let words = line.split(separator: " ", maxSplits: 1)
                let time = try #require(ISO8601DateFormatter.withFraction.date(from: String(words[0])), "\(line)")
                #expect(abs(time.timeIntervalSince(start)) < 60 && words[1] == text)
            }
            // kubectl leaves fractions of a second out.
            let past = ISO8601DateFormatter().string(from: start.addingTimeInterval(-60))
            #expect(try await logs("--since-time=\(past)", "--limit-bytes=6").utf8.count == 6)
            #expect(try await logs("--since-time=\(past)").contains("said /one"))
            #expect(try await logs("--since-time=2100-01-01T00:00:00Z") == "")
            #expect(try await logs("--since=5m").contains("said /one"))
            #expect(try await logs("--tail=1") == "\(lines[2])\n")
            #expect(try await !kubectl("logs", pod, "-c", "sidecar").contains("said /one"))
            let previous = try await kubectl.attempt(["logs", pod, "-c", "app", "--previous"])
            #expect(previous.errors.contains("previous terminated container \"app\" in pod \"\(pod)\" not found"))
        }
    }

    /// Whoever follows gets the last words of a sandbox that is deleted; whoever comes a little later finds them.
    @Test func theLastWordsOfADeletedSandboxAreShown() async throws {
        try await NestProcess.run { nest in
            let kubectl = Kubectl(nest)
            try await kubectl(
                "apply", "-f", "-", input: Manifests.function("speaker", code: "console.log('loaded');\n" + Self.code))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/speaker")
            let sandbox = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].metadata.name}")
            let pod = try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].spec.nodeName}")
            let follower = try Child(
                "/usr/bin/env", ["kubectl", "logs", "-f", pod, "-c", "app", "--kubeconfig", kubectl.kubeconfig],
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": kubectl.home],
                errors: nest.data + ".follower")
            #expect(await follower.nextLine(within: .seconds(20)) == "[\(sandbox)] info loaded")
            try await kubectl("delete", "sbx", sandbox)
            let words = "[\(sandbox)] info bye"
            #expect(try await kubectl("logs", pod, "-c", "app").contains(words))
            var line = await follower.nextLine(within: .seconds(20))
            while let seen = line, seen != words { line = await follower.nextLine(within: .seconds(20)) }
            #expect(line == words)
            await follower.kill()
        }
    }
}

extension ISO8601DateFormatter {
    fileprivate static var withFraction: ISO8601DateFormatter {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return formatter
    }
}
