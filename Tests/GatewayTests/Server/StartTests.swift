import KubeClient
import Logging
import NIOCore
import NestTestKit
import Synchronization
import Testing

@testable import Gateway

/// What callers meet while a gateway does not know the functions yet.
@Suite(.timeLimit(.minutes(1))) struct StartTests {
    private static let request = "GET /fn/default/hello/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    private static func run(
        _ api: FakeAPIServer, firstTable: TimeAmount, _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration(eventLoops: 2)
        configuration.timeouts.firstTable = firstTable
        let gateway = GatewayServer(
            configuration: configuration, client: api.client(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            try await body(try await gateway.waitUntilBound())
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    @Test func whoComesBeforeTheFunctionsAreKnownWaits() async throws {
        let api = FakeAPIServer()
        api.fail { _ in KubeClientError(.connectionLost, "away") }
        try await withListener { connection, _ in
            _ = await connection.readThrough("\r\n\r\n")
            try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        } _: { upstream in
            _ = try api.put(slice(ports: [upstream]))
            try await Self.run(api, firstTable: .seconds(30)) { port in
                let isAnswered = Mutex(false)
                async let answer = exchange(with: port, Self.request)
                async let other = exchange(with: port, Self.request)
                let watch = Task {
                    try await Task.sleep(for: .milliseconds(300))
                    #expect(!isAnswered.withLock { $0 })
                    api.fail(nil)
                }
                let answers = try await [answer, other]
                isAnswered.withLock { $0 = true }
                #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") && $0.hasSuffix("hello") }, "\(answers)")
                try await watch.value
            }
        }
    }

    @Test func whoWaitsTooLongIsToldWhy() async throws {
        let api = FakeAPIServer()
        api.fail { _ in KubeClientError(.connectionLost, "away") }
        try await Self.run(api, firstTable: .milliseconds(200)) { port in
            let answer = try await exchange(with: port, Self.request)
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("functions-not-loaded"), "\(answer)")
        }
    }
}
