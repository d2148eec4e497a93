import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Packages
import ServiceLifecycle

/// A small web server for packages: who has the token puts archives in, who knows a digest gets them.
///
///     PUT  /packages/SHA256    201; 401, 413, 422 (another digest), 507 (full)
///     GET  /packages/SHA256    200, 206 (Range), 304 (If-None-Match), 404
///
/// An archive is there whole or not at all, survives a power loss once it was acknowledged, and never changes.
public struct PackageStore: Service {
    public struct Configuration: Sendable {
        public var directory: String
        /// 0: any free one.
        public var port: Int
        /// Bytes of all archives together.
        public var capacity: Int64 = 10 << 30
        /// Bytes of one.
        public var archiveBytes = PackageLimits().archiveBytes

        public init(directory: String, port: Int = 0) {
            self.directory = directory
            self.port = port
        }
    }

    static let address = "127.0.0.1"
    private static let maximumConnections = 128

    private let configuration: Configuration
    private let archives: StoredArchives
    private let admits: @Sendable (String?) -> Bool
    private let onReady: @Sendable (Int) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: where.
    ///   - admits: whether an `Authorization` header may write.
    ///   - logger: for what goes wrong.
    ///   - onReady: told the port, once it listens.
    /// - Throws: when the directory cannot be made.
    public init(
        configuration: Configuration, admits: @escaping @Sendable (String?) -> Bool, logger: Logger,
        onReady: @escaping @Sendable (Int) -> Void
    ) throws(PackageError) {
        self.configuration = configuration
        self.admits = admits
        self.logger = logger
        self.onReady = onReady
        archives = try StoredArchives(configuration.directory, capacity: configuration.capacity)
    }

    /// Where the packages of a store on `port` are.
    public static func url(port: Int) -> String { "http://\(address):\(port)/packages" }

    public func run() async throws {
        let router = Router()
        router.add(
            middleware: FileMiddleware(
                archives.path, urlBasePath: "/packages", cacheControl: .init([]), logger: logger))
        router.put("/packages/:digest") { request, context in
            var body = request.body.makeAsyncIterator()
            let reply = await store(request.headers, context.parameters.get("digest") ?? "", &body)
            try await drain(&body)
            return Response(
                status: reply.status, headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: reply.message + "\n")))
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        try await Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(Self.address, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { [onReady] channel in onReady(channel.localAddress?.port ?? 0) }, logger: quiet
        ).run()
    }

    private struct Reply {
        var status: HTTPResponse.Status
        var message: String

        init(_ status: HTTPResponse.Status, _ message: String) {
            self.status = status
            self.message = message
        }
    }

    /// Reads what a refused upload still has, within a bound: a client that cannot send all does not hear the answer.
    private func drain(_ body: inout RequestBody.AsyncIterator) async throws {
        var left = 2 * configuration.archiveBytes
        while left > 0, let part = try await body.next() { left -= Int64(part.readableBytes) }
    }

    private func store(
        _ headers: HTTPFields, _ digest: String, _ body: inout RequestBody.AsyncIterator
    ) async -> Reply {
        guard admits(headers[.authorization]) else {
            return Reply(.unauthorized, "give the kubeconfig's token as a bearer token")
        }
        let isDigest = digest.utf8.count == 64 && digest.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
        guard isDigest else { return Reply(.badRequest, "the path must end with a SHA-256 in lower case") }
        let announced = headers[.contentLength].flatMap { Int64($0) } ?? 0
        guard announced <= configuration.archiveBytes else { return tooLarge }
        do {
            let upload = try archives.begin(announced: announced)
            while let part = try await body.next() {
                guard upload.bytes + Int64(part.readableBytes) <= configuration.archiveBytes else { return tooLarge }
                try upload.take(part.readableBytesView)
            }
            let isNew = try await NIOThreadPool.singleton.runIfActive { try upload.commit(as: digest) }
            return isNew ? Reply(.created, "stored") : Reply(.ok, "was there already")
        } catch let error as PackageError {
            logger.warning("a package was not stored: \(error.message)")
            switch error.code {
            case .digestMismatch: return Reply(.unprocessableContent, error.message)
            case .tooLarge:
                return Reply(HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), error.message)
            default: return Reply(.internalServerError, error.message)
            }
        } catch {
            return Reply(.badRequest, "the upload broke off: \(error)")
        }
    }

    private var tooLarge: Reply {
        Reply(.contentTooLarge, "an archive may have at most \(configuration.archiveBytes) bytes")
    }
}
