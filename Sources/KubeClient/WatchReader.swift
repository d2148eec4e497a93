import FoundationEssentials
import KubeAPI

/// Opens one watch and reads its events, one at a time.
actor WatchReader<Object: KubeObject> {
    /// Objects are at most 1.5 MiB in etcd; an event may hold one with what the server adds.
    static var lineLimit: Int { 8 << 20 }

    private let transport: any KubeTransport
    private let server: String
    private let makeRequest: @Sendable () throws -> KubeRequest
    private var framer = LineFramer(limit: WatchReader.lineLimit)
    private var chunks: AsyncThrowingStream<Data, any Error>.Iterator?
    private var ended = false

    init(transport: any KubeTransport, server: String, makeRequest: @escaping @Sendable () throws -> KubeRequest) {
        self.transport = transport
        self.server = server
        self.makeRequest = makeRequest
    }

    /// The next event; nil once the server has ended the watch.
    func next() async throws -> WatchEvent<Object>? {
        guard !ended else { return nil }
        do {
            if chunks == nil { try await open() }
            while true {
                if let line = try framer.next() { return try event(line) }
                guard let chunk = try await nextChunk() else { return try end() }
                framer.push(chunk)
            }
        } catch {
            ended = true
            chunks = nil
            throw named(error)
        }
    }

    private func open() async throws {
        let request = try makeRequest()
        let response = try await transport.open(request)
        guard response.status == 200 else {
            throw Status(code: response.status, body: try await Self.collect(response.chunks))
        }
        chunks = response.chunks.makeAsyncIterator()
    }

    private func nextChunk() async throws -> Data? {
        var iterator = chunks
        defer { chunks = iterator }
        return try await iterator?.next(isolation: self)
    }

    private func event(_ line: Data) throws -> WatchEvent<Object> {
        switch try JSONValue(parsing: line).decoded(as: WatchLine<Object>.self) {
        case .event(let event): return event
        case .failure(let status): throw status
        }
    }

    private func end() throws -> WatchEvent<Object>? {
        ended = true
        chunks = nil
        guard framer.rest.isEmpty else {
            throw KubeClientError(.connectionLost, "the watch of \(path) broke off inside an event")
        }
        return nil
    }

    private var path: String { "\(server)\(Object.resource.path())" }

    private func named(_ error: any Error) -> any Error {
        switch error {
        case let error as LineFramer.TooLong:
            KubeClientError(.tooLarge, "the watch of \(path) sent an event of more than \(error.limit) bytes")
        case is DecodingError, is JSONError:
            KubeClientError(
                .invalidResponse, "the watch of \(path) sent what is no \(Object.resource.kind)", cause: error)
        default: error
        }
    }

    /// The body of an answer that is no watch, as far as it is worth reading.
    private static func collect(_ chunks: AsyncThrowingStream<Data, any Error>) async throws -> Data {
        var body = Data()
        for try await chunk in chunks {
            body.append(chunk)
            if body.count > 1 << 20 { break }
        }
        return body
    }
}
