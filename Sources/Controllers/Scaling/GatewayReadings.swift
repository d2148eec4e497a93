import FoundationEssentials
import KubeAPI
import KubeClient
import Logging
import Planning

/// How a gateway is asked what comes in.
protocol GatewayReadings: Sendable {
    /// Opens a gateway's readings: a line at once, then one each second, and one at once when a request meets no endpoint.
    /// - Parameter address: the gateway's, `http://HOST:PORT`.
    /// - Returns: the lines, until the gateway ends them or something breaks.
    func lines(of address: String) -> AsyncThrowingStream<GatewayReading, any Error>
}

/// Asks gateways over HTTP, with a bearer token.
struct HTTPGatewayReadings: GatewayReadings {
    /// A line of a hundred thousand functions.
    private static let lineLimit = 16 << 20

    /// A file with the token; nil: none is sent.
    var tokenFile: String?
    var logger = Logger(label: "readings")

    func lines(of address: String) -> AsyncThrowingStream<GatewayReading, any Error> {
        do {
            let client = try KubeClient(
                ClientConfiguration(server: address, tokenFile: tokenFile), logger: logger)
            let lines = LineIterator(
                client.lines(path: "/readings", limit: Self.lineLimit, timeout: .seconds(86_400)), of: client)
            return AsyncThrowingStream { try await lines.next() }
        } catch {
            return AsyncThrowingStream { throw error }
        }
    }
}

/// Reads lines from whatever task asks, and keeps their connection as long as it is asked.
private actor LineIterator {
    private var lines: AsyncThrowingStream<Data, any Error>.Iterator
    private let client: KubeClient

    init(_ lines: AsyncThrowingStream<Data, any Error>, of client: KubeClient) {
        self.lines = lines.makeAsyncIterator()
        self.client = client
    }

    func next() async throws -> GatewayReading? {
        var iterator = lines
        defer { lines = iterator }
        guard let line = try await iterator.next(isolation: self) else { return nil }
        return try JSONValue(parsing: line).decoded()
    }
}
