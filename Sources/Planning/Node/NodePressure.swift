import KubeAPI
import NestAPI

/// Decides what a pod is short of, and which sandbox has to go for it: one at a time, and the next only when the end of the
/// last has had its effect.
///
/// A value: the sidecar keeps one and feeds it each second. Source: kubernetes `pkg/kubelet/eviction`.
public struct NodePressure: Sendable, Equatable {
    /// One sandbox that could go.
    public struct Candidate: Sendable, Equatable {
        public var uid: String
        public var priority: Int
        public var memoryBytes: Int64
        public var requestBytes: Int64
        public var threads: Int

        public init(uid: String, priority: Int = 0, memoryBytes: Int64, requestBytes: Int64 = 0, threads: Int = 1) {
            self.uid = uid
            self.priority = priority
            self.memoryBytes = memoryBytes
            self.requestBytes = requestBytes
            self.threads = threads
        }
    }

    /// Who goes, and why.
    public struct Eviction: Sendable, Equatable {
        public var uid: String
        public var signal: PressureSignal
        public var message: String
    }

    private struct Pending: Sendable, Equatable {
        var uid: String
        var at: Double
        var gone: Double?
    }

    public let limits: PressureLimits
    /// When each threshold was last met.
    private var metAt: [PressureSignal: Double] = [:]
    private var last: PressureSignals?
    /// The sandbox that was evicted last, when, and since when its process is gone.
    private var pending: Pending?
    /// Those that were evicted and still have a process.
    private var leaving: Set<String> = []

    public init(limits: PressureLimits = PressureLimits()) { self.limits = limits }

    /// Takes in what there is left.
    /// - Returns: what the pod is short of at this moment.
    public mutating func observe(_ signals: PressureSignals, now: Double) -> Set<PressureSignal> {
        last = signals
        let met = PressureSignal.allCases.filter { signal in
            let amount = signal.amount(signals)
            return amount.available < signal.threshold(amount, limits)
        }
        for signal in met { metAt[signal] = now }
        return Set(met)
    }

    /// The conditions of the SandboxNode: they outlast their cause by `transitionSeconds`, so that they do not flap.
    public func conditions(now: Double, time: Timestamp) -> [Condition] {
        PressureSignal.allCases.map { signal in
            let isUnder = metAt[signal].map { now - $0 < limits.transitionSeconds } ?? false
            let words: (String, String) =
                switch signal {
                case .memory: ("InsufficientMemory", "SufficientMemory")
                case .disk: ("DiskPressure", "NoDiskPressure")
                case .pids: ("InsufficientPID", "SufficientPID")
                }
            return Condition(
                type: signal.condition, status: isUnder ? .yes : .no,
                reason: "Pod" + (isUnder ? words.0 : words.1),
                message: isUnder
                    ? "The pod is, or was within \(Int(limits.transitionSeconds)) s, low on \(signal.noun)." : "",
                lastTransitionTime: time)
        }
    }

    /// Decides who has to go now.
    ///
    /// Nobody is evicted for the disk: what a sandbox has written is not known.
    /// - Parameters:
    ///   - met: what `observe` has said last.
    ///   - candidates: the sandboxes that have a process.
    ///   - now: seconds of the caller's clock.
    /// - Returns: nil for nobody, or nobody yet.
    public mutating func evict(
        _ met: Set<PressureSignal>, from candidates: [Candidate], now: Double
    ) -> Eviction? {
        guard let signal = [PressureSignal.memory, .pids].first(where: met.contains), let last else { return nil }
        guard hasSettled(candidates, now) else { return nil }
        leaving.formIntersection(candidates.map(\.uid))
        let others = candidates.filter { !leaving.contains($0.uid) }
        guard let victim = others.min(by: { Self.goesBefore($0, $1, signal) }) else { return nil }
        pending = Pending(uid: victim.uid, at: now)
        leaving.insert(victim.uid)
        return Eviction(uid: victim.uid, signal: signal, message: message(signal, last, victim))
    }

    private mutating func hasSettled(_ candidates: [Candidate], _ now: Double) -> Bool {
        guard let evicted = pending else { return true }
        if candidates.contains(where: { $0.uid == evicted.uid }) {
            return now - evicted.at >= limits.endSeconds
        }
        let gone = evicted.gone ?? now
        pending?.gone = gone
        return now - gone >= limits.settleSeconds
    }

    /// The kubelet's order: who uses more than it asked for, then lower priorities, then who uses most above its request;
    /// under PID pressure priorities, then who has most threads.
    static func goesBefore(_ left: Candidate, _ right: Candidate, _ signal: PressureSignal) -> Bool {
        if signal == .memory, left.exceeds != right.exceeds { return left.exceeds }
        if left.priority != right.priority { return left.priority < right.priority }
        if signal == .memory, left.above != right.above { return left.above > right.above }
        if signal == .pids, left.threads != right.threads { return left.threads > right.threads }
        return left.uid < right.uid
    }

    private func message(_ signal: PressureSignal, _ signals: PressureSignals, _ victim: Candidate) -> String {
        let amount = signal.amount(signals)
        let threshold = signal.threshold(amount, limits)
        guard signal != .pids else {
            return "The pod was low on processes: \(amount.available) available of \(amount.total), threshold "
                + "\(threshold). The sandbox had \(victim.threads) threads."
        }
        return "The pod was low on \(signal.noun): \(Self.words(amount.available)) available of "
            + "\(Self.words(amount.total)), threshold \(Self.words(threshold)). The sandbox used "
            + "\(Self.words(victim.memoryBytes)), its request is \(Self.words(victim.requestBytes))."
    }

    /// Bytes as people say them.
    static func words(_ bytes: Int64) -> String {
        let mebibytes = max(0, bytes) >> 20
        guard mebibytes >= 1024 else { return "\(mebibytes) MiB" }
        let tenths = Int64((Double(mebibytes) / 1024 * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) GiB" : "\(tenths / 10).\(tenths % 10) GiB"
    }
}

extension PressureSignal {
    fileprivate var noun: String {
        switch self {
        case .memory: "memory"
        case .disk: "disk space"
        case .pids: "processes"
        }
    }
}

extension NodePressure.Candidate {
    fileprivate var exceeds: Bool { memoryBytes > requestBytes }
    fileprivate var above: Double { Double(memoryBytes) - Double(requestBytes) }
}

extension SandboxStatus {
    public static let evictedReason = "Evicted"

    /// This status once the sandbox had to leave its pod: it has ended for good, and is replaced.
    public func evicted(_ message: String, generation: Int64, now: Timestamp) -> SandboxStatus {
        var next = self
        next.phase = .failed
        next.state = nil
        (next.podIP, next.port, next.usage) = (nil, nil, nil)
        (next.reason, next.message) = (Self.evictedReason, message)
        next.observedGeneration = generation
        next.conditions.set(
            Condition(
                type: SandboxCondition.ready, status: .no, reason: Self.evictedReason, message: message,
                observedGeneration: generation, lastTransitionTime: now))
        next.lastTransitions = (lastTransitions + [Transition(name: Self.evictedReason, time: now)]).suffix(20)
        return next
    }
}

extension Sandbox {
    /// What it asked for, as something that may go.
    public func evictionCandidate(memoryBytes: Int64, threads: Int) -> NodePressure.Candidate {
        .init(
            uid: metadata.uid, priority: spec.priority, memoryBytes: memoryBytes,
            requestBytes: max(0, spec.resources.requests.memory?.value ?? 0), threads: threads)
    }
}
