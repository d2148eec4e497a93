import AsyncHTTPClient
import Foundation
import KubeAPI
import TestProcesses
import Testing

/// Functions that come and go, however many, leave a Nest as it was.
@Suite(.serialized) struct LeakTests {
    /// `make soak` asks for 2,000.
    private static let cycles = ProcessInfo.processInfo.environment["NEST_CYCLES"].flatMap { Int($0) } ?? 60
    /// Functions at the same time.
    private static let width = 10
    /// Functions until pools of connections, threads and readers, and the allocators, have the size that they keep.
    ///
    /// The API server keeps the last 8,192 changes of each kind, or 16 MiB, for watches that come back. A run that is long
    /// enough to fill all of these first fills them; in a shorter one they grow, so the memory of `nest` is not judged.
    private static let warmUp = isLong ? cycles : 60
    private static let isLong = cycles >= 2000
    private static let collection = "/apis/nest.dev/v1alpha1/namespaces/default/"

    /// Everything is the same as before, connections are no more than at the height of the warm-up, and memory is within
    /// 5 %.
    ///
    /// That much is what allocators keep for later. Of a process of 15 MB it is what 2,000 functions would add if each
    /// left 400 bytes, less than its object alone has. What grows is anonymous memory: how much of a file's pages counts
    /// for one process depends on what else runs on the machine.
    @Test(.enabled(if: geteuid() == 0, "only root may see what the processes hold"))
    func functionsComeAndGo() async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let nest = try await NestProcess.start(data: data)
            do {
                let height = try await Self.comeAndGo(0..<Self.warmUp, nest)
                let before = try await Self.settled(nest)
                let memory = Household.memory(of: nest)
                _ = try await Self.comeAndGo(Self.warmUp..<Self.warmUp + Self.cycles, nest)
                let after = try await Self.settled(nest, as: before)
                let grown = Household.memory(of: nest)
                // What is not used for a minute is closed.
                var connections = Household.connections(of: nest)
                for _ in 0..<100 where connections.highest(height) != height {
                    try await Task.sleep(for: .seconds(1))
                    connections = Household.connections(of: nest)
                }
                print("leak.nest: \(before); PSS in KiB \(memory)")
                print("leak.nest: \(after); PSS in KiB \(grown) after \(Self.cycles) functions more")
                print("leak.nest: connections \(connections.inOrder), at the height \(height.inOrder)")
                #expect(after == before)
                #expect(connections.highest(height) == height)
                for (kind, size) in memory where kind != "nest" || Self.isLong {
                    let growth = (grown[kind]?.anonymous ?? 0) - size.anonymous
                    #expect(growth * 20 <= size.total, "\(kind) grew by \(growth) KiB")
                }
            } catch {
                _ = await nest.stop()
                throw NestProcess.Failure(description: "\(error)\nthe end of nest's log:\n\(nest.log.suffix(3000))")
            }
            #expect(await nest.stop() == 0)
            #expect(Leftovers.processes(of: data) == [])
            #expect(Leftovers.pods(in: data) == [])
        }
    }

    /// Makes functions, calls each through the gateway, and deletes it, until nothing of them is there.
    /// - Returns: the most connections that were open.
    private static func comeAndGo(_ numbers: Range<Int>, _ nest: NestProcess) async throws -> [String: Int] {
        var height: [String: Int] = [:]
        let client = try APIClient(kubeconfig: nest.ready.kubeconfig)
        let web = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        do {
            for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: width) {
                try await withThrowingTaskGroup { group in
                    for number in first..<min(first + width, numbers.upperBound) {
                        group.addTask { try await live(number, client, web, nest.ready.gateway) }
                    }
                    try await group.waitForAll()
                }
                height = height.highest(Household.connections(of: nest))
                try await untilNothingIsLeft(client)
            }
            // Events are kept for an hour: they are no leak, but objects.
            try await client.delete("/api/v1/namespaces/default/events").expecting(200)
        } catch {
            await client.shutdown()
            try? await web.shutdown()
            throw error
        }
        await client.shutdown()
        try await web.shutdown()
        return height
    }

    /// What a deployment owned goes after it.
    private static func untilNothingIsLeft(_ client: APIClient) async throws {
        var left: [JSONValue] = []
        do {
            try await Eventually.holds("no object is left", within: .seconds(60)) {
                left = []
                for plural in ["sandboxreplicasets", "sandboxes", "sandboxendpoints"] {
                    left += try await client.get(collection + plural).expecting(200).items
                }
                return left.isEmpty
            }
        } catch {
            throw NestProcess.Failure(description: "\(error): \(left)")
        }
    }

    private static func live(_ number: Int, _ client: APIClient, _ web: HTTPClient, _ gateway: String) async throws {
        let name = "f\(number)"
        try await client.post(collection + "sandboxdeployments", deployment(name)).expecting(201)
        try await Eventually.holds("\(name) answers", within: .seconds(60)) {
            let request = HTTPClientRequest(url: "\(gateway)/fn/default/\(name)/")
            let response = try await web.execute(request, timeout: .seconds(20))
            let body = try await response.body.collect(upTo: 1 << 16)
            return response.status == .ok && String(buffer: body) == name
        }
        try await client.delete(collection + "sandboxdeployments/\(name)").expecting(200)
    }

    private static func deployment(_ name: String) -> JSONValue {
        [
            "apiVersion": "nest.dev/v1alpha1", "kind": "SandboxDeployment", "metadata": ["name": .string(name)],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": [
                        "runtime": "nodejs", "handler": "index.handler", "terminationGracePeriodSeconds": 5,
                        "env": [["name": "NAME", "value": .string(name)]],
                        "package": [
                            "inline": ["index.js": "exports.handler = (req, res) => res.end(process.env.NAME)"]
                        ],
                    ],
                ],
            ],
        ]
    }

    /// What is held once it no longer changes, or is as expected.
    private static func settled(_ nest: NestProcess, as expected: Household? = nil) async throws -> Household {
        var last = Household(of: nest)
        var steady = 0
        for _ in 0..<200 where steady < 10 {
            try await Task.sleep(for: .milliseconds(100))
            let now = Household(of: nest)
            steady = now == last && expected.map({ $0 == now }) ?? true ? steady + 1 : 0
            last = now
        }
        return last
    }
}
