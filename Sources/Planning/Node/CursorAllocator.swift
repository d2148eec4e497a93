/// Hands out the numbers of a range in turn, so that one that was given back is used again as late as possible.
///
/// For ports that matters: a gateway that has not yet heard of an end must not reach another tenant's function.
public struct CursorAllocator: Sendable, Equatable {
    public let range: Range<Int>
    private var cursor: Int
    private var taken: Set<Int> = []

    /// - Parameters:
    ///   - range: the numbers.
    ///   - start: the first to hand out; nil: the lowest.
    public init(_ range: Range<Int>, from start: Int? = nil) {
        self.range = range
        cursor = start.flatMap { range.contains($0) ? $0 : nil } ?? range.lowerBound
    }

    /// The next free number; nil when all are taken.
    public mutating func take() -> Int? {
        guard taken.count < range.count else { return nil }
        while taken.contains(cursor) { advance() }
        defer { advance() }
        taken.insert(cursor)
        return cursor
    }

    /// Takes that very number.
    /// - Returns: whether it was free, and one of the range.
    public mutating func claim(_ number: Int) -> Bool { range.contains(number) && taken.insert(number).inserted }

    public mutating func giveBack(_ number: Int) { taken.remove(number) }

    public var count: Int { taken.count }

    private mutating func advance() {
        cursor += 1
        if cursor == range.upperBound { cursor = range.lowerBound }
    }
}
