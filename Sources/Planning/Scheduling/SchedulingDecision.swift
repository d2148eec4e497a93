import KubeAPI
import NestAPI

/// Where a sandbox goes, or why it cannot go anywhere.
public enum SchedulingDecision: Sendable, Equatable {
    case bind(node: String)
    case refuse(Refusal)
}

/// Why a sandbox fits nowhere, and what may change that.
public struct Refusal: Sendable, Equatable {
    /// Of the condition.
    ///
    /// `0/2 pods are available: 1 Insufficient memory, 1 pod(s) were unschedulable. preemption: …`
    public var message: String
    /// The plugins that refused a node.
    public var plugins: Plugins
    /// Who leaves which node so that the sandbox fits there soon.
    public var preemption: Preemption?
    /// Whether room that is kept for the sandbox stays kept.
    public var keepsNomination = false
}

extension SchedulerCache {
    /// Chooses a node for one sandbox: filters, then scores; equals go to the first by name.
    /// - Parameter sandbox: not bound yet.
    /// - Returns: a decision that holds for this state of the cache.
    public mutating func schedule(_ sandbox: Sandbox) -> SchedulingDecision {
        let namespace = sandbox.metadata.namespace
        guard var snapshot = take(namespace) else { return .refuse(.missingPool(sandbox)) }
        defer { put(snapshot, as: namespace) }
        guard let pool = snapshot.pools[sandbox.spec.pool], pool.spec != nil else {
            return .refuse(.missingPool(sandbox))
        }
        let total = snapshot.nodeCount
        guard !pool.members.isEmpty else {
            return .refuse(
                Refusal(
                    message: "0/\(total) pods are available: pool \"\(sandbox.spec.pool)\" has none that is ready yet "
                        + "(kubectl describe rpool \(sandbox.spec.pool)).",
                    plugins: .pool))
        }
        let state = FilterState(sandbox, snapshot)
        if let slot = snapshot.nomination(of: sandbox.metadata.uid), pool.members.contains(slot) {
            evaluations += 1
            // Room was made here.
            if state.rejections(on: snapshot.nodes[slot]).isEmpty { return .bind(node: snapshot.nodes[slot].name) }
        }
        let search = Search(state, pool, snapshot)
        evaluations += search.looked
        lookups += search.looked * state.lookups
        snapshot.advance(sandbox.spec.pool, by: search.looked)
        if !search.fitting.isEmpty {
            let scores = Scores(sandbox, slots: search.fitting, snapshot)
            lookups += scores.lookups
            if let best = search.best(scores.totals, snapshot) { return .bind(node: snapshot.nodes[best].name) }
        }
        return .refuse(refusal(state, search.verdicts, total: total, snapshot))
    }

    private func refusal(
        _ state: FilterState, _ verdicts: [(slot: Int, rejections: [Rejection])], total: Int,
        _ snapshot: NamespaceSnapshot
    ) -> Refusal {
        var counts: [String: Int] = [:]
        var plugins = state.neighbourly
        for rejection in verdicts.lazy.flatMap(\.rejections) {
            counts[rejection.words, default: 0] += 1
            plugins.insert(rejection.plugin)
        }
        if total > verdicts.count { counts[Rejection.otherPool.words] = total - verdicts.count }
        var refusal = Refusal(message: refusalCounts(counts, total: total), plugins: plugins)
        switch PreemptionSearch(state, snapshot).run(verdicts, total: total) {
        case .found(let preemption): refusal.preemption = preemption
        case .none(let words): refusal.message += words.map { " preemption: \($0)" } ?? ""
        case .waiting(let words):
            refusal.message += " preemption: \(words)"
            refusal.keepsNomination = true
        }
        return refusal
    }
}

/// The nodes of a pool, looked at from where the last search ended until enough are found that fit.
private struct Search {
    private(set) var fitting: [Int] = []
    private(set) var verdicts: [(slot: Int, rejections: [Rejection])] = []
    private(set) var looked = 0

    init(_ state: FilterState, _ pool: NamespaceSnapshot.Pool, _ snapshot: NamespaceSnapshot) {
        let count = pool.members.count
        let enough = Self.enough(of: count)
        // A small pool is searched whole, always from its first node.
        let start = enough == count ? 0 : pool.start
        while looked < count, fitting.count < enough {
            let slot = pool.members[(start + looked) % count]
            looked += 1
            let rejections = state.rejections(on: snapshot.nodes[slot])
            if rejections.isEmpty { fitting.append(slot) } else { verdicts.append((slot, rejections)) }
        }
    }

    /// kube-scheduler's adaptive `percentageOfNodesToScore`: all up to 100, then 50 % falling to 5 %, at least 100.
    static func enough(of count: Int) -> Int {
        guard count > 100 else { return count }
        return max(100, count * max(5, 50 - count / 125) / 100)
    }

    func best(_ totals: [Int], _ snapshot: NamespaceSnapshot) -> Int? {
        var best: (slot: Int, total: Int)?
        for (slot, total) in zip(fitting, totals) {
            guard let found = best else {
                best = (slot, total)
                continue
            }
            let isFirst = total == found.total && snapshot.nodes[slot].name < snapshot.nodes[found.slot].name
            if total > found.total || isFirst { best = (slot, total) }
        }
        return best?.slot
    }
}

/// The reasons with their counts.
///
/// `0/5 pods are available: 2 Insufficient memory, 3 pod(s) were unschedulable.`
func refusalCounts(_ counts: [String: Int], total: Int) -> String {
    let reasons = counts.filter { $0.value > 0 }.map { "\($0.value) \($0.key)" }.sorted()
    return "0/\(total) pods are available: \(reasons.joined(separator: ", "))."
}

extension Refusal {
    fileprivate static func missingPool(_ sandbox: Sandbox) -> Refusal {
        Refusal(
            message: "There is no ResourcePool \"\(sandbox.spec.pool)\" in namespace "
                + "\"\(sandbox.metadata.namespace)\": create it, or name another in spec.pool.",
            plugins: .pool)
    }
}
