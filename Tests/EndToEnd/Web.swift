import AsyncHTTPClient
import Foundation
import NIOCore

/// A real HTTP client, pointed at one Nest's gateway.
struct Web: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: String
        let headers: [String: String]
    }

    let base: String

    init(base: String) { self.base = base }

    init(_ nest: NestProcess) { base = nest.ready.gateway }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        return try await send(request)
    }

    func post(_ path: String, body: String, headers: [String: String] = [:]) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request)
    }

    /// Without a body.
    func send(_ method: String, _ path: String) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .init(rawValue: method)
        return try await send(request)
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 << 20)
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
        return Answer(status: Int(response.status.code), body: String(buffer: body), headers: headers)
    }
}
