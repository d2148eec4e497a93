import AsyncHTTPClient
import Foundation
import KubeAPI
import NIOCore
import Synchronization
import TestProcesses
import Testing

/// Two sandboxes of one function that count their requests, called all the time at their own addresses.
final class Functions: Sendable {
    /// What a sandbox says of itself.
    struct Answer: Decodable, Sendable {
        let pid: Int
        /// Drawn when its code was loaded.
        let born: Double
        let count: Int
    }

    struct Sandbox: Sendable {
        let uid: String
        let address: String
    }

    private static let replicas = 2
    private static let code =
        "let count = 0; const born = Math.random(); exports.handler = (req, res) => "
        + "res.end(JSON.stringify({pid: process.pid, born, count: ++count}));"
    private static let sandboxes = "/apis/nest.dev/v1alpha1/namespaces/default/sandboxes"

    private let first: [Sandbox]
    private let born: Set<Double>
    private let calls = Mutex(0)
    private let complaints = Mutex<[String]>([])

    /// Starts them and waits until they serve.
    init(_ nest: NestProcess, _ client: APIClient) async throws {
        try await client.post("/apis/nest.dev/v1alpha1/namespaces/default/sandboxdeployments", Self.deployment)
            .expecting(201)
        try await Eventually.holds("both sandboxes are ready") { try await Self.ready(client).count == Self.replicas }
        first = try await Self.ready(client)
        var born = Set<Double>()
        for sandbox in first { born.insert(try await Self.ask(sandbox.address).born) }
        self.born = born
        try #require(born.count == Self.replicas)
    }

    private static let deployment: JSONValue = [
        "apiVersion": "nest.dev/v1alpha1", "kind": "SandboxDeployment", "metadata": ["name": "count"],
        "spec": [
            "replicas": .int(Int64(replicas)), "selector": ["matchLabels": ["app": "count"]],
            "template": [
                "metadata": ["labels": ["app": "count"]],
                "spec": [
                    "runtime": "nodejs", "handler": "index.handler", "package": ["inline": ["index.js": .string(code)]],
                    "terminationGracePeriodSeconds": 5,
                ],
            ],
        ],
    ]

    private static func ready(_ client: APIClient) async throws -> [Sandbox] {
        try await client.get(sandboxes).expecting(200).items.compactMap { object in
            guard object.condition("Ready") == "True", let host = object.at("status.podIP")?.stringValue,
                let port = object.at("status.port")?.intValue
            else { return nil }
            return Sandbox(uid: object.uid, address: "http://\(host):\(port)")
        }
    }

    private static func ask(_ url: String) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url + "/"), timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 1 << 16)
        guard response.status == .ok else {
            throw NestProcess.Failure(description: "\(url) answered \(response.status.code) \(String(buffer: body))")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
    }

    /// Calls each sandbox again and again, whether or not there is a control plane.
    func call(until stop: Stop) async {
        await withTaskGroup { group in
            for sandbox in first {
                group.addTask { [self] in
                    var last = 0
                    while !stop.isCalled {
                        do {
                            let answer = try await Self.ask(sandbox.address)
                            guard born.contains(answer.born), answer.count > last else {
                                return complain("\(sandbox.address) went from \(last) to \(answer)")
                            }
                            last = answer.count
                            calls.withLock { $0 += 1 }
                        } catch {
                            return complain("\(sandbox.address) after \(last) answers: \(error)")
                        }
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
        }
    }

    private func complain(_ text: String) { complaints.withLock { $0.append(text) } }

    /// That the same sandboxes, and no others, serve through the gateway.
    func expectAdopted(by nest: NestProcess, _ client: APIClient) async throws {
        var seen = Set<Double>()
        try await Eventually.holds("both sandboxes answer through the gateway") {
            seen.insert(try await Self.ask(nest.ready.gateway + "/fn/default/count").born)
            return seen.isSuperset(of: born)
        }
        #expect(seen == born, "no other process was started")
        let objects = try await client.get(Self.sandboxes).expecting(200).items
        #expect(Set(objects.map(\.uid)) == Set(first.map(\.uid)))
        #expect(objects.allSatisfy { $0.at("status.restartCount")?.intValue ?? 0 == 0 })
        #expect(complaints.withLock { $0 } == [])
    }

    /// How many requests they have answered.
    var answered: Int { calls.withLock { $0 } }
}
