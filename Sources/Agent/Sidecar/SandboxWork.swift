import KubeAPI
import NestAPI
import Planning

/// What the sidecar remembers of one sandbox between two looks at it.
struct SandboxWork {
    var package = SandboxObservation.Package.absent
    var packageDirectory = ""
    /// Of the layers, in the order of the spec.
    var layerDirectories: [String] = []
    var environment = SandboxObservation.Environment.absent
    var values: [String: String] = [:]
    /// Of the values whose change starts it again.
    var valuesDigest = ""
    /// What the shim said last; nil: it has nothing.
    var report: SandboxReport?
    /// When its last process was loaded.
    var loadedAt: Timestamp?
    /// A request to the shim is under way.
    var isPlugging = false
    var isUnplugging = false
    /// Whether this sidecar has started it, and not an earlier one.
    var hasPlugged = false
    /// What the API server said when it was asked whether the sandbox still is this pod's; nil: not asked.
    var assignment: SandboxObservation.Assignment?
    /// The API server said that it is not.
    var isRevoked = false
    /// Why it does not run though nothing of it is left: the shim refused it, or it was ended to be started again.
    var ended: SandboxObservation.Failure?
    var probing: Probing?
    var parking: SandboxObservation.Parking?
    var outdated: SandboxObservation.Failure?
    var replacement: SandboxObservation.Replacement?
    var backOff = CrashLoopBackOff()
    /// The end that the back-off has taken in.
    var countedEnd: Timestamp?
    var restarts = 0
    var startDeadline: Double?
    var wasReady = false
    var drainUntil: Double?
    var marks: [SandboxStatus.Transition] = []
    /// How its last process ended, as far as this sidecar has seen it.
    var termination: SandboxStatus.Termination?
    /// The status last written, and the version of the object that it was written over.
    var written: (status: SandboxStatus, over: String?)?
    /// The newest version of the object, for Events after it is gone.
    var lastSeen: Sandbox?

    /// The probes of the process that runs.
    struct Probing {
        /// When that process was loaded.
        var process: Timestamp
        var health: SandboxHealth
        /// Runs them.
        var task: Task<Void, Never>?
    }

    mutating func mark(_ name: String) { marks.append(.init(name: name, time: .now())) }

    /// Takes in what the shim says, and counts a new end.
    mutating func take(_ report: SandboxReport, now: Double) {
        self.report = report
        let isParked = report.isParked ?? false
        if isParked != (parking?.isParked ?? false) { parking = .init(isParked: isParked, since: now) }
        if let loaded = report.loadedAt, loaded != loadedAt {
            loadedAt = loaded
            startDeadline? += report.waitedSeconds ?? 0
        }
        guard let end = report.endedAt, end != countedEnd else { return }
        countedEnd = end
        backOff.ended(at: now, ran: report.loadedAt.map { end.seconds(since: $0) } ?? 0)
        // Out of memory, or ended for what it used: the bound is worth more than what was said last.
        let isBound = report.reason == "OOMKilled" || report.exit == nil
        let said = isBound ? report.message : report.lastWords ?? report.message
        termination = SandboxStatus.Termination(
            reason: report.reason ?? "Unknown", message: Self.words(said),
            exitCode: report.exit?.code.map { Int($0) }, signal: report.exit?.signal.map { Int($0) },
            startedAt: report.loadedAt, finishedAt: end)
    }

    /// Takes in that its process went with the shim, unless how it ended is known.
    mutating func endedWithPod(since start: Timestamp?) {
        guard termination == nil else { return }
        termination = .init(
            reason: SandboxObservation.Failure.lost.reason, startedAt: start, finishedAt: .now())
    }

    /// Takes in that it has been ended to be started again.
    mutating func gaveWay(_ replacement: SandboxObservation.Replacement, _ outcome: UnplugOutcome, now: Double) {
        let (loaded, end) = (loadedAt, Timestamp.now())
        termination = SandboxStatus.Termination(
            reason: replacement.failure.reason, message: Self.words(replacement.failure.message),
            exitCode: outcome.exit?.code.map { Int($0) }, signal: outcome.exit?.signal.map { Int($0) },
            startedAt: loaded, finishedAt: end)
        self.replacement = nil
        drainUntil = nil
        outdated = nil
        guard replacement.isFault else { return }
        backOff.ended(at: now, ran: loaded.map { end.seconds(since: $0) } ?? 0)
        ended = replacement.failure
    }

    /// The end of what it said, as much as a status should carry.
    private static func words(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : String($0.suffix(2048)) }
    }

    var actual: SandboxObservation.Actual {
        if isUnplugging { return .stopping }
        if isPlugging { return .loading }
        guard let report else { return ended.map { .ended($0) } ?? .none }
        switch report.state {
        case .loading: return .loading
        case .stopping: return .stopping
        case .running: return report.port.map { .running(address: report.address, port: $0) } ?? .stopping
        case .failed: return .ended(.init(reason: report.reason ?? "LoadError", message: report.message ?? ""))
        case .exited: return .ended(crash(report))
        }
    }

    /// Why those who called it while it was parked had no answer of it.
    var turnedAway: SandboxObservation.Failure? {
        guard let report, report.state == .running, report.isParked == true, let reason = report.reason else {
            return nil
        }
        return .init(reason: reason, message: report.message ?? "")
    }

    private func crash(_ report: SandboxReport) -> SandboxObservation.Failure {
        let cause = report.message ?? "unknown cause"
        let wait = Int(backOff.delay)
        guard wait > 0 else {
            return .init(reason: report.reason ?? "Exited", message: "Ended and is started again: \(cause)")
        }
        return .init(
            reason: "CrashLoopBackOff", message: "Ended and is started again after \(wait) s: \(cause)")
    }
}
