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
    /// What the shim said last; nil: it has nothing.
    var report: SandboxReport?
    /// A request to the shim is under way.
    var isPlugging = false
    var isUnplugging = false
    /// What the API server said when it was asked whether the sandbox still is this pod's; nil: not asked.
    var assignment: SandboxObservation.Assignment?
    /// The API server said that it is not.
    var isRevoked = false
    /// Why the shim refused; it is tried again with back-off.
    var refusal: SandboxObservation.Failure?
    var backOff = CrashLoopBackOff()
    /// The end that the back-off has taken in.
    var countedEnd: Timestamp?
    var restarts = 0
    var startDeadline: Double?
    var wasReady = false
    var drainUntil: Double?
    var marks: [SandboxStatus.Transition] = []
    /// The status last written, and the version of the object that it was written over.
    var written: (status: SandboxStatus, over: String?)?
    /// The newest version of the object, for Events after it is gone.
    var lastSeen: Sandbox?

    mutating func mark(_ name: String) { marks.append(.init(name: name, time: .now())) }

    /// Takes in what the shim says, and counts a new end.
    mutating func take(_ report: SandboxReport, now: Double) {
        self.report = report
        guard let ended = report.endedAt, ended != countedEnd else { return }
        countedEnd = ended
        backOff.ended(at: now, ran: report.loadedAt.map { ended.seconds(since: $0) } ?? 0)
    }

    var actual: SandboxObservation.Actual {
        if isUnplugging { return .stopping }
        if isPlugging { return .loading }
        guard let report else { return refusal.map { .ended($0) } ?? .none }
        switch report.state {
        case .loading: return .loading
        case .stopping: return .stopping
        case .running: return report.port.map { .running(address: report.address, port: $0) } ?? .stopping
        case .failed: return .ended(.init(reason: report.reason ?? "LoadError", message: report.message ?? ""))
        case .exited:
            let wait = Int(backOff.delay)
            return .ended(
                .init(
                    reason: "CrashLoopBackOff",
                    message: "Ended and is started again after \(wait) s: \(report.message ?? "unknown cause")"))
        }
    }
}
