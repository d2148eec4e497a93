import FoundationEssentials
import KubeAPI
import NIOHTTP1
import NestTestKit
import Testing

@testable import KubeClient

@Suite struct HTTPTransportTests {
    private static let map = #"{"metadata":{"name":"a","resourceVersion":"1"}}"#

    /// Runs `body` with a client of a server that answers so.
    private func with(
        authority: String = TestCertificates.authority,
        _ answer: @escaping @Sendable (HTTPRequestHead) -> TestServer.Answer,
        _ body: (KubeClient, Int) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(answer)
        let client = try KubeClient(
            ClientConfiguration(server: "https://127.0.0.1:\(server.port)/", caPEM: authority, token: "secret"),
            logger: .silent)
        do {
            try await body(client, server.port)
        } catch {
            Issue.record(error)
        }
        await client.shutdown()
        try await server.stop()
    }

    @Test func speaksHTTPSWithAPrivateAuthorityAndAToken() async throws {
        try await with { head in
            let isRight =
                head.headers["authorization"] == ["Bearer secret"]
                && head.uri == "/api/v1/namespaces/n/configmaps/a"
            return .init(status: isRight ? .ok : .unauthorized, chunks: [Self.map])
        } _: { client, _ in
            let map = try await client.get(ConfigMap.self, namespace: "n", name: "a")
            #expect(map.metadata.name == "a")
        }
    }

    @Test func refusesAServerThatAnotherAuthoritySigned() async throws {
        try await with(authority: TestCertificates.stranger) { _ in
            .init(chunks: [])
        } _: { client, port in
            await #expect {
                try await client.get(ConfigMap.self, namespace: "n", name: "a")
            } throws: { error in
                (error as? KubeClientError)?.code == .connectFailed && "\(error)".contains("https://127.0.0.1:\(port)")
            }
        }
    }

    @Test func streamsAWatchAndEndsItWithItsTask() async throws {
        let line = #"{"type":"ADDED","object":\#(Self.map)}"# + "\n"
        try await with { _ in
            .init(chunks: [line, line], ending: .silent)
        } _: { client, _ in
            let journal = Journal<WatchEvent<ConfigMap>>()
            let task = Task {
                for try await event in client.watch(ConfigMap.self, resourceVersion: "0") { journal.append(event) }
            }
            await journal.wait(2)
            task.cancel()
            let result = await task.result
            if case .failure(let error) = result { #expect(error is CancellationError) }
            #expect(journal.entries.count == 2)
        }
    }

    @Test func tellsOfAWatchThatBroke() async throws {
        let line = #"{"type":"ADDED","object":\#(Self.map)}"# + "\n"
        try await with { _ in
            .init(chunks: [line], ending: .close)
        } _: { client, _ in
            var count = 0
            await #expect {
                for try await _ in client.watch(ConfigMap.self, resourceVersion: "0") { count += 1 }
            } throws: { ($0 as? KubeClientError)?.code == .connectionLost }
            #expect(count == 1)
        }
    }

    @Test func holdsManyWatchesAtOnce() async throws {
        let line = #"{"type":"ADDED","object":\#(Self.map)}"# + "\n"
        try await with { head in
            head.uri.contains("watch=1") ? .init(chunks: [line], ending: .silent) : .init(chunks: [Self.map])
        } _: { client, _ in
            let journal = Journal<WatchEvent<ConfigMap>>()
            try await withThrowingTaskGroup { group in
                for _ in 0..<40 {
                    group.addTask {
                        for try await event in client.watch(ConfigMap.self, resourceVersion: "0") {
                            journal.append(event)
                        }
                    }
                }
                await journal.wait(40)
                _ = try await client.get(ConfigMap.self, namespace: "n", name: "a")
                group.cancelAll()
                while await group.nextResult() != nil {}
            }
        }
    }

    @Test func namesAServerThatIsNotThere() async throws {
        let server = try await TestServer.start { _ in .init(chunks: []) }
        try await server.stop()
        let client = try KubeClient(
            ClientConfiguration(server: "https://127.0.0.1:\(server.port)", caPEM: TestCertificates.authority),
            logger: .silent)
        await #expect {
            try await client.get(ConfigMap.self, namespace: "n", name: "a")
        } throws: { error in
            (error as? KubeClientError)?.code == .connectFailed && "\(error)".contains("127.0.0.1:\(server.port)")
        }
        await client.shutdown()
    }

    @Test func mayBeDroppedWithoutShutdown() async throws {
        let server = try await TestServer.start { _ in .init(chunks: [Self.map]) }
        do {
            let client = try KubeClient(
                ClientConfiguration(server: "https://127.0.0.1:\(server.port)", caPEM: TestCertificates.authority),
                logger: .silent)
            _ = try await client.get(ConfigMap.self, namespace: "n", name: "a")
        }
        try await server.stop()
    }

    @Test(arguments: [
        ClientConfiguration(server: "127.0.0.1:6443"), ClientConfiguration(server: "https://s", caPEM: "no PEM"),
    ])
    func refusesAConfigurationThatCannotWork(_ configuration: ClientConfiguration) {
        #expect { try KubeClient(configuration, logger: .silent) } throws: { error in
            (error as? KubeClientError)?.code == .invalidConfiguration
        }
    }
}
