import Foundation
import KubeAPI
import TestProcesses
import Testing

/// The API server is stopped for a while, as a machine that is suspended or starved, and goes on.
@Suite(.serialized) struct PauseTests {
    @Test func aPausedServerKeepsItsWord() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let server = try Child(
                NestProcess.program, APIServerProcess.arguments(data: data), errors: directory + "/log")
            do {
                try await pause(server, kubeconfig: APIServerProcess.waitUntilReady(data: data))
            } catch {
                kill(server.pid, SIGCONT)
                await server.kill()
                throw error
            }
            #expect(await server.stop(within: .seconds(15)) == 0)
            #expect(Leftovers.processes(of: data) == [])
        }
    }

    private func pause(_ server: Child, kubeconfig: String) async throws {
        let client = try APIClient(kubeconfig: kubeconfig)
        let traffic = try await Traffic(client)
        let path = Subject.configMaps.path
        let object = try await client.post(path, ["metadata": ["name": "contended"], "data": ["by": "none"]]).expecting(
            201)
        try await traffic.live(kubeconfig, seed: 1) { stop in
            try await Task.sleep(for: .milliseconds(200))
            kill(server.pid, SIGSTOP)
            // Both have read the same version; both wait.
            async let first = client.put(path + "/contended", object.with("data", ["by": "first"]))
            async let second = client.put(path + "/contended", object.with("data", ["by": "second"]))
            try await Task.sleep(for: .seconds(3))
            kill(server.pid, SIGCONT)
            let answers = try await [first, second]
            #expect(answers.map(\.code).sorted() == [200, 409], "only one may have been right")
            let winner = answers.first { $0.code == 200 }?.body.at("data.by")
            #expect(try await client.get(path + "/contended").expecting(200).at("data.by") == winner)
            // What was read before the pause is still no ground to write on.
            let stale = try await client.put(path + "/contended", object.with("data", ["by": "stale"]))
            #expect(stale.code == 409)
            try await Task.sleep(for: .milliseconds(300))
            stop.call()
        }
        try await traffic.conclude(kubeconfig)
        #expect(traffic.recorder.history.writes.allSatisfy { $0.outcome != .unknown }, "every write was answered")
        await client.shutdown()
    }
}
