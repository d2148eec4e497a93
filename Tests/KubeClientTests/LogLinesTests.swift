import FoundationEssentials
import KubeAPI
import NestTestKit
import Testing

@testable import KubeClient

/// The log of a pod's container.
@Suite struct LogLinesTests {
    private static func read(_ transport: CannedTransport) async throws -> [String] {
        let lines = transport.client().logLines(
            of: "p", container: "app", namespace: "n",
            query: [("timestamps", "true"), ("sinceTime", "2026-01-01T00:00:00Z")])
        var texts: [String] = []
        for try await line in lines { texts.append(String(decoding: line, as: UTF8.self)) }
        return texts
    }

    @Test(arguments: [
        ([], []), (["a\nb", "c\n\nd\n"], ["a", "bc", "d"]), (["no end"], ["no end"]), (["a\n", "b"], ["a", "b"]),
    ])
    func readsLines(chunks: [String], lines: [String]) async throws {
        let transport = CannedTransport([.chunks(200, chunks.map { Data($0.utf8) })])
        #expect(try await Self.read(transport) == lines)
        let request = try #require(transport.requests.entries.first)
        let query = "container=app&timestamps=true&sinceTime=2026-01-01T00%3A00%3A00Z"
        #expect(request.target == "/api/v1/namespaces/n/pods/p/log?" + query)
    }

    @Test func throwsTheServersStatus() async throws {
        let answer = #"{"kind":"Status","code":404,"reason":"NotFound","message":"pods \"p\" not found"}"#
        await #expect {
            try await Self.read(CannedTransport([.body(404, answer)]))
        } throws: { ($0 as? Status)?.code == 404 }
    }

    @Test func throwsWhenTheConnectionBreaks() async throws {
        let transport = CannedTransport([.chunks(200, [Data("a\n".utf8)], broken: true)])
        await #expect {
            try await Self.read(transport)
        } throws: { ($0 as? KubeClientError)?.code == .connectionLost }
    }

    @Test func aLineWithoutEndIsNotHeldForEver() async throws {
        let piece = Data(repeating: 120, count: 1 << 20)
        let transport = CannedTransport([.chunks(200, Array(repeating: piece, count: 6))])
        await #expect {
            try await Self.read(transport)
        } throws: { ($0 as? KubeClientError)?.code == .tooLarge }
    }
}
