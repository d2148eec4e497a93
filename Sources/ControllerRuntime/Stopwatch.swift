/// Starts to measure time on `clock`.
/// - Parameter clock: any clock; the caller need not know its instants.
/// - Returns: a function that tells the time since.
public func stopwatch(_ clock: any Clock<Duration>) -> @Sendable () -> Duration {
    func start<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let begin = clock.now
        return { begin.duration(to: clock.now) }
    }
    return start(clock)
}
