import Foundation
import TestProcesses
import Testing

/// What users see of starts, restarts and ends, and of pods that die under their functions.
@Suite(.serialized) struct LifecycleTests {
    private static let code = """
        let health = 200, slow = 0;
        exports.handler = (req, res) => {
          const [, what, value] = req.url.split('/');
          if (what === 'exit') process.exit(Number(value));
          if (what === 'break') health = 500;
          if (what === 'health') res.statusCode = health;
          if (what === 'slow') return slow++, setTimeout(() => res.end('slow but whole'), Number(value));
          res.end(what === 'count' ? `${slow}` : `${process.pid}`);
        };
        """

    private func status(_ kubectl: Kubectl, _ path: String) async throws -> String {
        try await kubectl("get", "sbx", "-l", "app=f", "-o", "jsonpath={.items[0].status.\(path)}")
    }

    private func apply(_ kubectl: Kubectl, extra: String = "") async throws {
        try await kubectl("apply", "-f", "-", input: Manifests.function("f", code: Self.code, extra: extra))
        try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/f")
    }

    @Test func anUnhealthyFunctionIsStartedAgainAndSaysWhy() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await apply(
                kubectl,
                extra: "      livenessProbe: {httpGet: {path: /health}, periodSeconds: 1, failureThreshold: 1}")
            _ = try await web.get("/fn/default/f/break")
            try await Eventually.holds("it is started again") {
                try await status(kubectl, "restartCount") == "1"
            }
            #expect(try await status(kubectl, "lastTermination.reason") == "LivenessProbeFailed")
            try await kubectl("wait", "--for=condition=Ready", "--timeout=20s", "sbx", "-l", "app=f")
            #expect(try await web.get("/fn/default/f/health").status == 200)
            _ = try? await web.get("/fn/default/f/exit/7")
            try await Eventually.holds("the exit code is told") {
                try await status(kubectl, "lastTermination.exitCode") == "7"
            }
            let events = try await kubectl("get", "events")
            #expect(events.contains("Unhealthy") && events.contains("GET /health was answered with 500"), "\(events)")
        }
    }

    @Test func aDeletedPodFinishesItsRequestsAndIsReplaced() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await apply(kubectl)
            let pod = try await kubectl("get", "sbx", "-l", "app=f", "-o", "jsonpath={.items[0].spec.nodeName}")
            async let slow = web.get("/fn/default/f/slow/1500")
            try await Eventually.holds("the request is there") {
                try await web.get("/fn/default/f/count").body == "1"
            }
            try await kubectl("delete", "pod", pod, "--timeout=20s")
            let answer = try await slow
            #expect(answer.status == 200 && answer.body == "slow but whole")
            try await Eventually.holds("another pod has it") {
                let node = try await kubectl(
                    "get", "sbx", "-l", "app=f", "-o", "jsonpath={.items[0].spec.nodeName}")
                return !node.isEmpty && node != pod
            }
            try await Eventually.holds("it answers") { try await web.get("/fn/default/f/").status == 200 }
        }
    }

    /// The shim is the parent of every function: what it leaves is ended, and all is started again.
    @Test func aPodWhoseShimIsKilledComesBack() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            try await apply(kubectl)
            let process = Int32(try await web.get("/fn/default/f/").body) ?? 0
            let shim = try #require(Leftovers.ids(of: nest.data, with: "shim").first)
            kill(shim, SIGKILL)
            try await Eventually.holds("it answers from another process") {
                let body = try await web.get("/fn/default/f/").body
                return Int32(body).map { $0 != process } ?? false
            }
            #expect(!Leftovers.ids(of: nest.data).contains(process))
            try await Eventually.holds("the restart is counted") { try await status(kubectl, "restartCount") == "1" }
            #expect(try await status(kubectl, "lastTermination.reason") == "PodRestarted")
            #expect(try await kubectl("get", "sbx", "-o", "name").split(separator: "\n").count == 1)
        }
    }

    /// Everything is gone but the data directory.
    @Test func aMachineThatRestartsComesBackToWhatWasDeclared() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            var nest = try await NestProcess.start(data: data)
            do {
                try await apply(Kubectl(nest))
                #expect(try await Web(nest).get("/fn/default/f/").status == 200)
                await nest.kill()
                for process in Leftovers.ids(of: data) { kill(process, SIGKILL) }
                try await Eventually.holds("nothing runs") { Leftovers.processes(of: data).isEmpty }
                nest = try await NestProcess.start(data: data)
                let web = Web(nest)
                try await Eventually.holds("it answers") { try await web.get("/fn/default/f/").status == 200 }
                #expect(try await status(Kubectl(nest), "restartCount") == "1")
            } catch {
                _ = await nest.stop()
                throw error
            }
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data).isEmpty)
        }
    }
}
