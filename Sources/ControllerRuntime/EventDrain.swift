import KubeAPI
import KubeClient
import Logging

/// Sends recorded events one after another.
///
/// Its task lives only while there are some.
actor EventDrain {
    struct Entry: Sendable {
        var object: ObjectReference
        var type: Event.Kind
        var reason: String
        var message: String
    }

    /// The most events that wait; later ones are lost.
    static let capacity = 1000
    /// core/v1 validation refuses longer messages.
    static let messageLimit = 1024
    private static let attempts = 4
    private static let backoff = Backoff(initial: .seconds(1), limit: .seconds(10), jitter: 0.5)

    private let client: KubeClient
    private let component: String
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let uptime: @Sendable () -> Duration
    private let timestamp: @Sendable () -> Timestamp
    private var correlator = EventCorrelator()
    private var pace = EventPace()
    private var waiting: [(Entry, Timestamp)] = []
    private var task: Task<Void, Never>?
    private var lost = 0

    init(
        client: KubeClient, component: String, logger: Logger, clock: any Clock<Duration>,
        timestamp: @escaping @Sendable () -> Timestamp
    ) {
        self.client = client
        self.component = component
        self.logger = logger
        self.clock = clock
        self.timestamp = timestamp
        uptime = stopwatch(clock)
    }

    func add(_ entry: Entry) {
        var entry = entry
        // What an event is about is an object, not one version of it: else no event would ever repeat.
        entry.object.resourceVersion = nil
        entry.message = Self.cut(entry.message)
        guard waiting.count < Self.capacity else {
            lost += 1
            return
        }
        waiting.append((entry, timestamp()))
        if task == nil { task = Task { await drain() } }
    }

    func flush() async {
        while let task { await task.value }
    }

    private func drain() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            for (entry, time) in batch { await send(entry, at: time) }
            if lost > 0 { logger.warning("\(lost) events were lost: more than \(Self.capacity) waited") }
            lost = 0
        }
        task = nil
    }

    private func send(_ entry: Entry, at time: Timestamp) async {
        let identity = EventCorrelator.Identity(
            object: entry.object, type: entry.type, reason: entry.reason, message: entry.message)
        let decision = correlator.decide(identity, now: uptime())
        if decision == .drop { return }
        let wait = pace.take(now: uptime())
        if wait > .zero { try? await clock.sleep(for: wait, tolerance: nil) }
        for attempt in 0..<Self.attempts {
            do {
                return try await carryOut(decision, entry, identity, at: time)
            } catch let status as Status where status.code < 500 && status.code != 429 {
                return logger.debug("event \(entry.reason) was refused: \(status)")
            } catch {
                logger.debug("event \(entry.reason) was not sent: \(error)")
                let pause = Self.backoff.delay(failures: attempt, chance: .random(in: 0..<1))
                try? await clock.sleep(for: pause, tolerance: nil)
            }
        }
    }

    private func carryOut(
        _ decision: EventCorrelator.Decision, _ entry: Entry, _ identity: EventCorrelator.Identity, at time: Timestamp
    ) async throws {
        switch decision {
        case .drop: return
        case .create: try await create(entry, identity, at: time)
        case .raise(let name, let count):
            do {
                let _: Event = try await client.patch(
                    namespace: Self.namespace(entry), name: name,
                    merge: ["count": .int(Int64(count)), "lastTimestamp": .string(time.wholeSeconds.description)])
                correlator.wrote(identity, name: name, count: count)
            } catch let status as Status where status.isNotFound {
                // Events expire on the server.
                correlator.lost(identity)
                try await create(entry, identity, at: time)
            }
        }
    }

    private func create(_ entry: Entry, _ identity: EventCorrelator.Identity, at time: Timestamp) async throws {
        let event = Event(
            metadata: ObjectMeta(name: Self.name(entry, time), namespace: Self.namespace(entry)),
            involvedObject: entry.object, type: entry.type, reason: entry.reason, message: entry.message,
            component: component, at: time)
        let created = try await client.createOnly(event)
        correlator.wrote(identity, name: created.name, count: 1)
    }

    private static func namespace(_ entry: Entry) -> String { entry.object.namespace ?? "default" }

    /// client-go's names: the object's, a dot, and a number that does not repeat.
    private static func name(_ entry: Entry, _ time: Timestamp) -> String {
        let number = UInt64(bitPattern: time.microseconds) << 12 | UInt64.random(in: 0..<4096)
        return "\((entry.object.name ?? "").prefix(200)).\(String(number, radix: 16))"
    }

    private static func cut(_ message: String) -> String {
        guard message.utf8.count > messageLimit else { return message }
        var cut = message.prefix(messageLimit)
        while cut.utf8.count > messageLimit - 3 { cut.removeLast() }
        return cut + "…"
    }
}
