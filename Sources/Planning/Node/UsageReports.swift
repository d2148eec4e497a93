import KubeAPI
import NestAPI

/// Turns what processes have used into what they use, and decides which of it is worth a write.
///
/// A value: the sidecar keeps one and feeds it. Ten thousand functions that do nothing are to cost the API server nothing.
public struct UsageReports: Sendable, Equatable {
    /// Seconds between two looks (the kubelet's housekeeping takes 10).
    public static let sampleSeconds = 15.0
    /// Seconds between two writes about one object.
    public static let betweenWrites = 60.0
    /// Writes after one look: with 200 sandboxes in a pod each still has its turn once a minute.
    public static let writesAtOnce = 50
    /// What has changed by less than this share is not news.
    static let share = 0.1
    /// Nor is what has changed by less memory.
    static let leastBytes = Int64(1) << 20
    /// Nor by less CPU.
    static let leastMilliCPU = Int64(5)

    /// What one process, or all of them, uses now.
    public struct Sample: Sendable, Equatable {
        public var milliCPU: Int64
        public var memoryBytes: Int64

        public init(milliCPU: Int64, memoryBytes: Int64) {
            self.milliCPU = milliCPU
            self.memoryBytes = memoryBytes
        }
    }

    private struct Past: Sendable, Equatable {
        var cpuSeconds: Double
        var at: Double
    }

    private var past: [String: Past] = [:]
    private var written: [String: Double] = [:]

    public init() {}

    /// What a process uses since the last look at it.
    /// - Parameters:
    ///   - uid: whose process.
    ///   - cpuSeconds: all that it has used since its start.
    ///   - now: seconds of the caller's clock.
    /// - Returns: thousandths of a processor; nil at the first look at a process.
    public mutating func milliCPU(_ uid: String, cpuSeconds: Double, now: Double) -> Int64? {
        let last = past[uid]
        past[uid] = Past(cpuSeconds: cpuSeconds, at: now)
        // Less than before: it is another process.
        guard let last, now > last.at, cpuSeconds >= last.cpuSeconds else { return nil }
        return Int64(min(((cpuSeconds - last.cpuSeconds) / (now - last.at) * 1000).rounded(.up), 1e12))
    }

    /// - Parameters:
    ///   - samples: what each of them uses, by uid.
    ///   - shown: what their status says.
    ///   - now: seconds of the caller's clock.
    /// - Returns: what to write, those first whose turn was longest ago; they count as written.
    public mutating func decide(
        _ samples: [String: Sample], shown: [String: ResourceUsage], now: Double
    ) -> [(uid: String, usage: ResourceUsage)] {
        let due = samples.filter { uid, sample in
            let isEarly = written[uid].map { now - $0 < Self.betweenWrites } ?? false
            return !isEarly && Self.isNews(sample, shown: shown[uid])
        }
        let order = due.sorted { ((written[$0.key] ?? -.infinity), $0.key) < ((written[$1.key] ?? -.infinity), $1.key) }
        return order.prefix(Self.writesAtOnce).map { uid, sample in
            written[uid] = now
            return (uid, ResourceUsage(sample))
        }
    }

    /// Forgets all but these.
    public mutating func keep(only uids: Set<String>) {
        past = past.filter { uids.contains($0.key) }
        written = written.filter { uids.contains($0.key) }
    }

    static func isNews(_ sample: Sample, shown: ResourceUsage?) -> Bool {
        guard let shown else { return true }
        return differs(sample.memoryBytes, shown.memory.value, least: leastBytes)
            || differs(sample.milliCPU, shown.cpu.milli, least: leastMilliCPU)
    }

    private static func differs(_ new: Int64, _ old: Int64, least: Int64) -> Bool {
        // What others have written into a status may be any number.
        let change = abs(Double(new) - Double(old))
        return change >= Double(least) && change >= share * abs(Double(old))
    }
}

extension ResourceUsage {
    /// Memory is rounded up to whole MiB: people compare it with requests and limits.
    public init(_ sample: UsageReports.Sample) {
        let unit = Int64(1) << 20
        let bytes = max(0, min(sample.memoryBytes, Int64.max - unit))
        self.init(cpu: .milliCPU(max(0, sample.milliCPU)), memory: .bytes((bytes + unit - 1) / unit * unit))
    }
}
