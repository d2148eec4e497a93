import Foundation
import KubeAPI
import TestProcesses
import Testing

/// `nest up` is killed in the middle of writes, again and again.
@Suite(.serialized) struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["NEST_KILLS"].flatMap { Int($0) } ?? 50
    private static let seed = environment["NEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000_000)

    /// No acknowledged write is lost, no version repeated, and the sandboxes are adopted.
    @Test func aKilledNestKeepsItsWord() async throws {
        print("robustness: \(Self.kills) kills with NEST_SEED=\(Self.seed)")
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            var nest = try await NestProcess.start(data: data)
            do {
                try await killAgainAndAgain(&nest, data: data)
            } catch {
                _ = await nest.stop()
                throw NestProcess.Failure(
                    description: "NEST_SEED=\(Self.seed): \(error)\nthe end of nest's log:\n\(nest.log.suffix(3000))")
            }
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
            #expect(Leftovers.pods(in: data) == [])
        }
    }

    private func killAgainAndAgain(_ nest: inout NestProcess, data: String) async throws {
        var generator = SeededGenerator(seed: Self.seed)
        var client = try APIClient(kubeconfig: nest.ready.kubeconfig)
        let traffic = try await Traffic(client)
        let functions = try await Functions(nest, client)
        let stop = Stop()
        async let calls: Void = functions.call(until: stop)
        defer { stop.call() }
        var ports = (api: 0, gateway: 0)
        for round in 0..<Self.kills {
            let delay = Duration.milliseconds(Int.random(in: 50...500, using: &generator))
            let isSamePort = round > 0 && Bool.random(using: &generator)
            try await traffic.live(nest.ready.kubeconfig, seed: generator.next()) { [nest] _ in
                try await Task.sleep(for: delay)
                await nest.kill()
            }
            await client.shutdown()
            // Half of the time it comes back at the same ports, where its pods' sidecars find it again.
            if !isSamePort { ports = (Ports.free(), Ports.free()) }
            nest = try await NestProcess.start(data: data, apiPort: ports.api, gatewayPort: ports.gateway)
            client = try APIClient(kubeconfig: nest.ready.kubeconfig)
            try await functions.expectAdopted(by: nest, client)
        }
        try await traffic.conclude(nest.ready.kubeconfig)
        stop.call()
        await calls
        await client.shutdown()
        let history = traffic.recorder.history
        let unknown = history.writes.count { $0.outcome == .unknown }
        #expect(unknown >= Self.kills / 4, "kills must come in the middle of writes")
        print(
            "robustness: \(history.writes.count) writes, \(unknown) of them unanswered, \(history.increments.count) "
                + "increments, \(history.sessions.count) watches, \(traffic.expirations) expired, "
                + "\(functions.answered) calls of functions answered")
    }
}
