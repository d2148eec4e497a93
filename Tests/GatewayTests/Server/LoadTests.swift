import Logging
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)), .serialized) struct LoadTests {
    static let size = 50 * 1024 * 1024

    @Sendable static func writeBody(_ connection: RawConnection) async throws {
        let piece = ByteBuffer(repeating: 0x61, count: 64 * 1024)
        for _ in 0..<(size / piece.readableBytes) { try await connection.write(piece) }
    }

    @Test func fiftyMegabytesUpAndDown() async throws {
        try await withProxy { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            #expect(await upstream.skip(Self.size) == Self.size)
            try await upstream.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n")
            try await Self.writeBody(upstream)
            _ = await upstream.readToEnd()
        } _: { port in
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request("POST", fields: "Content-Length: \(Self.size)\r\n"))
                try await Self.writeBody(client)
                #expect(await client.readThrough("\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
                #expect(await client.skip(Self.size) == Self.size)
                // The connection is as good as new.
                try await client.write(ProxyTests.request("GET", "/healthz"))
                #expect(await client.readMessage().body == "ok\n")
            }
        }
    }

    @Test func aThousandClientsAtOnce() async throws {
        // A loop that opens a thousand connections on a busy machine may notice late that one is open.
        var configuration = GatewayConfiguration(eventLoops: 1)
        configuration.timeouts.connect = .seconds(20)
        try await withListener(serving: echo) { [configuration] upstream in
            try await withGateway(table(ports: [upstream]), configuration: configuration) { port in
                let wrong = try await withThrowingTaskGroup(of: String?.self) { tasks in
                    for number in 0..<1000 {
                        tasks.addTask {
                            try await withConnection(to: port) { client in
                                try await client.write(ProxyTests.request("POST", body: "\(number)"))
                                let (head, body) = await client.readMessage()
                                return body.hasSuffix(" \(number)") ? nil : head + body
                            }
                        }
                    }
                    return try await tasks.reduce(into: []) { wrong, answer in if let answer { wrong.append(answer) } }
                }
                #expect(wrong.isEmpty, "\(wrong.count), such as \(wrong.first ?? "")")
            }
        }
    }

    @Test func aGatewayThatStopsAnswersWhatItHasBegun() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        try await withListener { upstream, _ in
            _ = await upstream.readThrough("\r\n\r\n")
            arrived.yield()
            for await _ in stops { break }
            try await upstream.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
            _ = await upstream.readToEnd()
        } _: { upstream in
            let gateway = GatewayServer(
                configuration: .init(eventLoops: 2), client: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            gateway.update(table: table(ports: [upstream]))
            let running = Task { try await gateway.run() }
            let port = try await gateway.waitUntilReady()
            try await withConnection(to: port) { client in
                try await client.write(ProxyTests.request())
                for await _ in arrivals { break }
                running.cancel()
                stop.yield()
                let (head, body) = await client.readMessage()
                #expect(head.hasPrefix("HTTP/1.1 200 ") && body == "done")
                #expect(await client.readToEnd() == "")
            }
            try await running.value
            await #expect(throws: (any Error).self) { try await exchange(with: port, "") }
        }
    }
}
