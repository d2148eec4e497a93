/// Which bytes beyond the first ones are there, when they come out of order.
struct Extents: Equatable {
    /// In order, with gaps between them.
    private(set) var ranges: [Range<Int64>] = []

    mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        let first = ranges.firstIndex { $0.upperBound >= range.lowerBound } ?? ranges.endIndex
        var (last, merged) = (first, range)
        while last < ranges.endIndex, ranges[last].lowerBound <= range.upperBound {
            merged =
                min(merged.lowerBound, ranges[last].lowerBound)..<max(merged.upperBound, ranges[last].upperBound)
            last += 1
        }
        ranges.replaceSubrange(first..<last, with: [merged])
    }

    /// Where the bytes end that go on from `end` without a gap; they are forgotten here.
    mutating func take(from end: Int64) -> Int64 {
        var end = end
        while let next = ranges.first, next.lowerBound <= end {
            end = max(end, next.upperBound)
            ranges.removeFirst()
        }
        return end
    }
}
