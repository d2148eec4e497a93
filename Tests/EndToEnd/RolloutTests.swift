import Foundation
import Synchronization
import Testing

/// Rollouts as a user sees them: kubectl with Nest's plugin on one side, requests on the other.
@Suite(.serialized) struct RolloutTests {
    /// Runs `body` while requests are sent one after the other.
    /// - Returns: how often each answer came.
    private static func underLoad(_ web: Web, _ path: String, _ body: () async throws -> Void) async throws -> [String:
        Int]
    {
        let isDone = Mutex(false)
        async let load = {
            var answers: [String: Int] = [:]
            while !isDone.withLock({ $0 }) {
                let answer = try await web.get(path)
                answers["\(answer.status) \(answer.body)", default: 0] += 1
            }
            return answers
        }()
        defer { isDone.withLock { $0 = true } }
        try await body()
        isDone.withLock { $0 = true }
        return try await load
    }

    /// A kubectl that finds `kubectl-nest` as an installation has it.
    private static func kubectl(_ nest: NestProcess) throws -> Kubectl {
        let folder = URL(filePath: nest.data).deletingLastPathComponent().path + "/plugins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/kubectl-nest", withDestinationPath: NestProcess.program)
        return Kubectl(nest, plugins: folder)
    }

    private static func manifest(_ code: String, replicas: Int = 2, deadline: Int = 600, strategy: String = "")
        -> String
    {
        Manifests.function("hello", code: code, replicas: replicas)
            .replacing("  replicas:", with: "  progressDeadlineSeconds: \(deadline)\n\(strategy)  replicas:")
    }

    @Test func aBrokenVersionStopsIsReportedAndIsUndone() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (try Self.kubectl(nest), Web(nest))
            try await kubectl(
                "apply", "-f", "-", input: Self.manifest(Manifests.greeter("v1"), replicas: 4))
            let done = try await kubectl("nest", "rollout", "status", "sbd/hello", "--timeout=60s")
            #expect(done.hasSuffix("deployment \"hello\" successfully rolled out\n"))
            try await kubectl("annotate", "sbd", "hello", "kubernetes.io/change-cause=the good one")

            let answers = try await Self.underLoad(web, "/fn/default/hello/") {
                let broken = "throw new Error('no database');"
                try await kubectl("apply", "-f", "-", input: Self.manifest(broken, replicas: 4, deadline: 5))
                let failed = try await kubectl.attempt(["nest", "rollout", "status", "sbd/hello", "--timeout=60s"])
                #expect(failed.status == 1)
                #expect(failed.errors.hasPrefix("error: deployment \"hello\" exceeded its progress deadline\n"))
                #expect(failed.errors.contains("failing") && failed.errors.contains("no database"), "\(failed.errors)")
                #expect(failed.output.contains("Waiting for deployment \"hello\" rollout to finish: "))
                let counts = try await kubectl(
                    "get", "sbd", "hello", "-o", "jsonpath={.status.availableReplicas} {.status.replicas}")
                #expect(counts == "3 5", "one of four may be missing, one more may be there")
                let condition = try await kubectl(
                    "get", "sbd", "hello", "-o",
                    "jsonpath={.status.conditions[?(@.type=='Progressing')].status} "
                        + "{.status.conditions[?(@.type=='Progressing')].reason}")
                #expect(condition == "False ProgressDeadlineExceeded")

                let undone = try await kubectl("nest", "rollout", "undo", "sbd/hello")
                #expect(undone == "sandboxdeployment.nest.dev/hello rolled back\n")
                try await kubectl("nest", "rollout", "status", "sandboxdeployment/hello", "--timeout=60s")
            }
            #expect(Set(answers.keys) == ["200 v1 GET /"], "\(answers)")
            let history = try await kubectl("nest", "rollout", "history", "sbd", "hello")
            #expect(history.hasPrefix("sandboxdeployment.nest.dev/hello \nREVISION  CHANGE-CAUSE\n"))
            #expect(history.contains("\n3         the good one\n"), "\(history)")
        }
    }

    @Test func theVerbsSpeakAsKubectlDoes() async throws {
        try await NestProcess.run { nest in
            let kubectl = try Self.kubectl(nest)
            try await kubectl("apply", "-f", "-", input: Self.manifest(Manifests.greeter("v1")))
            try await kubectl("nest", "rollout", "status", "sbd/hello", "--timeout=60s")
            func says(_ words: String..., status: Int32 = 0, output: String) async throws {
                let result = try await kubectl.attempt(["nest", "rollout"] + words)
                #expect(result.status == status, "\(words)")
                #expect((status == 0 ? result.output : result.errors) == output, "\(words)")
            }
            let name = "sandboxdeployment.nest.dev/hello"
            try await says("pause", "sbd/hello", "--dry-run=client", output: "\(name) paused (dry run)\n")
            try await says("pause", "sbd/hello", "--dry-run=server", output: "\(name) paused (server dry run)\n")
            try await says("pause", "sbd/hello", output: "\(name) paused\n")
            try await says(
                "pause", "sbd/hello", status: 1,
                output: "error: sandboxdeployments.nest.dev \"hello\" is already paused\n")
            try await says(
                "restart", "sbd", "hello", status: 1,
                output: "error: sandboxdeployments.nest.dev \"hello\" can't restart paused deployment "
                    + "(run rollout resume first)\n")
            try await says("resume", "sandboxdeployments.nest.dev/hello", output: "\(name) resumed\n")
            try await says(
                "status", "sbd/nobody", status: 1,
                output: "Error from server (NotFound): sandboxdeployments.nest.dev \"nobody\" not found\n")
            try await says("status", status: 1, output: "error: required resource not specified\n")
            try await says(
                "status", "--frobnicate", status: 1,
                output: "error: Unknown option '--frobnicate'\nSee 'kubectl nest rollout status --help' for usage.\n")
            try await says(
                "pause", "sbd/hello", "--dry-run=perhaps", status: 1,
                output:
                    "error: The value 'perhaps' is invalid for '--dry-run <dry-run>'. Please provide one of 'none', "
                    + "'client' or 'server'.\nSee 'kubectl nest rollout pause --help' for usage.\n")
            let unknown = try await kubectl.attempt(["nest", "rollout", "frobnicate"])
            #expect(unknown.status == 1 && unknown.errors.hasPrefix("error: "))
            // The first of these is not there, the second names no server.
            let several = "\(nest.data)/none:\(nest.data)/other:\(nest.ready.kubeconfig)"
            try "apiVersion: v1\nkind: Config\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n"
                .write(toFile: "\(nest.data)/other", atomically: true, encoding: .utf8)
            let merged = try await kubectl.attempt(
                ["nest", "rollout", "status", "sbd/hello"], environment: ["KUBECONFIG": several])
            #expect(merged.status == 0, "\(merged.errors)")
            try await says(
                "undo", "sbd/hello", status: 1,
                output: "error: no rollout history found for deployment \"hello\"\n")
            let before = try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].metadata.name}")
            try await says("restart", "sbd", "-l", "nobody=here", output: "")
            try await says("restart", "sbd", "-n", "default", output: "\(name) restarted\n")
            let status = try await kubectl("nest", "rollout", "status", "sbd/hello", "-w", "--timeout=60s")
            #expect(status.hasSuffix("deployment \"hello\" successfully rolled out\n"))
            try await Eventually.holds("all sandboxes are new") {
                let after = try await kubectl("get", "sbx", "-o", "jsonpath={.items[*].metadata.name}")
                return Set(before.split(separator: " ")).isDisjoint(with: after.split(separator: " "))
            }
            try await says(
                "undo", "sbd/hello", "--to-revision=2",
                output: "\(name) skipped rollback (current template already matches revision 2)\n")
            let help = try await kubectl("nest", "rollout", "status", "--help")
            #expect(help.contains("USAGE: kubectl nest rollout status"), "\(help)")
        }
    }

    @Test func aRecreationHasAGapButNeverTwoVersions() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (try Self.kubectl(nest), Web(nest))
            func manifest(_ version: String) -> String {
                Self.manifest(Manifests.greeter(version), strategy: "  strategy: {type: Recreate}\n")
            }
            try await kubectl("apply", "-f", "-", input: manifest("v1"))
            try await kubectl("nest", "rollout", "status", "sbd/hello", "--timeout=60s")
            let answers = try await Self.underLoad(web, "/fn/default/hello/") {
                try await kubectl("apply", "-f", "-", input: manifest("v2"))
                try await kubectl("nest", "rollout", "status", "sbd/hello", "--timeout=60s")
                try await Eventually.holds("the new version answers") {
                    try await web.get("/fn/default/hello/").body == "v2 GET /"
                }
            }
            let good = Set(answers.keys.filter { $0.hasPrefix("200") })
            #expect(good == ["200 v1 GET /", "200 v2 GET /"] || good == ["200 v1 GET /"], "\(answers)")
            #expect(answers.keys.allSatisfy { $0.hasPrefix("200") || $0.hasPrefix("503") }, "\(answers)")
        }
    }
}
