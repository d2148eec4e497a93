/// How often something took how long.
struct Histogram: Codable, Sendable, Equatable {
    /// From an answer on the same machine to a start that pulls a large package, in seconds.
    static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private let bounds: [Double]
    private var counts: [Int]
    private(set) var sum = 0.0

    init(bounds: [Double] = Histogram.seconds) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        guard value.isFinite, value >= 0 else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    var count: Int { counts.reduce(0, +) }

    /// Of each bound, how many were not above it; the last is without bound.
    var cumulative: [(bound: Double, count: Int)] {
        var total = 0
        return zip(bounds + [.infinity], counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
