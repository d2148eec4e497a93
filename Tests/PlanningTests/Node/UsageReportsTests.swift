import KubeAPI
import NestAPI
import Testing

@testable import Planning

private let mebibyte = Int64(1) << 20

@Suite struct UsageReportsTests {
    private typealias Sample = UsageReports.Sample

    @Test(
        arguments: [
            // What is used, what is shown (both in millicores and bytes), and whether that is news.
            ((10, 20 * mebibyte), nil, true), ((10, 20 * mebibyte), (10, 20 * mebibyte), false),
            // Memory: a tenth, and a MiB.
            ((10, 22 * mebibyte), (10, 20 * mebibyte), true), ((10, 22 * mebibyte - 1), (10, 20 * mebibyte), false),
            ((10, 18 * mebibyte), (10, 20 * mebibyte), true), ((10, 5 * mebibyte), (10, 4 * mebibyte), true),
            ((10, 5 * mebibyte - 1), (10, 4 * mebibyte), false),
            // CPU: a tenth, and five thousandths.
            ((5, mebibyte), (0, mebibyte), true), ((4, mebibyte), (0, mebibyte), false),
            ((110, mebibyte), (100, mebibyte), true), ((109, mebibyte), (100, mebibyte), false),
            ((0, mebibyte), (6, mebibyte), true),
            // Whatever stands there.
            ((0, 0), (.max, .min), true), ((.max, .max), (.min, .max), true),
        ] as [((Int64, Int64), (Int64, Int64)?, Bool)])
    func knowsNews(used: (Int64, Int64), shown: (Int64, Int64)?, isNews: Bool) {
        let before = shown.map { ResourceUsage(cpu: .milliCPU($0.0), memory: .bytes($0.1)) }
        #expect(UsageReports.isNews(.init(milliCPU: used.0, memoryBytes: used.1), shown: before) == isNews)
    }

    @Test func ratesAreOfOneProcess() {
        var reports = UsageReports()
        #expect(reports.milliCPU("a", cpuSeconds: 100, now: 10) == nil)
        #expect(reports.milliCPU("a", cpuSeconds: 101.5, now: 20) == 150)
        #expect(reports.milliCPU("a", cpuSeconds: 101.5, now: 30) == 0)
        // Rounded up: one that works is never idle.
        #expect(reports.milliCPU("a", cpuSeconds: 101.501, now: 40) == 1)
        // Started again.
        #expect(reports.milliCPU("a", cpuSeconds: 0.1, now: 50) == nil)
        #expect(reports.milliCPU("a", cpuSeconds: 0.2, now: 50) == nil)
        reports.keep(only: [])
        #expect(reports.milliCPU("a", cpuSeconds: 9, now: 60) == nil)
    }

    @Test func writesAtMostOnceAMinute() {
        var reports = UsageReports()
        func write(_ bytes: Int64, at now: Double) -> [ResourceUsage] {
            reports.decide(["a": .init(milliCPU: 1, memoryBytes: bytes)], shown: [:], now: now).map(\.usage)
        }
        #expect(write(1, at: 0).map(\.memory.text) == ["1Mi"])
        #expect(write(9 * mebibyte, at: 59.9).isEmpty)
        #expect(write(9 * mebibyte + 1, at: 60).map(\.memory.text) == ["10Mi"])
        #expect(write(0, at: 120).map(\.memory.text) == ["0"])
    }

    @Test func manyTakeTurns() {
        var reports = UsageReports()
        let uids = (0..<200).map { "uid-\($0)" }
        let samples = Dictionary(uniqueKeysWithValues: uids.map { ($0, Sample(milliCPU: 9, memoryBytes: mebibyte)) })
        var written: [String: Int] = [:]
        for round in 0..<8 {
            let now = Double(round) * UsageReports.sampleSeconds
            let writes = reports.decide(samples, shown: [:], now: now)
            #expect(writes.count == UsageReports.writesAtOnce)
            for write in writes { written[write.uid, default: 0] += 1 }
        }
        #expect(written.count == 200 && written.values.allSatisfy { $0 == 2 })
    }

    @Test func amountsBeyondAllBoundsAreAmounts() {
        let usage = ResourceUsage(UsageReports.Sample(milliCPU: -1, memoryBytes: .max))
        #expect(usage.cpu.milli == 0 && usage.memory.value > 0)
    }
}
