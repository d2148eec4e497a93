/// The largest of the numbers that were wished for in the last seconds.
///
/// Only those are kept that a later one has not outdone, so that there are few.
struct WishHistory: Sendable {
    private struct Wish {
        var second: Int
        var replicas: Int
    }

    private let seconds: Int
    /// Largest and oldest first.
    private var wishes: [Wish] = []

    /// - Parameter seconds: for how long a wish holds; 0: for its own second.
    init(seconds: Int) { self.seconds = max(0, seconds) }

    /// How many are kept: at most one a second.
    var count: Int { wishes.count }

    mutating func add(_ replicas: Int, at second: Int) {
        while let last = wishes.last, last.replicas <= replicas { wishes.removeLast() }
        if wishes.last?.second != second { wishes.append(Wish(second: second, replicas: replicas)) }
        if let first = wishes.first, first.second < second - seconds {
            wishes.removeAll { $0.second < second - seconds }
        }
    }

    /// The largest; 0 when there was none.
    var largest: Int { wishes.first?.replicas ?? 0 }
}
