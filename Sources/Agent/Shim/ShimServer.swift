import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix

/// Serves the shim's unix socket to the sidecar: newline-delimited JSON, requests in, answers and changes out.
public struct ShimServer: Sendable {
    /// The longest request: an order with the largest environment.
    private static let lineLimit = 1 << 20

    /// What a sidecar may be behind with before it is cut off: a list of ten thousand sandboxes is some megabytes.
    private static let unread = 32 << 20

    private let shim: Shim
    private let path: String
    private let logger: Logger

    public init(shim: Shim, logger: Logger) {
        self.shim = shim
        path = Self.path(shim.configuration)
        self.logger = logger
    }

    /// The socket's path, whole unless it is too long for a socket (unix(7)): then as seen from the pod's directory, which is the
    /// working directory of a shim's process.
    private static func path(_ configuration: ShimConfiguration) -> String {
        let socket = configuration.socket
        let whole = socket.hasPrefix("/") ? socket : configuration.directory + "/" + socket
        return SocketRecord.path(beside: whole).utf8.count <= 107 && whole.utf8.count <= 107 ? whole : socket
    }

    /// Listens; returns the channel, which serves until it is closed.
    public func start() async throws -> any Channel {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw SystemError("cannot make \(directory)") }
        try await shim.startExchange(at: SocketRecord.path(beside: path))
        return try await ServerBootstrap(group: shim.loop)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: Self.unread / 2, high: Self.unread))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    private func accept(_ channel: any Channel) throws {
        let write: @Sendable (ShimMessage) -> Void = { message in
            guard let data = try? JSONEncoder().encode(message) else { return }
            var buffer = channel.allocator.buffer(capacity: data.count + 1)
            buffer.writeBytes(data)
            buffer.writeInteger(UInt8(ascii: "\n"))
            // A sidecar that does not read is cut off; it lists again when it comes back.
            if channel.isWritable { channel.writeAndFlush(buffer, promise: nil) } else { channel.close(promise: nil) }
        }
        // The shim lives on this very event loop.
        let listener = shim.assumeIsolated { $0.addListener(write) }
        let reader = LineReader(limit: Self.lineLimit) { line in
            guard let request = try? JSONDecoder().decode(ShimRequest.self, from: Data(line)) else {
                logger.error("a request that is none: the sidecar is of another version")
                return channel.close(promise: nil)
            }
            Task { write(await answer(request)) }
        } onClose: {
            shim.assumeIsolated { $0.removeListener(listener) }
        }
        try channel.pipeline.syncOperations.addHandler(reader)
    }

    private func answer(_ request: ShimRequest) async -> ShimMessage {
        switch request.command {
        case .list:
            let (sandboxes, runtimes) = await shim.list()
            return .listed(id: request.id, sandboxes: sandboxes, runtimes: runtimes)
        case .preload(let directories):
            await shim.preload(directories)
            let (sandboxes, runtimes) = await shim.list()
            return .listed(id: request.id, sandboxes: sandboxes, runtimes: runtimes)
        case .compile(let runtime, let directory):
            return .compiled(id: request.id, await shim.compile(runtime: runtime, directory: directory))
        case .useCompiled(let directory, let file):
            await shim.useCompiled(directory: directory, file: file)
            return .compiled(id: request.id, CompileOutcome())
        case .plug(let order):
            do throws(Shim.Refusal) {
                return .plugged(id: request.id, try await shim.plug(order))
            } catch {
                return .refused(id: request.id, reason: error.reason, message: error.message)
            }
        case .unplug(let uid, let graceSeconds):
            return .unplugged(id: request.id, await shim.unplug(uid, graceSeconds: graceSeconds))
        case .usage: return .used(id: request.id, await shim.usage())
        case .relieve: return .relieved(id: request.id, count: await shim.relieve())
        }
    }
}
