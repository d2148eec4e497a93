import KubeAPI

/// Which Events have to go: they are notes of the moment, not records.
struct EventExpiry: Sendable {
    /// Seconds that an Event is kept after it last happened.
    var lifetime: Double = 3600
    /// The most Events that are kept; the oldest go first.
    var limit = 5000

    /// - Parameters:
    ///   - events: all Events.
    ///   - now: the time.
    /// - Returns: the Events to delete.
    func expired(_ events: [StoredObject], now: Timestamp) -> [StoredObject] {
        let dated = events.map { (event: $0, time: Self.time(of: $0)) }.sorted { $0.time < $1.time }
        let surplus = max(0, dated.count - limit)
        return dated.enumerated().filter { index, item in
            index < surplus || now.seconds(since: item.time) > lifetime
        }.map(\.element.event)
    }

    private static func time(of event: StoredObject) -> Timestamp {
        let paths = [
            ["series", "lastObservedTime"], ["lastTimestamp"], ["eventTime"], ["metadata", "creationTimestamp"],
        ]
        return paths.lazy.compactMap { event.field($0)?.stringValue.flatMap { Timestamp($0) } }.first
            ?? Timestamp(seconds: 0)
    }
}
