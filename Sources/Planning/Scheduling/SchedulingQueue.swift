import KubeAPI

/// The sandboxes that wait for a place, as a value: higher priority first, then first come, first served.
///
/// One that did not fit is set aside until something happens that may help, and then until its back-off is over: 20 ms
/// doubling to 10 s. Whatever happens, it is tried again after a minute, in case a helpful event was missed. Source:
/// kubernetes `pkg/scheduler/backend/queue`.
public struct SchedulingQueue: Sendable {
    static let firstBackoff = Duration.milliseconds(20)
    static let longestBackoff = Duration.seconds(10)
    static let longestAside = Duration.seconds(60)

    private struct Entry {
        var priority: Int
        /// Which ticket in the line is the entry's own.
        var order: UInt64
        var attempts = 0
    }

    private struct Aside {
        var since: Duration
        /// When it may be tried again; nil until something happens that may help.
        var due: Duration?

        var end: Duration { due ?? since + SchedulingQueue.longestAside }
    }

    private struct Ticket: Comparable {
        var priority: Int
        var order: UInt64
        var key: ObjectKey

        static func < (left: Ticket, right: Ticket) -> Bool {
            left.priority != right.priority ? left.priority > right.priority : left.order < right.order
        }
    }

    private var entries: [ObjectKey: Entry] = [:]
    private var aside: [ObjectKey: Aside] = [:]
    private var line = BinaryHeap<Ticket>()
    private var order: UInt64 = 0
    /// Counts `moveAside`: what happens while an entry is being tried must not be lost on it.
    private var helpfulEvents: UInt64 = 0
    private var eventsAtTry: [ObjectKey: UInt64] = [:]
    /// When `next` is worth calling again though nothing happens; nil: never.
    public private(set) var nextDue: Duration?

    public init() {}

    /// How many sandboxes wait, set aside or not.
    public var count: Int { entries.count }

    /// Puts a sandbox in the line, unless it waits already.
    public mutating func add(_ key: ObjectKey, priority: Int) {
        guard entries[key] == nil else { return }
        entries[key] = Entry(priority: priority, order: 0)
        enter(key)
    }

    /// Forgets a sandbox: it is bound, or gone.
    public mutating func remove(_ key: ObjectKey) {
        entries[key] = nil
        aside[key] = nil
        eventsAtTry[key] = nil
    }

    /// The next to try; nil when all wait for something else.
    public mutating func next(now: Duration) -> ObjectKey? {
        if let nextDue, now >= nextDue { release(now: now) }
        while let ticket = line.removeMinimum() {
            guard entries[ticket.key]?.order == ticket.order else { continue }
            eventsAtTry[ticket.key] = helpfulEvents
            return ticket.key
        }
        return nil
    }

    /// Sets a sandbox aside that did not fit, or whose bind failed.
    /// - Parameters:
    ///   - key: from `next`.
    ///   - now: the time since any fixed moment.
    ///   - retries: whether to try again after the back-off though nothing happens.
    public mutating func setAside(_ key: ObjectKey, now: Duration, retries: Bool = false) {
        guard var entry = entries[key] else { return }
        entry.attempts += 1
        entries[key] = entry
        let missedNothing = eventsAtTry.removeValue(forKey: key) == helpfulEvents
        let due = retries || !missedNothing ? now + backoff(entry.attempts) : nil
        let place = Aside(since: now, due: due)
        aside[key] = place
        nextDue = min(nextDue ?? place.end, place.end)
    }

    /// Something happened that may make room for what `mayHelp` accepts.
    public mutating func moveAside(where mayHelp: (ObjectKey) -> Bool = { _ in true }) {
        helpfulEvents += 1
        for (key, place) in aside where place.due == nil && mayHelp(key) {
            let due = place.since + backoff(entries[key]?.attempts ?? 1)
            aside[key]?.due = due
            nextDue = min(nextDue ?? due, due)
        }
    }

    private mutating func release(now: Duration) {
        let ready = aside.filter { $0.value.end <= now }
        let inOrder = ready.keys.sorted { (entries[$0]?.order ?? 0) < (entries[$1]?.order ?? 0) }
        for key in inOrder {
            aside[key] = nil
            enter(key)
        }
        nextDue = aside.values.lazy.map(\.end).min()
    }

    private mutating func enter(_ key: ObjectKey) {
        guard let priority = entries[key]?.priority else { return }
        order += 1
        entries[key]?.order = order
        line.insert(Ticket(priority: priority, order: order, key: key))
    }

    private func backoff(_ attempts: Int) -> Duration {
        min(Self.longestBackoff, Self.firstBackoff * (1 << min(max(0, attempts - 1), 12)))
    }
}
