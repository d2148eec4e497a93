import Synchronization

/// When the API server last answered the sidecar.
///
/// What the sidecar believes to be assigned to it may be stale once that is longer ago than its Lease lasts: after a
/// partition, or when the process was stopped for a while.
final class Contact: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(nil)
    private let lasts: Duration

    /// - Parameter lasts: how long an answer holds.
    init(lasts: Duration) { self.lasts = lasts }

    func made() { last.withLock { $0 = .now } }

    var isStale: Bool { last.withLock { last in last.map { .now - $0 > lasts } ?? true } }
}
