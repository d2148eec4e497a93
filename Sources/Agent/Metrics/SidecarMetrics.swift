import Synchronization

/// What happened in a sidecar since it started: what cannot be read from anywhere when somebody asks.
final class SidecarMetrics: Sendable {
    struct Probe: Hashable, Sendable {
        var kind: String
        var succeeded: Bool
    }

    struct Counted: Sendable {
        var plugs = Histogram()
        var probes: [Probe: Histogram] = [:]
        /// Evictions, by signal.
        var evictions: [String: Int] = [:]
    }

    /// Kinds of probes that are told apart; Kubernetes has three.
    private static let kinds = 8

    private let counted = Mutex(Counted())

    var values: Counted { counted.withLock { $0 } }

    /// A sandbox was plugged and serves, so long after it was asked for.
    func plugged(seconds: Double) { counted.withLock { $0.plugs.observe(seconds) } }

    /// A probe has ended.
    /// - Parameters:
    ///   - kind: `readiness`, `liveness` or `startup`.
    ///   - succeeded: whether the sandbox passed it.
    ///   - seconds: how long it took.
    func probed(kind: String, succeeded: Bool, seconds: Double) {
        counted.withLock { counted in
            let probe = Probe(kind: kind, succeeded: succeeded)
            guard counted.probes[probe] != nil || counted.probes.count < 2 * Self.kinds else { return }
            counted.probes[probe, default: Histogram()].observe(seconds)
        }
    }

    /// A sandbox was evicted.
    /// - Parameter signal: the kubelet's name of it, such as `memory.available`.
    func evicted(signal: String) { counted.withLock { $0.evictions[signal, default: 0] += 1 } }
}
