import AsyncHTTPClient
import Foundation
import KubeAPI
import KubeClient
import NIOCore
import NIOSSL
import Yams

/// A plain HTTPS client of one API server, with nothing between the test and the wire.
package struct APIClient: Sendable {
    /// The server's URL without a slash at its end.
    package let base: String
    /// The credentials; nil for those of the certificate alone, or for none.
    package var token: String?
    private let http: HTTPClient

    /// Reads a kubeconfig whose current context has a token or a client certificate.
    package init(kubeconfig path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let configuration = try ClientConfiguration(
            kubeconfig: YAMLDecoder().decode(Kubeconfig.self, from: text),
            directory: URL(filePath: path).deletingLastPathComponent().path)
        base = configuration.server.hasSuffix("/") ? String(configuration.server.dropLast()) : configuration.server
        token =
            try configuration.tokenFile.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? configuration.token
        token = token?.trimmingCharacters(in: .whitespacesAndNewlines)
        http = HTTPClient(configuration: try Self.settings(configuration))
    }

    private init(base: String, http: HTTPClient) {
        self.base = base
        self.http = http
    }

    /// The same server, asked by nobody that it knows.
    package func anonymous() throws -> APIClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        return APIClient(base: base, http: HTTPClient(configuration: .init(tlsConfiguration: tls)))
    }

    package func shutdown() async { try? await http.shutdown() }

    private static func settings(_ configuration: ClientConfiguration) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if configuration.insecureSkipVerify { tls.certificateVerification = .none }
        if let pem = configuration.caPEM {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        }
        if let chain = configuration.clientCertificatePEM, let key = configuration.clientKeyPEM {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        }
        var settings = HTTPClient.Configuration(tlsConfiguration: tls)
        // Watches hold a connection each.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // What was not acknowledged is the test's to judge, so nothing is sent twice.
        settings.connectionPool.retryConnectionEstablishment = false
        return settings
    }

    /// Sends one request and reads its whole answer.
    /// - Parameters:
    ///   - method: its verb.
    ///   - path: its path, percent-encoded.
    ///   - query: its parameters, as they are.
    ///   - body: its JSON body.
    ///   - raw: a body that need not be JSON; goes before `body`.
    ///   - type: the body's media type.
    ///   - accept: the form that is wanted.
    /// - Returns: the answer, whatever its code.
    /// - Throws: what kept the answer from coming.
    package func send(
        _ method: String, _ path: String, _ query: KeyValuePairs<String, String> = [:], body: JSONValue? = nil,
        raw: String? = nil, type: String = "application/json", accept: String = "application/json"
    ) async throws -> Answer {
        var request = request(method, path, query, accept: accept)
        if let text = try raw ?? body.map({ String(decoding: try $0.serialized(), as: UTF8.self) }) {
            request.headers.add(name: "Content-Type", value: type)
            request.body = .bytes(ByteBuffer(string: text))
        }
        let response = try await http.execute(request, deadline: .now() + .seconds(60))
        let bytes = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            request: "\(method) \(path)", code: Int(response.status.code),
            headers: response.headers.map { ($0.name.lowercased(), $0.value) }, bytes: Array(bytes.readableBytesView))
    }

    private func request(
        _ method: String, _ path: String, _ query: KeyValuePairs<String, String>, accept: String
    ) -> HTTPClientRequest {
        func encoded(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? text
        }
        let words = query.map { "\(encoded($0.key))=\(encoded($0.value))" }
        var request = HTTPClientRequest(url: base + path + (words.isEmpty ? "" : "?" + words.joined(separator: "&")))
        request.method = .init(rawValue: method)
        request.headers.add(name: "Accept", value: accept)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        return request
    }

    /// Opens a watch.
    ///
    /// - Throws: `Answer.Unexpected` when the server answers with anything but 200.
    package func watch(
        _ path: String, _ query: KeyValuePairs<String, String> = [:], accept: String = "application/json"
    ) async throws -> WatchStream {
        var request = request("GET", path, query, accept: accept)
        request.url += (query.isEmpty ? "?" : "&") + "watch=true"
        let response = try await http.execute(request, deadline: .now() + .minutes(10))
        guard response.status.code == 200 else {
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let answer = Answer(
                request: "WATCH \(path)", code: Int(response.status.code), headers: [],
                bytes: Array(bytes.readableBytesView))
            throw Answer.Unexpected(answer: answer, wanted: "200")
        }
        return WatchStream(response.body)
    }
}

extension APIClient {
    package func get(_ path: String, _ query: KeyValuePairs<String, String> = [:]) async throws -> Answer {
        try await send("GET", path, query)
    }

    package func post(
        _ path: String, _ body: JSONValue, _ query: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer { try await send("POST", path, query, body: body) }

    package func put(
        _ path: String, _ body: JSONValue, _ query: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer { try await send("PUT", path, query, body: body) }

    package func patch(
        _ path: String, _ body: JSONValue, _ kind: PatchKind = .merge, _ query: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer { try await send("PATCH", path, query, body: body, type: kind.rawValue) }

    package func delete(
        _ path: String, _ body: JSONValue? = nil, _ query: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer { try await send("DELETE", path, query, body: body) }
}

/// The media types of patches.
package enum PatchKind: String, Sendable, CaseIterable {
    case merge = "application/merge-patch+json"
    case json = "application/json-patch+json"
    case strategic = "application/strategic-merge-patch+json"
}
