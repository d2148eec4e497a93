import KubeAPI
import KubeClient

/// What an informer does next, decided from what has happened: a stepped state machine, as kube-rs's watcher.
///
/// List, then watch from the list's version. A watch that ends goes on where it ended; one whose version is gone, or
/// that fails in a way that leaves doubt, starts over with a list.
struct Reflector {
    enum Step: Equatable {
        case list
        case watch(from: String)
    }

    enum Outcome: Equatable {
        case listed(resourceVersion: String)
        /// The watch has delivered an event.
        case progressed(resourceVersion: String?)
        /// The server ended the watch, after that long.
        case ended(lasted: Duration)
        case failed(Failure, lasted: Duration)
    }

    enum Failure: Equatable {
        /// The version that the watch asked for is gone (410).
        case expired
        /// The server could not be reached, the connection broke, or it asked for patience: nothing is in doubt.
        case transient(retryAfter: Duration?)
        /// Anything else.
        case other
    }

    /// How long a watch without any event must last not to count as a failure.
    static let healthy = Duration.seconds(5)

    private(set) var step = Step.list
    private let backoff: Backoff
    private var failures = 0
    private var expiries = 0
    private var hasProgressed = false

    init(backoff: Backoff = .reflector) { self.backoff = backoff }

    /// Goes on with a list, whatever has happened.
    mutating func startOver() { step = .list }

    /// Takes in what happened.
    /// - Parameters:
    ///   - outcome: of the current step.
    ///   - chance: in 0..<1, for the back-off's jitter.
    /// - Returns: how long to wait before the step that is now current.
    mutating func take(_ outcome: Outcome, chance: Double) -> Duration {
        switch outcome {
        case .listed(let version):
            step = .watch(from: version)
            hasProgressed = false
            return .zero
        case .progressed(let version):
            if let version { step = .watch(from: version) }
            hasProgressed = true
            failures = 0
            expiries = 0
            return .zero
        case .ended(let lasted):
            return resume(wasHealthy: isHealthy(lasted), after: nil, chance)
        case .failed(.expired, _):
            step = .list
            // The first time at once, because the list will cure it; a server that expires every list is broken.
            expiries += 1
            return expiries == 1 ? .zero : pause(chance)
        case .failed(.transient(let retryAfter), let lasted):
            return resume(wasHealthy: isHealthy(lasted) && retryAfter == nil, after: retryAfter, chance)
        case .failed(.other, _):
            step = .list
            return pause(chance)
        }
    }

    private func isHealthy(_ lasted: Duration) -> Bool { step != .list && (hasProgressed || lasted >= Self.healthy) }

    private mutating func resume(wasHealthy: Bool, after: Duration?, _ chance: Double) -> Duration {
        hasProgressed = false
        if wasHealthy {
            failures = 0
            return .zero
        }
        return max(pause(chance), after ?? .zero)
    }

    private mutating func pause(_ chance: Double) -> Duration {
        defer { failures += 1 }
        return backoff.delay(failures: failures, chance: chance)
    }
}

extension Reflector.Failure {
    init(_ error: any Error) {
        switch error {
        case let status as Status where status.isExpired: self = .expired
        case let status as Status where [429, 500, 502, 503, 504].contains(status.code):
            self = .transient(retryAfter: status.details?.retryAfterSeconds.map { .seconds($0) })
        case let error as KubeClientError
        where [.connectFailed, .timedOut, .connectionLost].contains(error.code):
            self = .transient(retryAfter: nil)
        default: self = .other
        }
    }
}
