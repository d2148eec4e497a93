/// Waits for what another process is about to do.
package enum Eventually {
    /// Asks until the answer is yes.
    ///
    /// - Throws: what the condition threw last, or `NestProcess.Failure` that names it, after the limit.
    package static func holds(
        _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var lastError: (any Error)?
        while clock.now < deadline {
            do {
                if try await condition() { return }
                lastError = nil
            } catch {
                lastError = error
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw lastError ?? NestProcess.Failure(description: "not within \(limit): \(what)")
    }
}
