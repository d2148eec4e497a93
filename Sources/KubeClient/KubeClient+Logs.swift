import FoundationEssentials
import KubeAPI

extension KubeClient {
    /// Reads the log of a container.
    ///
    /// Nothing is sent before the first line is asked for, and no more is read than is asked for. Empty lines are left
    /// out. An open stream that is silent for 11 minutes ends with `KubeClientError.Code.timedOut`.
    ///
    /// - Parameters:
    ///   - pod: the pod's name.
    ///   - container: the container's.
    ///   - namespace: of the pod.
    ///   - query: of core/v1's `PodLogOptions`, all but `container`.
    /// - Returns: the lines without their ends, until the log's end, which of one that is followed is the container's.
    public func logLines(
        of pod: String, container: String, namespace: String, query: [(String, String)]
    ) -> AsyncThrowingStream<Data, any Error> {
        let reader = LogReader(
            transport: transport,
            request: KubeRequest(
                method: "GET",
                path: Pod.resource.path(
                    namespace: KubeRequest.encode(namespace), name: KubeRequest.encode(pod), subresource: "log"),
                query: [.init("container", container)] + query.map { .init($0.0, $0.1) }, timeout: .seconds(3600)))
        return AsyncThrowingStream { try await reader.next() }
    }
}

/// Opens a log and reads its lines, one at a time.
private actor LogReader {
    /// More than a line of any container runtime, which cut them at 16 KiB and join the pieces.
    private static let lineLimit = 4 << 20
    /// What is worth reading of an error.
    private static let errorLimit = 1 << 20

    private let transport: any KubeTransport
    private let request: KubeRequest
    private var framer = LineFramer(limit: lineLimit)
    private var chunks: AsyncThrowingStream<Data, any Error>.Iterator?

    init(transport: any KubeTransport, request: KubeRequest) {
        self.transport = transport
        self.request = request
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
                defer { framer = LineFramer(limit: Self.lineLimit) }
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
