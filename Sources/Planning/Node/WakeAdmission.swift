/// Decides which of the sandboxes that want a process get one now: as many as memory allows and a pod can start at once, in
/// the order in which they asked.
///
/// A value: the shim keeps one, feeds it, and asks it again whenever something may have changed.
public struct WakeAdmission: Sendable, Equatable {
    public struct Limits: Sendable, Equatable {
        /// What stays free: below it the pod is short of memory, and what is admitted would have to be evicted.
        public var reserveBytes: Int64
        /// Starts under way at most.
        public var atOnce: Int

        public init(reserveBytes: Int64 = PressureLimits().memoryBytes, atOnce: Int) {
            self.reserveBytes = max(0, reserveBytes)
            self.atOnce = max(1, atOnce)
        }
    }

    /// What the one in front waits for.
    public enum Shortage: Sendable, Equatable {
        /// Others are being started.
        case turn
        /// - Parameters:
        ///   - available: bytes that the pod has for it.
        ///   - needed: bytes that it is expected to take.
        case memory(available: Int64, needed: Int64)
    }

    public enum Decision: Sendable, Equatable {
        /// Nobody waits.
        case none
        /// That one starts now, having waited so many seconds; it counts as under way until `ended`.
        case start(uid: String, waited: Double)
        case wait(Shortage)
    }

    /// What becomes of one that has waited for as long as is worth while.
    public enum Overdue: Sendable, Equatable {
        /// It has had its turn.
        case none
        /// Those before it only need time, and no caller waits at its socket.
        case waits
        case turnedAway(Shortage, others: Int)
    }

    private struct Wish: Sendable, Equatable {
        var uid: String
        var since: Double
    }

    public let limits: Limits
    private var queue: [Wish] = []
    /// What starts under way are expected to take, and do not show yet in what is available.
    private var underWay: [String: Int64] = [:]
    private var reserved: Int64 = 0
    /// What the one in front waited for when it was last looked at.
    public private(set) var shortage: Shortage?

    public init(limits: Limits) { self.limits = limits }

    public var waiting: Int { queue.count }

    /// Whether somebody waits because there is no memory for it.
    public var isShortOfMemory: Bool { if case .memory = shortage { true } else { false } }

    /// How many wait before a sandbox; nil when it does not wait.
    public func place(of uid: String) -> Int? { queue.firstIndex { $0.uid == uid } }

    /// - Parameters:
    ///   - uid: one that wants a process.
    ///   - isFirst: whether it is started, not woken.
    /// - Returns: what becomes of one that has waited for as long as is worth while.
    public func overdue(_ uid: String, isFirst: Bool) -> Overdue {
        guard let others = place(of: uid) else { return .none }
        let shortage = shortage ?? .turn
        return isFirst && shortage == .turn ? .waits : .turnedAway(shortage, others: others)
    }

    /// A sandbox wants a process.
    public mutating func ask(_ uid: String, now: Double) { queue.append(Wish(uid: uid, since: now)) }

    /// It has one that has loaded it, or wants none any more.
    public mutating func ended(_ uid: String) {
        if let bytes = underWay.removeValue(forKey: uid) {
            reserved -= bytes
        } else if let index = queue.firstIndex(where: { $0.uid == uid }) {
            queue.remove(at: index)
        }
        if queue.isEmpty { shortage = nil }
    }

    /// - Parameters:
    ///   - memory: says what the pod has, when that matters; nil: nobody knows, and nobody waits for it.
    ///   - now: seconds of the caller's clock.
    ///   - cost: the bytes that a sandbox is expected to take.
    /// - Returns: what to do; after a start it is asked again.
    public mutating func next(
        _ memory: () -> PressureSignals.Amount?, now: Double, cost: (String) -> Int64
    ) -> Decision {
        shortage = nil
        guard let first = queue.first else { return .none }
        guard underWay.count < limits.atOnce else { return wait(for: .turn) }
        let memory = memory()
        let needed = expected(cost(first.uid), memory)
        if let memory, needed > free(memory) {
            return wait(for: .memory(available: free(memory), needed: needed))
        }
        queue.removeFirst()
        underWay[first.uid] = needed
        reserved += needed
        return .start(uid: first.uid, waited: max(0, now - first.since))
    }

    /// Whether there is memory for a process that nobody waits for.
    public func allowsSpare(_ memory: PressureSignals.Amount?, cost: Int64) -> Bool {
        guard !isShortOfMemory else { return false }
        return memory.map { expected(cost, $0) <= free($0) } ?? true
    }

    private mutating func wait(for shortage: Shortage) -> Decision {
        self.shortage = shortage
        return .wait(shortage)
    }

    private func free(_ memory: PressureSignals.Amount) -> Int64 {
        max(0, memory.available - limits.reserveBytes - reserved)
    }

    /// One that wants more than the pod may ever give would wait in vain, and all others behind it: half of it is enough.
    private func expected(_ bytes: Int64, _ memory: PressureSignals.Amount?) -> Int64 {
        guard let memory else { return max(0, bytes) }
        return max(0, min(bytes, (memory.total - limits.reserveBytes) / 2))
    }
}

extension WakeAdmission.Shortage {
    /// For those who did not get their turn.
    /// - Parameter others: how many waited before it.
    /// - Returns: sentences.
    public func words(others: Int) -> String {
        let behind = others == 0 ? "" : " \(others) wait before it."
        switch self {
        case .turn: return "The pod starts as many sandboxes at once as it can.\(behind)"
        case .memory(let available, let needed):
            return "The pod has \(NodePressure.words(available)) of memory available, and it is expected to take "
                + "\(NodePressure.words(needed)).\(behind)"
        }
    }
}
