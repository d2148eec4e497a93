import NestAPI

/// What one check of a sandbox came to.
public enum ProbeOutcome: Sendable, Equatable {
    case success
    /// Why not, to be read after "probe failed: ".
    case failure(String)
}

/// One probe of one process: when it is due, and what its answers come to (kubernetes `pkg/kubelet/prober/worker.go`).
///
/// Times are seconds of the caller's clock.
public struct ProbeTrack: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        /// Not enough answers yet.
        case pending
        case passing
        /// `failureThreshold` failures in a row, and the last of them.
        case failing(String)
    }

    /// The first pause while a process comes up; it doubles up to `periodSeconds`.
    public static let eagerly = 0.02

    public let probe: Probe
    public private(set) var verdict: Verdict
    /// When the next check is due.
    public private(set) var nextCheck: Double
    /// What the last check came to, before a threshold was reached too.
    public private(set) var lastFailure: String?
    private var successes = 0
    private var failures = 0
    private var pause: Double?
    private var countsFrom: Double

    /// - Parameters:
    ///   - probe: as it is specified.
    ///   - isEager: asks at shorter intervals until the first success, because somebody waits for that. Failures still
    ///     count once a period.
    ///   - verdict: what holds until there are answers.
    ///   - start: when the process started.
    public init(_ probe: Probe, isEager: Bool, verdict: Verdict = .pending, start: Double) {
        self.probe = probe
        self.verdict = verdict
        pause = isEager && verdict == .pending ? Self.eagerly : nil
        nextCheck = start + Double(probe.initialDelaySeconds)
        countsFrom = nextCheck
    }

    /// Takes in what a check came to.
    public mutating func take(_ outcome: ProbeOutcome, at now: Double) {
        let period = Double(probe.periodSeconds)
        switch outcome {
        case .success:
            (failures, lastFailure, pause) = (0, nil, nil)
            successes = min(successes + 1, probe.successThreshold)
            if successes >= probe.successThreshold { verdict = .passing }
        case .failure(let why):
            lastFailure = why
            successes = 0
            if now >= countsFrom {
                failures = min(failures + 1, probe.failureThreshold)
                countsFrom = now + period
            }
            if failures >= probe.failureThreshold { verdict = .failing(why) }
        }
        nextCheck = now + min(period, pause ?? period)
        pause = pause.map { $0 * 2 }
    }
}
