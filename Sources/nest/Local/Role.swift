import ServiceLifecycle

/// One role as a service: it runs until it is told to stop, and is stopped by cancellation.
struct Role: Service {
    let name: String
    private let endsByItself: Bool
    private let body: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - name: for people.
    ///   - endsByItself: the body sees the graceful shutdown and returns; it is not cancelled for that.
    ///   - body: what it does.
    init(_ name: String, endsByItself: Bool = false, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.endsByItself = endsByItself
        self.body = body
    }

    func run() async throws {
        do {
            if endsByItself { return try await body() }
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
