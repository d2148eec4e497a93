import Testing

@testable import Planning

@Suite struct BacklogSpreadTests {
    struct Row: Sendable {
        var concurrency = 0
        var loops = 1
        var load: BacklogSpread.Load
        var room: Int
    }

    @Test(arguments: [
        // Without a limit: a few, then twice as many each tenth of a second.
        Row(load: .init(inFlight: 0), room: 32),
        Row(load: .init(inFlight: 32), room: 0),
        Row(load: .init(inFlight: 32, milliseconds: 99), room: 0),
        Row(load: .init(inFlight: 32, milliseconds: 100), room: 32),
        Row(load: .init(inFlight: 100, milliseconds: 200), room: 28),
        Row(load: .init(inFlight: 0, milliseconds: 60_000), room: BacklogSpread.most),
        // With one: as many, and then some of what its runtime lets wait.
        Row(concurrency: 1, load: .init(inFlight: 0), room: 1),
        Row(concurrency: 1, load: .init(inFlight: 1), room: 0),
        Row(concurrency: 5, load: .init(inFlight: 5, milliseconds: 150), room: 5),
        Row(concurrency: 5, load: .init(inFlight: 0, milliseconds: 60_000), room: 55),
        Row(concurrency: 200, load: .init(inFlight: 0), room: 200),
        // Each loop has its share, and at least one.
        Row(loops: 4, load: .init(inFlight: 0), room: 8),
        Row(concurrency: 2, loops: 4, load: .init(inFlight: 0), room: 1),
        Row(concurrency: 2, loops: 4, load: .init(inFlight: 1), room: 0),
        // One that refused is tried with one request after a moment, whatever it still has.
        Row(load: .init(inFlight: 0, refused: 0), room: 0),
        Row(load: .init(inFlight: 0, refused: 99), room: 0),
        Row(load: .init(inFlight: 40, refused: 100), room: 1),
        // A clock that seems to go backwards.
        Row(load: .init(inFlight: 0, milliseconds: -5), room: 32),
    ])
    func aSandboxGetsWhatItTakes(row: Row) {
        #expect(BacklogSpread(concurrency: row.concurrency, loops: row.loops).room(row.load) == row.room)
    }

    @Test(arguments: [
        ([], nil), ([0], 0), ([3, 1, 2], 1), ([2, 1, 1], 1), ([32, 32], nil), ([32, 31], 1),
    ])
    func theLeastBusyWithRoomIsNext(inFlight: [Int], next: Int?) {
        let spread = BacklogSpread(concurrency: 0, loops: 1)
        #expect(spread.next(of: inFlight.count) { .init(inFlight: inFlight[$0]) } == next)
    }

    /// A thousand that wait, and sandboxes that come one after the other: each has its share, and all get away.
    @Test func aBacklogIsSpreadOverSandboxesAsTheyCome() {
        let spread = BacklogSpread(concurrency: 0, loops: 1)
        var (left, loads): (Int, [(since: Int64, count: Int)]) = (1000, [])
        for now in stride(from: Int64(0), through: 1000, by: 50) {
            if loads.count < 4 { loads.append((now, 0)) }
            while left > 0,
                let index = spread.next(
                    of: loads.count, load: { .init(inFlight: loads[$0].count, milliseconds: now - loads[$0].since) })
            {
                loads[index].count += 1
                left -= 1
            }
        }
        #expect(left == 0)
        #expect(loads.allSatisfy { (64...512).contains($0.count) }, "\(loads)")
    }
}
