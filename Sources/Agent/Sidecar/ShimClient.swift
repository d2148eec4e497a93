import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization

/// The sidecar's end of the shim's socket.
final class ShimClient: Sendable {
    /// The shim is gone, and with it the pod's sandboxes.
    struct Closed: Error, CustomStringConvertible {
        var description: String { "the connection to the shim is closed" }
    }

    private struct State {
        var nextID: UInt64 = 1
        var waiting: [UInt64: CheckedContinuation<ShimMessage, any Error>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let onEvent: @Sendable (ShimMessage) -> Void
    private let channel = Mutex<(any Channel)?>(nil)

    private init(onEvent: @escaping @Sendable (ShimMessage) -> Void) { self.onEvent = onEvent }

    /// - Parameters:
    ///   - path: the unix socket.
    ///   - group: where the connection lives.
    ///   - onEvent: called with each change in order, before answers that come after it.
    /// - Returns: a connected client.
    /// - Throws: when nobody listens there.
    static func connect(
        path: String, group: any EventLoopGroup, onEvent: @escaping @Sendable (ShimMessage) -> Void
    ) async throws -> ShimClient {
        let client = ShimClient(onEvent: onEvent)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let reader = LineReader(limit: 16 << 20) {
                    client.received(Data($0))
                } onClose: {
                    client.closed()
                }
                try channel.pipeline.syncOperations.addHandler(reader)
            }
        }.connect(unixDomainSocketPath: path).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    /// Returns when the connection has ended.
    func waitUntilClosed() async {
        let channel = channel.withLock { $0 }
        try? await channel?.closeFuture.get()
    }

    func close() { channel.withLock { $0 }?.close(promise: nil) }

    func list() async throws -> (sandboxes: [SandboxReport], runtimes: [RuntimeReport]) {
        guard case .listed(_, let sandboxes, let runtimes) = try await ask(.list) else { throw Closed() }
        return (sandboxes, runtimes)
    }

    /// Lets hosts load these layers.
    /// - Returns: how far each runtime is.
    func preload(_ directories: [String]) async throws -> [RuntimeReport] {
        guard case .listed(_, _, let runtimes) = try await ask(.preload(directories)) else { throw Closed() }
        return runtimes
    }

    func compile(_ runtime: String, directory: String) async throws -> CompileOutcome {
        guard case .compiled(_, let outcome) = try await ask(.compile(runtime: runtime, directory: directory)) else {
            throw Closed()
        }
        return outcome
    }

    func useCompiled(directory: String, file: String) async throws {
        _ = try await ask(.useCompiled(directory: directory, file: file))
    }

    func plug(_ order: PlugOrder) async throws -> ShimMessage { try await ask(.plug(order)) }

    @discardableResult
    func unplug(_ uid: String, graceSeconds: Int) async throws -> UnplugOutcome {
        let answer = try await ask(.unplug(uid: uid, graceSeconds: graceSeconds))
        guard case .unplugged(_, let outcome) = answer else { throw Closed() }
        return outcome
    }

    func usage() async throws -> UsageReport {
        guard case .used(_, let report) = try await ask(.usage) else { throw Closed() }
        return report
    }

    /// - Returns: how many idle sandboxes give their memory back now.
    func relieve() async throws -> Int {
        guard case .relieved(_, let count) = try await ask(.relieve) else { throw Closed() }
        return count
    }

    private func ask(_ command: ShimRequest.Command) async throws -> ShimMessage {
        try await withCheckedThrowingContinuation { continuation in
            let id = state.withLock { state -> UInt64? in
                guard !state.isClosed else { return nil }
                defer { state.nextID += 1 }
                state.waiting[state.nextID] = continuation
                return state.nextID
            }
            guard let id, let channel = channel.withLock({ $0 }),
                let data = try? JSONEncoder().encode(ShimRequest(id: id, command: command))
            else { return continuation.resume(throwing: Closed()) }
            var buffer = channel.allocator.buffer(capacity: data.count + 1)
            buffer.writeBytes(data)
            buffer.writeInteger(UInt8(ascii: "\n"))
            channel.writeAndFlush(buffer, promise: nil)
        }
    }

    private func received(_ line: Data) {
        guard let message = try? JSONDecoder().decode(ShimMessage.self, from: line) else { return close() }
        guard let id = message.answers else { return onEvent(message) }
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: message)
    }

    private func closed() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume(throwing: Closed()) }
    }
}
