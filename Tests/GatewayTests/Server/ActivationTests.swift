import Logging
import NIOCore
import Planning
import Synchronization
import Testing

@testable import Gateway

/// Waiting for a sandbox, through sockets and several event loops.
@Suite(.timeLimit(.minutes(1)), .serialized) struct ActivationTests {
    private static let empty = RoutingTable([slice(ports: [])])

    private static func run(
        configuration: GatewayConfiguration = .init(eventLoops: 2), table: RoutingTable = empty,
        _ body: @Sendable (RunningGateway, Int) async throws -> Void
    ) async throws {
        let server = GatewayServer(
            configuration: configuration, client: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        server.update(table: table)
        let gateway = RunningGateway(server: server, task: Task { try await server.run() })
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(gateway, try await server.waitUntilReady()))
        } catch {
            result = .failure(error)
        }
        gateway.stop()
        try await gateway.task.value
        try result.get()
    }

    /// Runs a gateway, and a reader of its readings: that says what it knows.
    private static func withReadings(
        _ body: @Sendable (RunningGateway, Int, RawConnection) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration(eventLoops: 1)
        configuration.readings = ReadingsConfiguration(identity: "g") { Array("word".utf8) }
        try await run(configuration: configuration) { gateway, port in
            try await withConnection(to: try await gateway.server.waitForReadings()) { reader in
                try await reader.write("GET /readings HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer word\r\n\r\n")
                _ = await reader.readThrough("\"functions\":[]}\n")
                try await body(gateway, port, reader)
            }
        }
    }

    /// Notes every request that sandboxes see.
    private final class Seen: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func note(_ body: String) { counts.withLock { $0[body, default: 0] += 1 } }
        var all: [String: Int] { counts.withLock { $0 } }
    }

    @Test func aThousandWaitAndAreEachAnsweredOnceByOneOfThree() async throws {
        var configuration = GatewayConfiguration(eventLoops: 2)
        configuration.timeouts.connect = .seconds(20)
        let seen = Seen()
        let (places, arrived) = AsyncStream.makeStream(of: Void.self)
        let serve: @Sendable (RawConnection, Int) async throws -> Void = { connection, _ in
            while true {
                let (head, body) = await connection.readMessage()
                guard !head.isEmpty else { return }
                seen.note(body)
                try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
        try await withListener(serving: serve) { [configuration] one in
            try await withListener(serving: serve) { [configuration] two in
                try await Self.run(configuration: configuration) { gateway, port in
                    let answers = Task {
                        try await withThrowingTaskGroup(of: Bool.self) { tasks in
                            for number in 0..<1000 {
                                tasks.addTask {
                                    try await withConnection(to: port) { client in
                                        try await client.write(ProxyTests.request("POST", body: "\(number)"))
                                        arrived.yield()
                                        let (head, body) = await client.readMessage()
                                        return head.hasPrefix("HTTP/1.1 200 ") && body == "\(number)"
                                    }
                                }
                            }
                            return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
                        }
                    }
                    var sent = 0
                    for await _ in places {
                        sent += 1
                        if sent == 1000 { break }
                    }
                    var next = Self.empty
                    next.set(slice(ports: [one]))
                    gateway.update(table: next)
                    next.set(slice(ports: [one, two]))
                    gateway.update(table: next)
                    let answered = try await answers.value
                    #expect(answered == 1000)
                }
            }
        }
        #expect(seen.all.count == 1000 && seen.all.values.allSatisfy { $0 == 1 })
    }

    /// The kernel says that the client has gone, though the gateway does not read it.
    @Test func aClientThatGoesIsNotForwarded() async throws {
        let seen = Seen()
        try await withListener { connection, _ in
            seen.note(await connection.readMessage().body)
            try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            _ = await connection.readToEnd()
        } _: { upstream in
            try await Self.withReadings { gateway, port, reader in
                try await withConnection(to: port) { client in
                    try await client.write(ProxyTests.request("POST", fields: "Content-Length: 1000000\r\n") + "first")
                    _ = await reader.readThrough("\"waiting\":1}]}\n")
                }
                _ = await reader.readThrough("\"waiting\":0}]}\n")
                var table = Self.empty
                table.set(slice(ports: [upstream]))
                gateway.update(table: table)
                try await withConnection(to: port) { client in
                    try await client.write(ProxyTests.request("POST", body: "second"))
                    #expect(await client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
                }
            }
        }
        #expect(seen.all == ["second": 1])
    }

    /// Process and endpoint come back later, at another place; meanwhile no one listens.
    @Test func aRestartIsNotNoticed() async throws {
        let dead = try await FailureTests.deadPort()
        let table = RoutingTable([slice(ports: [dead])])
        try await withListener(serving: echo) { live in
            try await Self.run(table: table) { gateway, port in
                try await withConnection(to: port) { client in
                    try await client.write(ProxyTests.request("POST", body: "x"))
                    var next = table
                    next.set(slice(ports: []))
                    gateway.update(table: next)
                    next.set(slice(ports: [live]))
                    gateway.update(table: next)
                    let (head, body) = await client.readMessage()
                    #expect(head.hasPrefix("HTTP/1.1 200 ") && body.hasSuffix(" x"), "\(head)\(body)")
                }
            }
        }
    }

    @Test func aGatewayThatStopsDoesNotKeepThoseWhoWait() async throws {
        try await Self.withReadings { gateway, port, reader in
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request())
                _ = await reader.readThrough("\"waiting\":1}]}\n")
                gateway.stop()
                let (head, body) = await client.readMessage()
                #expect(head.hasPrefix("HTTP/1.1 503 ") && body.contains("gateway-stopping"), "\(head)\(body)")
                #expect(await client.readToEnd() == "")
            }
        }
    }
}

/// A gateway that runs, and can be stopped.
private struct RunningGateway: Sendable {
    let server: GatewayServer
    let task: Task<Void, any Error>

    func update(table: RoutingTable) { server.update(table: table) }

    func stop() { task.cancel() }
}
