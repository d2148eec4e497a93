import ServiceLifecycle

/// One role as a service: it runs until it is told to stop, and is stopped by cancellation.
struct Role: Service {
    let name: String
    private let body: @Sendable () async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await body() }
        } catch is CancellationError {
            // That is how it ends.
        }
    }

    /// Returns, by throwing `CancellationError`, when the role is told to stop.
    static func untilStopped() async throws {
        let (never, _) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        throw CancellationError()
    }
}
