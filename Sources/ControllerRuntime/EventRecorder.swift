import KubeAPI
import KubeClient
import Logging

/// Records why something happened to an object, as core Events that `kubectl describe` shows.
///
/// Recording never blocks and never fails: events wait in a bounded queue that a task of its own empties. An event that
/// repeats raises the count of the first; an object with too many loses the rest (client-go `EventCorrelator`).
public struct EventRecorder: Sendable {
    private let drain: EventDrain

    public init(
        client: KubeClient, component: String, logger: Logger, clock: any Clock<Duration> = ContinuousClock(),
        timestamp: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        drain = EventDrain(
            client: client, component: component, logger: logger, clock: clock, timestamp: timestamp)
    }

    public func record(on object: some KubeObject, type: Event.Kind, reason: String, message: String) async {
        await drain.add(EventDrain.Entry(object: ObjectReference(object), type: type, reason: reason, message: message))
    }

    /// Returns once everything recorded so far was sent or given up.
    ///
    /// For the end of a program, and for tests.
    public func flush() async { await drain.flush() }
}
