import FoundationEssentials
import KubeAPI

extension KubeClient {
    /// Reads an answer that goes on arriving, line by line.
    ///
    /// Nothing is sent before the first line is asked for, and no more is read than is asked for. Empty lines are left
    /// out.
    ///
    /// - Parameters:
    ///   - path: of the request, percent-encoded.
    ///   - query: not encoded.
    ///   - limit: the most bytes that a line may have; a longer one ends the stream with
    ///     `KubeClientError.Code.tooLarge`.
    ///   - timeout: how long the whole answer may take.
    /// - Returns: the lines without their ends, until the answer's end.
    public func lines(
        path: String, query: [(String, String)] = [], limit: Int, timeout: Duration = .seconds(3600)
    ) -> AsyncThrowingStream<Data, any Error> {
        let request = KubeRequest(
            method: "GET", path: path, query: query.map { .init($0.0, $0.1) }, timeout: timeout)
        let reader = LineReader(transport: transport, request: request, limit: limit)
        return AsyncThrowingStream { try await reader.next() }
    }
}

/// Opens an answer and reads its lines, one at a time.
actor LineReader {
    /// What is worth reading of an error.
    private static let errorLimit = 1 << 20

    private let transport: any KubeTransport
    private let request: KubeRequest
    private let limit: Int
    private var framer: LineFramer
    private var chunks: AsyncThrowingStream<Data, any Error>.Iterator?

    init(transport: any KubeTransport, request: KubeRequest, limit: Int) {
        self.transport = transport
        self.request = request
        self.limit = limit
        framer = LineFramer(limit: limit)
    }

    func next() async throws -> Data? {
        if chunks == nil { try await open() }
        while true {
            do {
                if let line = try framer.next() { return line }
            } catch {
                throw KubeClientError(.tooLarge, "\(request.path) sent a line of more than \(error.limit) bytes")
            }
            var iterator = chunks
            defer { chunks = iterator }
            guard let chunk = try await iterator?.next(isolation: self) else {
                // What has no end is shown all the same.
                defer { framer = LineFramer(limit: limit) }
                return framer.rest.isEmpty ? nil : framer.rest
            }
            framer.push(chunk)
        }
    }

    private func open() async throws {
        let response = try await transport.open(request)
        guard response.status == 200 else {
            var body = Data()
            for try await chunk in response.chunks where body.count <= Self.errorLimit { body.append(chunk) }
            throw Status(code: response.status, body: body)
        }
        chunks = response.chunks.makeAsyncIterator()
    }
}
