import FoundationEssentials
import KubeClient
import NestTestKit
import Synchronization

/// Answers requests with what a test has laid out, in order.
final class CannedTransport: KubeTransport {
    enum Answer: Sendable {
        case body(Int, String)
        /// A body in pieces; nil for a connection that breaks after them.
        case chunks(Int, [Data], broken: Bool = false)
    }

    let requests = Journal<KubeRequest>()
    private let answers: Mutex<[Answer]>

    init(_ answers: [Answer]) { self.answers = Mutex(answers.reversed()) }

    func client() -> KubeClient { KubeClient(transport: self, server: "https://canned", logger: .silent) }

    func send(_ request: KubeRequest) async throws -> KubeResponse {
        guard case .body(let status, let body) = try next(request) else {
            throw KubeClientError(.invalidRequest, "the test has laid out a stream")
        }
        return KubeResponse(status: status, body: Data(body.utf8))
    }

    func open(_ request: KubeRequest) async throws -> KubeResponseStream {
        switch try next(request) {
        case .body(let status, let body): stream(status, [Data(body.utf8)], broken: false)
        case .chunks(let status, let chunks, let broken): stream(status, chunks, broken: broken)
        }
    }

    func shutdown() async {}

    private func next(_ request: KubeRequest) throws -> Answer {
        requests.append(request)
        guard let answer = answers.withLock({ $0.popLast() }) else {
            throw KubeClientError(.connectFailed, "the test has laid out no more answers")
        }
        return answer
    }

    private func stream(_ status: Int, _ chunks: [Data], broken: Bool) -> KubeResponseStream {
        let stream = AsyncThrowingStream<Data, any Error> { continuation in
            for chunk in chunks { continuation.yield(chunk) }
            continuation.finish(throwing: broken ? KubeClientError(.connectionLost, "broken") : nil)
        }
        return KubeResponseStream(status: status, chunks: stream)
    }
}
