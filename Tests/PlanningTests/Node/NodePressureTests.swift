import KubeAPI
import NestAPI
import Testing

@testable import Planning

private let mebibyte = Int64(1) << 20
private let gibibyte = Int64(1) << 30

extension PressureSignals {
    fileprivate static func with(
        memory: Int64 = 2 * gibibyte, disk: Int64 = 50 * gibibyte, pids: Int64 = 10_000
    ) -> PressureSignals {
        PressureSignals(
            memory: .init(available: memory, total: 2 * gibibyte), disk: .init(available: disk, total: 100 * gibibyte),
            pids: .init(available: pids, total: 32_768))
    }
}

@Suite struct NodePressureTests {
    private typealias Candidate = NodePressure.Candidate
    private static let time = Timestamp(seconds: 1)

    struct Short: Sendable {
        var signals: PressureSignals
        var expected: Set<PressureSignal>

        init(_ signals: PressureSignals, _ expected: Set<PressureSignal> = []) {
            self.signals = signals
            self.expected = expected
        }
    }

    private static let limit = 100 * mebibyte
    /// A tenth would be 10 GiB.
    private static let diskLimit = 5 * gibibyte

    static let shortages: [Short] = [
        Short(.with()),
        Short(.with(memory: limit)),
        Short(.with(memory: limit - 1), [.memory]),
        Short(.with(memory: 0), [.memory]),
        Short(.with(disk: diskLimit)),
        Short(.with(disk: diskLimit - 1), [.disk]),
        Short(.with(pids: 512)),
        Short(.with(pids: 511), [.pids]),
        Short(.with(memory: 1, disk: 1, pids: -1), [.memory, .disk, .pids]),
    ]

    @Test(arguments: shortages)
    func knowsWhatIsShort(_ row: Short) {
        var pressure = NodePressure()
        #expect(pressure.observe(row.signals, now: 0) == row.expected)
    }

    @Test func aSmallDiskHasATenth() {
        var pressure = NodePressure()
        var signals = PressureSignals.with()
        signals.disk = .init(available: gibibyte, total: 10 * gibibyte)
        #expect(pressure.observe(signals, now: 0).isEmpty)
        signals.disk.available -= 1
        #expect(pressure.observe(signals, now: 0) == [.disk])
    }

    @Test func conditionsOutlastTheirCause() {
        var pressure = NodePressure()
        func isUnder(_ now: Double) -> Bool {
            pressure.conditions(now: now, time: Self.time)["MemoryPressure"]?.status == .yes
        }
        _ = pressure.observe(.with(), now: 0)
        #expect(!isUnder(0))
        #expect(
            pressure.conditions(now: 0, time: Self.time).map(\.type) == [
                "MemoryPressure", "DiskPressure", "PIDPressure",
            ])
        _ = pressure.observe(.with(memory: 1), now: 10)
        #expect(isUnder(10))
        _ = pressure.observe(.with(), now: 11)
        #expect(isUnder(309.9) && !isUnder(310))
        _ = pressure.observe(.with(memory: 1), now: 400)
        #expect(isUnder(400) && isUnder(699))
    }

    struct Rank: Sendable {
        /// Priority, and MiB of what is used and of what was asked for.
        typealias Row = (priority: Int, used: Int64, request: Int64)
        var rows: [Row]
        var first: Int

        init(_ left: Row, _ right: Row, first: Int) {
            rows = [left, right]
            self.first = first
        }
    }

    static let ranks: [Rank] = [
        // Who uses more than it asked for goes first, whatever its priority.
        Rank((0, 90, 100), (9, 20, 10), first: 1),
        // Among those: the lower priority.
        Rank((1, 900, 0), (0, 20, 10), first: 1),
        // Then who is furthest above its request.
        Rank((0, 300, 200), (0, 250, 10), first: 1),
        // Nobody is above: the lower priority, then who is nearest.
        Rank((1, 99, 100), (0, 1, 100), first: 1),
        Rank((0, 10, 100), (0, 90, 100), first: 1),
        // Equals: by uid.
        Rank((0, 10, 0), (0, 10, 0), first: 0),
    ]

    @Test(arguments: ranks)
    func ranksAsTheKubeletDoes(_ rank: Rank) {
        let candidates = rank.rows.enumerated().map { index, row in
            Candidate(
                uid: "\(index)", priority: row.priority, memoryBytes: row.used * mebibyte,
                requestBytes: row.request * mebibyte)
        }
        var pressure = NodePressure()
        let met = pressure.observe(.with(memory: 1), now: 0)
        #expect(pressure.evict(met, from: candidates, now: 0)?.uid == "\(rank.first)")
    }

    @Test func saysWhy() {
        var pressure = NodePressure()
        let met = pressure.observe(.with(memory: 80 * mebibyte), now: 0)
        let victim = Candidate(uid: "a", memoryBytes: 900 * mebibyte, requestBytes: 32 * mebibyte, threads: 11)
        #expect(
            pressure.evict(met, from: [victim], now: 0)?.message
                == "The pod was low on memory: 80 MiB available of 2 GiB, threshold 100 MiB. "
                + "The sandbox used 900 MiB, its request is 32 MiB.")
        var short = NodePressure()
        let crowded = short.observe(.with(pids: 7), now: 0)
        #expect(
            short.evict(crowded, from: [victim], now: 0)?.message
                == "The pod was low on processes: 7 available of 32768, threshold 512. The sandbox had 11 threads.")
        #expect(NodePressure.words(1536 * mebibyte) == "1.5 GiB" && NodePressure.words(-1) == "0 MiB")
    }

    @Test func underPIDPressureWhoHasMostThreadsGoes() {
        var pressure = NodePressure()
        let met = pressure.observe(.with(pids: 0), now: 0)
        let few = Candidate(uid: "a", memoryBytes: gibibyte, threads: 7)
        let many = Candidate(uid: "b", memoryBytes: 0, requestBytes: 1, threads: 70)
        #expect(pressure.evict(met, from: [few, many], now: 0)?.uid == "b")
    }

    @Test func oneAtATimeAndTheNextWhenItHasHadItsEffect() {
        var pressure = NodePressure()
        let all = ["a", "b", "c"].map { Candidate(uid: $0, memoryBytes: gibibyte) }
        func evict(_ from: [Candidate], _ now: Double, memory: Int64 = 1) -> String? {
            let met = pressure.observe(.with(memory: memory), now: now)
            return pressure.evict(met, from: from, now: now)?.uid
        }
        #expect(evict(all, 0) == "a")
        #expect(evict(all, 1) == nil, "it still has a process")
        let rest = Array(all.dropFirst())
        #expect(evict(rest, 2) == nil, "it has just gone")
        #expect(evict(rest, 3.9) == nil)
        #expect(evict(rest, 4, memory: gibibyte) == nil, "it has helped")
        #expect(evict(rest, 5) == "b")
        // One that does not go holds up the next for a while only, and is not told twice.
        #expect(evict(rest, 14.9) == nil)
        #expect(evict(rest, 15) == "c")
        #expect(evict(rest, 60) == nil, "both are leaving")
        #expect(evict([], 61) == nil)
    }

    @Test func nobodyIsEvictedForTheDisk() {
        var pressure = NodePressure()
        let met = pressure.observe(.with(disk: 0), now: 0)
        #expect(pressure.evict(met, from: [Candidate(uid: "a", memoryBytes: 1)], now: 0) == nil)
    }

    @Test func theStatusOfOneThatWasEvicted() {
        var status = SandboxStatus()
        (status.phase, status.state, status.podIP, status.port) = (.running, .active, "127.1.0.1", 20_001)
        status.usage = ResourceUsage(cpu: .milliCPU(1), memory: .bytes(1))
        let next = status.evicted("why", generation: 3, now: Self.time)
        #expect(next.phase == .failed && next.reason == "Evicted" && next.message == "why")
        #expect(next.podIP == nil && next.port == nil && next.state == nil && next.usage == nil)
        #expect(next.conditions["Ready"]?.status == .no && next.conditions["Ready"]?.reason == "Evicted")
        #expect(next.lastTransitions.map(\.name) == ["Evicted"])
    }

    struct Bound: Sendable {
        var limit: UInt64?
        var capacity: Int64
        var mebibytes: UInt64

        init(_ limit: UInt64?, of capacity: Int64, _ mebibytes: UInt64) {
            self.limit = limit
            self.capacity = capacity
            self.mebibytes = mebibytes
        }
    }

    static let bounds: [Bound] = [
        // Without a limit: all but a tenth, or but 512 MiB.
        Bound(nil, of: 20 * gibibyte, 18 * 1024),
        Bound(nil, of: 2 * gibibyte, 1536),
        Bound(nil, of: 600 * mebibyte, 128),
        Bound(nil, of: 0, 128),
        Bound(256 << 20, of: 2 * gibibyte, 256),
        Bound(1, of: 2 * gibibyte, 128),
        Bound(.max, of: 2 * gibibyte, 1536),
    ]

    @Test(arguments: bounds)
    func memoryIsBounded(_ row: Bound) {
        let unlimited = MemoryBound.unlimited(capacity: row.capacity)
        #expect(MemoryBound.bytes(limit: row.limit, unlimited: unlimited) == row.mebibytes << 20)
    }
}
