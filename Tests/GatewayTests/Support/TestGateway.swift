import KubeAPI
import Logging
import NIOCore
import NestAPI
import Planning

@testable import Gateway

/// The table of one function, `default/hello`, with a sandbox on each of these ports of the loopback address.
func table(ports: [Int], timeoutSeconds: Int = 30) -> RoutingTable {
    RoutingTable([slice(ports: ports, timeoutSeconds: timeoutSeconds, holds: false)])
}

/// The endpoints of `default/hello`, for which requests wait while there is none.
func slice(
    ports: [Int], timeoutSeconds: Int = 30, holds: Bool = true, startSeconds: Int = 30, concurrency: Int = 0,
    trouble: EndpointsTrouble? = nil
) -> SandboxEndpoints {
    let endpoints = ports.map { port in
        Endpoint(
            sandbox: "hello-\(port)", revision: "r", address: "127.0.0.1", port: port, node: "n",
            conditions: .init(ready: true, serving: true, terminating: false))
    }
    var slice = SandboxEndpoints(
        metadata: ObjectMeta(name: "hello", namespace: "default"), endpoints: endpoints,
        timeoutSeconds: timeoutSeconds)
    slice.holdsRequests = holds
    slice.startupTimeoutSeconds = startSeconds
    slice.concurrency = concurrency
    slice.trouble = trouble
    return slice
}

/// Runs a gateway for as long as the body runs.
func withGateway<Value: Sendable>(
    _ table: RoutingTable, configuration: GatewayConfiguration = .init(eventLoops: 1),
    _ body: @Sendable (Int) async throws -> Value
) async throws -> Value {
    let gateway = GatewayServer(
        configuration: configuration, client: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    gateway.update(table: table)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await gateway.run() }
        let value = try await body(try await gateway.waitUntilReady())
        tasks.cancelAll()
        try await tasks.waitForAll()
        return value
    }
}

/// Runs one upstream and a gateway before it for as long as the body runs.
func withProxy<Value: Sendable>(
    timeoutSeconds: Int = 30, serving serve: @escaping @Sendable (RawConnection, Int) async throws -> Void,
    _ body: @Sendable (Int) async throws -> Value
) async throws -> Value {
    try await withListener(serving: serve) { upstream in
        try await withGateway(table(ports: [upstream], timeoutSeconds: timeoutSeconds), body)
    }
}

/// Answers every request of a connection with what it saw: request line, then body.
@Sendable func echo(_ connection: RawConnection, _ number: Int) async throws {
    while true {
        let (head, body) = await connection.readMessage()
        guard let line = head.split(separator: "\r\n").first else { return }
        let answer = "\(number) \(line) \(body)"
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)")
    }
}
