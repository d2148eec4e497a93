import KubeAPI
import NIOCore
import Planning

/// What the shim keeps of one sandbox from its plug to its unplug.
///
/// Belongs to the shim's event loop.
final class SandboxRecord {
    let order: PlugOrder
    var report: SandboxReport
    /// The listening socket; -1 once it is closed.
    var socket: Int32 = -1
    var host: Host?
    /// The host that is to have it next, while the present one serves.
    var successor: Host?
    /// What it prints, where its host holds others, too.
    var output: Output?
    var standby = Standby.active
    /// What its host says of its requests.
    var counts = RequestCounts()
    /// What its host says that it has used, where its host holds others, too.
    var share: HostMessage.Share?
    /// What its process took of memory when that was last looked at, in bytes; nil: it was not.
    var memoryBytes: Int64?
    /// Ends the load, later the stop, when it takes too long.
    var deadline: Scheduled<Void>?
    /// When it is to be loaded, by the shim's clock.
    var startDeadline: Double
    var plugging: [CheckedContinuation<SandboxReport, Never>] = []
    var unplugging: [CheckedContinuation<UnplugOutcome, Never>] = []
    /// How its stop went so far.
    var outcome = UnplugOutcome()

    /// Since when nobody has been connected to it, by the shim's clock, as its host has last said; nil: somebody was.
    private var idleSince: Double?

    func noteIdle(_ seconds: Double?, at now: Double) { idleSince = seconds.map { now - $0 } }

    /// How long nobody has been connected to it; nil: somebody was, or nothing is known.
    func idleSeconds(at now: Double) -> Double? { idleSince.map { max(0, now - $0) } }

    init(order: PlugOrder, address: String, now: Double) {
        self.order = order
        startDeadline = now + order.startSeconds
        report = SandboxReport(
            uid: order.uid, state: .loading, address: address, valuesDigest: order.valuesDigest)
    }

    /// Whether it waits for a host: to be loaded for the first time, or again.
    var wantsHost: Bool { report.state == .loading || (report.state == .running && standby == .waking) }

    /// Whether a process belongs to it, or is about to.
    var isLive: Bool {
        switch report.state {
        case .loading, .running, .stopping: true
        case .failed, .exited: false
        }
    }
}
