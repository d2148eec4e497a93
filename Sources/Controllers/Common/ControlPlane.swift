import ControllerRuntime
import KubeAPI
import KubeClient
import Logging
import Planning

/// What every controller is given.
struct ControlPlane: Sendable {
    let client: KubeClient
    let informers: Informers
    let logger: Logger
    /// The wall clock, for timestamps only.
    var now: @Sendable () -> Timestamp = { .now() }
    /// For what has to wait; never jumps.
    var clock: any Clock<Duration> = ContinuousClock()
    /// How long the silence of a node is borne.
    var nodeLimits = NodeLimits()
    /// How gateways are asked what comes in.
    var readings: any GatewayReadings = HTTPGatewayReadings()
    /// What schedules go by.
    var zones = TimeZones.utc

    func recorder(_ component: String) -> EventRecorder {
        EventRecorder(client: client, component: component, logger: logger)
    }

    func logger(_ component: String) -> Logger {
        var logger = logger
        logger[metadataKey: "controller"] = "\(component)"
        return logger
    }

    /// A queue whose back-off ends at a minute: what was refused is looked at again while someone may be watching.
    func queue<Key: Hashable & Sendable>(of type: Key.Type = Key.self) -> WorkQueue<Key> {
        WorkQueue(backoff: Backoff(initial: .milliseconds(5), limit: .seconds(60)), clock: clock)
    }
}

/// A running part of the control plane.
///
/// Its initializer adds its handlers to the informers.
protocol Runnable: Sendable {
    /// Works until the task is cancelled. The informers have synced.
    func run() async
}

extension Reconciled {
    /// Again after `seconds`; nil: only when something changes.
    init(after seconds: Double?) {
        self =
            seconds.map { .requeue(after: .milliseconds(Int64((min(max($0, 0), 1e9) * 1000).rounded(.up)))) } ?? .done
    }
}
