import Testing

extension NestProcess {
    /// Starts a Nest in a fresh directory, hands it to `body`, stops it and checks that nothing is left.
    static func run(_ body: (NestProcess) async throws -> Void) async throws {
        try await Tree.withTemporaryDirectory { directory in
            let data = directory + "/data"
            let nest = try await start(data: data)
            do {
                try await body(nest)
            } catch {
                _ = await nest.stop()
                throw Failure(description: "\(error)\nthe end of nest's log:\n\(nest.log.suffix(3000))")
            }
            let clock = ContinuousClock()
            let started = clock.now
            #expect(await nest.stop() == 0)
            #expect(clock.now - started < .seconds(10), "nest up must stop in under 10 s")
            #expect(Leftovers.processes(of: data) == [])
            #expect(Leftovers.pods(in: data) == [])
        }
    }
}
