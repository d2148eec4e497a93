import AsyncHTTPClient
import Foundation
import KubeAPI
import Logging
import NIOCore
import NIOSSL

@testable import KubeServer

/// A server of its own on a free port, in a directory of its own, with real kubectl and a raw HTTP client beside it.
struct TestServer: Sendable {
    let directory: URL
    let port: Int
    let identity: ServerIdentity
    let server: EmbeddedAPIServer
    let http: HTTPClient

    init(directory: URL, port: Int, identity: ServerIdentity, server: EmbeddedAPIServer) throws {
        self.directory = directory
        self.port = port
        self.identity = identity
        self.server = server
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.caCertificatePEM.utf8)))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        http = HTTPClient(configuration: configuration)
    }

    /// Runs `body` against a server that ends with it.
    static func run(
        directory: URL? = nil, adjust: (inout KubeServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let isTemporary = directory == nil
        let folder =
            directory ?? FileManager.default.temporaryDirectory.appending(path: "kubeserver-\(UUID().uuidString)")
        defer { if isTemporary { try? FileManager.default.removeItem(at: folder) } }
        let identity = try ServerIdentity.loadOrCreate(directory: folder.appending(path: "pki").path)
        var configuration = KubeServerConfiguration(dataDirectory: folder.path)
        adjust(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        let server = try EmbeddedAPIServer(configuration: configuration, identity: identity, logger: logger)
        let running = Task { try await server.run() }
        defer { running.cancel() }
        let port = try await server.waitUntilReady()
        let test = try TestServer(directory: folder, port: port, identity: identity, server: server)
        try test.writeKubeconfig()
        do {
            try await body(test)
        } catch {
            try await test.http.shutdown()
            throw error
        }
        try await test.http.shutdown()
        running.cancel()
        _ = await running.result
    }

    private func writeKubeconfig() throws {
        let ca = Data(identity.caCertificatePEM.utf8).base64EncodedString()
        let config: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [
                [
                    "name": "test",
                    "cluster": [
                        "server": .string("https://127.0.0.1:\(port)"), "certificate-authority-data": .string(ca),
                    ],
                ]
            ],
            "users": [["name": "test", "user": ["token": .string(identity.token)]]],
            "contexts": [["name": "test", "context": ["cluster": "test", "user": "test", "namespace": "default"]]],
        ]
        try Data(config.serializedBytes()).write(to: directory.appending(path: "kubeconfig"))
    }
}

// MARK: - kubectl

struct CommandResult: Sendable {
    var code: Int32
    var output: String
    var error: String
}

extension TestServer {
    /// Runs kubectl to its end.
    @discardableResult
    func kubectl(_ arguments: String..., input: String? = nil) async throws -> CommandResult {
        try await start(arguments, input: input).finish()
    }

    /// Starts kubectl and leaves it running.
    func start(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> RunningCommand {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["kubectl", "--cache-dir", directory.appending(path: "cache").path] + arguments
        process.environment = [
            "KUBECONFIG": directory.appending(path: "kubeconfig").path, "HOME": directory.path,
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin",
        ].merging(environment) { $1 }
        return try RunningCommand(process, input: input, directory: directory)
    }
}

/// A started process whose output goes to files, so that no pipe can fill.
///
/// No thread is blocked while it runs.
final class RunningCommand: @unchecked Sendable {
    // Unchecked: `Process` is only terminated after `init`, which it allows from any thread.
    private let process: Process
    private let exit: AsyncStream<Int32>
    private let outputFile: URL
    private let errorFile: URL

    init(_ process: Process, input: String?, directory: URL) throws {
        let stem = directory.appending(path: "command-\(UUID().uuidString)").path
        outputFile = URL(fileURLWithPath: stem + ".out")
        errorFile = URL(fileURLWithPath: stem + ".err")
        self.process = process
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        if let input {
            let file = URL(fileURLWithPath: stem + ".in")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let (stream, continuation) = AsyncStream<Int32>.makeStream()
        exit = stream
        process.terminationHandler = {
            continuation.yield($0.terminationStatus)
            continuation.finish()
        }
        try process.run()
    }

    var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }

    func finish() async -> CommandResult {
        var code: Int32 = -1
        for await status in exit { code = status }
        let error = (try? String(contentsOf: errorFile, encoding: .utf8)) ?? ""
        return CommandResult(code: code, output: output, error: error)
    }

    func terminate() { process.terminate() }
}

// MARK: - HTTP

struct RawReply: Sendable {
    var code: Int
    var headers: [String: String]
    var body: JSONValue
    var text: String
}

extension TestServer {
    func request(
        _ method: String, _ path: String, _ body: JSONValue? = nil, type: String = "application/json",
        token: String? = nil, accept: String? = nil, headers extra: [String: String] = [:]
    ) async throws -> RawReply {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.method = .RAW(value: method)
        request.headers.add(name: "Authorization", value: "Bearer \(token ?? identity.token)")
        if let accept { request.headers.add(name: "Accept", value: accept) }
        for (name, value) in extra { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: type)
            request.body = .bytes(ByteBuffer(bytes: body.serializedBytes()))
        }
        let response = try await http.execute(request, timeout: .seconds(60))
        let bytes = Array(buffer: try await response.body.collect(upTo: 32 << 20))
        var headers: [String: String] = [:]
        for header in response.headers { headers[header.name.lowercased()] = header.value }
        return RawReply(
            code: Int(response.status.code), headers: headers, body: (try? JSONReader.parse(bytes)) ?? .null,
            text: String(decoding: bytes, as: UTF8.self))
    }

    /// Opens a watch and hands its events to `body`, one call of `next` each; nil at the watch's end.
    func watch(
        _ path: String, accept: String? = nil, _ body: (_ next: () async throws -> JSONValue?) async throws -> Void
    ) async throws {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(identity.token)")
        if let accept { request.headers.add(name: "Accept", value: accept) }
        let response = try await http.execute(request, timeout: .seconds(60))
        var chunks = response.body.makeAsyncIterator()
        var buffer: [UInt8] = []
        try await body {
            while true {
                if let end = buffer.firstIndex(of: 10) {
                    let line = buffer[..<end]
                    buffer = Array(buffer[(end + 1)...])
                    return try JSONReader.parse(line)
                }
                guard let chunk = try await chunks.next() else { return nil }
                buffer += Array(buffer: chunk)
            }
        }
    }
}
