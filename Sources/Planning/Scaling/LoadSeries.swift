/// A load by the second, over a window that moves.
///
/// Kept in whole millionths, so that the sum over the window stays exact however long it is carried on.
struct LoadSeries: Sendable {
    private struct Bucket {
        /// Millionths of the load times seconds.
        var area: Int64 = 0
        /// For how many millionths of a second the load is known.
        var known: Int64 = 0
    }

    /// More than any load: what is larger counts as this.
    static let most = 1e9
    /// The longest that one value may stand for.
    static let longest = 3.0

    private var buckets: [Bucket]
    private var newest: Int?
    private var total = Bucket()

    /// - Parameter seconds: how long the window is; at least 1.
    init(seconds: Int) { buckets = Array(repeating: Bucket(), count: max(1, seconds)) }

    /// Says that the load was `value` for `seconds`, up to now.
    mutating func add(_ value: Double, for seconds: Double, at second: Int) {
        let seconds = seconds.isNaN ? 0 : min(max(seconds, 0), Self.longest)
        let value = value.isNaN ? 0 : min(max(value, 0), Self.most)
        advance(to: second)
        let (index, room) = (second % buckets.count, Int64(1) << 53)
        let area = min(Int64(value * seconds * 1e6), room - buckets[index].area)
        let known = Int64(seconds * 1e6)
        buckets[index].area += area
        buckets[index].known += known
        total.area += area
        total.known += known
    }

    /// Lets go of what is older than the window.
    mutating func advance(to second: Int) {
        guard let last = newest, second > last else {
            if newest == nil { newest = second }
            return
        }
        for passed in (last + 1)...min(second, last + buckets.count) {
            let index = passed % buckets.count
            total.area -= buckets[index].area
            total.known -= buckets[index].known
            buckets[index] = Bucket()
        }
        newest = second
    }

    /// Over the whole window, as far as the load is known; nil when nothing is.
    var mean: Double? { Self.mean(total) }

    /// Over the newest `seconds` of it.
    func mean(newest seconds: Int) -> Double? {
        guard let newest else { return nil }
        guard seconds < buckets.count else { return mean }
        var sum = Bucket()
        for second in max(0, newest - max(1, seconds) + 1)...newest {
            sum.area += buckets[second % buckets.count].area
            sum.known += buckets[second % buckets.count].known
        }
        return Self.mean(sum)
    }

    private static func mean(_ sum: Bucket) -> Double? {
        sum.known > 0 ? Double(sum.area) / Double(sum.known) : nil
    }
}
