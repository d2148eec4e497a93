import Foundation
import KubeAPI
import TestProcesses
import Testing

/// The API server under test: the one that `NEST_TEST_KUBECONFIG` names, or an embedded one that is started for the run.
struct Cluster: Sendable {
    /// A kubeconfig that kubectl and Python can read, too.
    let kubeconfig: String
    let client: APIClient

    private static let named = ProcessInfo.processInfo.environment["NEST_TEST_KUBECONFIG"].flatMap {
        $0.isEmpty ? nil : $0
    }
    static let isEmbedded = named == nil
    private static let start = Task { try await Cluster() }

    /// The one server of this run.
    static var shared: Cluster { get async throws { try await start.value } }

    private init() async throws {
        kubeconfig = if let path = Self.named { path } else { try await OwnServer.start() }
        client = try APIClient(kubeconfig: kubeconfig)
    }

    /// Runs `body` with a namespace of its own, which is deleted afterwards.
    static func run(_ body: @Sendable (Space) async throws -> Void) async throws {
        try await Turnstile.tests.pass {
            let cluster = try await shared
            let name = "conformance-\(Name.random())"
            let namespaces = "/api/v1/namespaces"
            try await cluster.client.post(namespaces, ["metadata": ["name": .string(name)]]).expecting(201)
            let space = Space(cluster: cluster, namespace: name)
            defer { try? FileManager.default.removeItem(atPath: space.home) }
            do {
                try await body(space)
            } catch {
                _ = try? await cluster.client.delete("\(namespaces)/\(name)")
                throw error
            }
            _ = try await cluster.client.delete("\(namespaces)/\(name)")
        }
    }
}

/// Names that nobody else has.
enum Name {
    static func random() -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<8).compactMap { _ in letters.randomElement() })
    }
}

extension Trait where Self == ConditionTrait {
    /// For tests that are about the server that Nest brings along, and why no other is meant.
    static func embeddedOnly(_ why: Comment) -> Self { .enabled(if: Cluster.isEmbedded, why) }
}
