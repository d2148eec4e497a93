import KubeAPI
import NIOCore

/// What the shim keeps of one sandbox from its plug to its unplug.
///
/// Belongs to the shim's event loop.
final class SandboxRecord {
    let order: PlugOrder
    var report: SandboxReport
    /// The listening socket; -1 once it is closed.
    var socket: Int32 = -1
    var host: Host?
    /// Ends the load, later the stop, when it takes too long.
    var deadline: Scheduled<Void>?
    /// When it is to be loaded, by the shim's clock.
    let startDeadline: Double
    var plugging: [CheckedContinuation<SandboxReport, Never>] = []
    var unplugging: [CheckedContinuation<UnplugOutcome, Never>] = []
    /// How its stop went so far.
    var outcome = UnplugOutcome()

    init(order: PlugOrder, address: String, now: Double) {
        self.order = order
        startDeadline = now + order.startSeconds
        report = SandboxReport(
            uid: order.uid, state: .loading, address: address, valuesDigest: order.valuesDigest)
    }

    /// Whether a process belongs to it, or is about to.
    var isLive: Bool {
        switch report.state {
        case .loading, .running, .stopping: true
        case .failed, .exited: false
        }
    }
}
