/// The logs of sandboxes that are gone, kept for a while: whoever follows one gets the last lines, and whoever asks a
/// little late finds them.
struct GoneLogs {
    /// In seconds.
    static let patience = 30.0

    /// Files; the oldest go when there are more.
    let limit: Int
    private var waiting: [(path: String, end: Double)] = []

    init(limit: Int) { self.limit = limit }

    /// When the next is to go; nil: none is there.
    var next: Double? { waiting.first?.end }

    /// Keeps one from `now` on.
    mutating func add(_ path: String, at now: Double) {
        revive(path)
        waiting.append((path, now + Self.patience))
    }

    /// It is written again.
    mutating func revive(_ path: String) { waiting.removeAll { $0.path == path } }

    /// Takes out what is to be deleted.
    mutating func due(at now: Double) -> [String] {
        let old = waiting.prefix { $0.end <= now }.count
        let count = max(old, waiting.count - limit)
        defer { waiting.removeFirst(count) }
        return waiting.prefix(count).map(\.path)
    }
}
