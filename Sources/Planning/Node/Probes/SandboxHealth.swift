import NestAPI

/// What the probes of one process say together.
///
/// Until the startup probe has passed, the other two are not asked (kubernetes KEP-950).
public struct SandboxHealth: Sendable, Equatable {
    public enum Kind: String, Sendable, Equatable, CaseIterable {
        case startup, readiness, liveness
    }

    /// What follows for the sandbox.
    public enum Verdict: Sendable, Equatable {
        case ready
        /// It gets no requests, and why.
        case unready(SandboxObservation.Failure)
        /// It must be started again, and why.
        case unhealthy(SandboxObservation.Failure)
    }

    private var tracks: [Kind: ProbeTrack] = [:]

    /// - Parameters:
    ///   - spec: with the probes.
    ///   - wasReady: whether the same process has been ready before, as for one that is adopted: then it stays so until
    ///     a probe says otherwise.
    ///   - start: when the process was started, in seconds of the caller's clock.
    public init(_ spec: SandboxTemplateSpec, wasReady: Bool, start: Double) {
        let verdict: ProbeTrack.Verdict = wasReady ? .passing : .pending
        if let probe = spec.startupProbe, !wasReady {
            tracks[.startup] = ProbeTrack(probe, isEager: true, start: start)
        }
        if let probe = spec.readinessProbe {
            tracks[.readiness] = ProbeTrack(probe, isEager: true, verdict: verdict, start: start)
        }
        if let probe = spec.livenessProbe {
            tracks[.liveness] = ProbeTrack(probe, isEager: false, verdict: .passing, start: start)
        }
    }

    /// Whether there is anything to ask.
    public var isProbed: Bool { !tracks.isEmpty }

    /// The probe to run next, and when; nil when none is to be run any more.
    public var next: (kind: Kind, probe: Probe, at: Double)? {
        let kinds: [Kind] = isStarted ? [.readiness, .liveness] : [.startup]
        return kinds.compactMap { kind in tracks[kind].map { (kind, $0.probe, $0.nextCheck) } }
            .min { $0.2 < $1.2 }
    }

    /// Takes in what a check came to.
    public mutating func take(_ outcome: ProbeOutcome, of kind: Kind, at now: Double) {
        tracks[kind]?.take(outcome, at: now)
    }

    private var isStarted: Bool { tracks[.startup].map { $0.verdict == .passing } ?? true }

    public var verdict: Verdict {
        for kind in [Kind.startup, .liveness] {
            if case .failing(let why) = tracks[kind]?.verdict { return .unhealthy(failure(kind, why)) }
        }
        for kind in [Kind.startup, .readiness] {
            guard let track = tracks[kind], track.verdict != .passing else { continue }
            if case .failing(let why) = track.verdict { return .unready(failure(kind, why)) }
            if let why = track.lastFailure { return .unready(failure(kind, why)) }
            return .unready(.init(reason: "Probing", message: "The \(kind.rawValue) probe has not been answered yet."))
        }
        return .ready
    }

    private func failure(_ kind: Kind, _ why: String) -> SandboxObservation.Failure {
        let name = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
        return .init(reason: "\(name)ProbeFailed", message: "\(name) probe failed: \(why).")
    }
}
