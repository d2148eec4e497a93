import KubeAPI
import NestAPI

/// Which sandboxes of lower priority leave which node, so that a sandbox finds room there.
public struct Preemption: Sendable, Equatable {
    public struct Victim: Sendable, Equatable {
        public var name: String
        public var uid: String
    }

    public var node: String
    /// Those on their way out already are not among them.
    public var victims: [Victim]
}

/// What the search for victims came to.
enum PreemptionOutcome {
    case found(Preemption)
    /// Why not, as it stands behind `preemption: `; nil when there is no node at all.
    case none(String?)
    /// Victims are on their way out of the node that was chosen before: wait for them.
    case waiting(String)
}

/// Looks for the node that a sandbox gets by the least harm.
///
/// Only lower priorities are ever victims. Of the nodes where it would then fit: the one whose highest victim is lowest,
/// then whose victims' priorities add up to least, then with fewest victims, then whose highest victims are youngest,
/// then the first by name. Source: kubernetes `pkg/scheduler/framework/preemption` and `plugins/defaultpreemption`.
struct PreemptionSearch {
    private let state: FilterState
    private let snapshot: NamespaceSnapshot

    init(_ state: FilterState, _ snapshot: NamespaceSnapshot) {
        self.state = state
        self.snapshot = snapshot
    }

    /// - Parameters:
    ///   - verdicts: why each node of the pool was refused.
    ///   - total: nodes of the namespace.
    /// - Returns: whom to delete, or why nobody.
    func run(_ verdicts: [(slot: Int, rejections: [Rejection])], total: Int) -> PreemptionOutcome {
        guard state.sandbox.spec.preemptionPolicy != .never else {
            return .none("not eligible due to preemptionPolicy=Never.")
        }
        if let slot = snapshot.nomination(of: state.sandbox.metadata.uid),
            // Where victims cannot help any more, as on a pod that fell silent, nothing is waited for.
            verdicts.first(where: { $0.slot == slot })?.rejections.allSatisfy(\.isResolvable) ?? false,
            isEmptying(snapshot.nodes[slot])
        {
            return .waiting("not eligible due to a terminating sandbox on the nominated pod.")
        }
        let helpful = verdicts.filter { $0.rejections.allSatisfy(\.isResolvable) }.map(\.slot)
        // As kube-scheduler: a tenth of the nodes, at least 100, are enough to choose from.
        let limit = max(100, verdicts.count / 10)
        var candidates: [Candidate] = []
        for slot in helpful where candidates.count < limit {
            if let candidate = candidate(slot) { candidates.append(candidate) }
        }
        if let best = candidates.min(by: <) { return .found(best.preemption(snapshot)) }
        guard total > 0 else { return .none(nil) }
        return .none(
            refusalCounts(
                [
                    "No preemption victims found for incoming sandbox": helpful.count,
                    "Preemption is not helpful for scheduling": total - helpful.count,
                ], total: total))
    }

    private func isEmptying(_ node: NodeInfo) -> Bool {
        node.sandboxes.values.contains { $0.isTerminating && $0.priority < state.priority }
    }

    /// Takes all lower priorities off the node, then gives back whom it can, the most important first.
    private func candidate(_ slot: Int) -> Candidate? {
        let info = snapshot.nodes[slot]
        guard info.hasLower(than: state.priority) else { return nil }
        var trial = Trial(state: state, node: info, snapshot: snapshot)
        let lower = info.sandboxes.values.filter { $0.priority < state.priority }
        for placed in lower { trial.remove(placed) }
        guard trial.fits else { return nil }
        var victims: [Placed] = []
        for placed in lower.sorted(by: Placed.isMoreImportant) {
            trial.add(placed)
            if trial.fits { continue }
            trial.remove(placed)
            victims.append(placed)
        }
        return Candidate(slot: slot, name: info.name, victims: victims)
    }
}

/// A node, and its sandboxes, as they would be.
private struct Trial {
    var state: FilterState
    var node: NodeInfo
    let snapshot: NamespaceSnapshot

    var fits: Bool { state.rejections(on: node).isEmpty }

    mutating func add(_ placed: Placed) { change(placed, by: 1) }
    mutating func remove(_ placed: Placed) { change(placed, by: -1) }

    private mutating func change(_ placed: Placed, by delta: Int) {
        node.used = delta > 0 ? node.used + placed.amounts : node.used - placed.amounts
        guard let group = snapshot.groups[placed.group]?.identity else { return }
        state.change(placed, group, on: node, by: delta)
    }
}

/// A node with the victims, most important first, that would have to leave it.
private struct Candidate {
    let slot: Int
    let name: String
    let victims: [Placed]

    private var standing: [Placed] { victims.filter { !$0.isTerminating } }

    func preemption(_ snapshot: NamespaceSnapshot) -> Preemption {
        Preemption(node: name, victims: standing.map { .init(name: $0.name, uid: $0.uid) })
    }

    static func < (left: Candidate, right: Candidate) -> Bool {
        let (one, other) = (left.standing, right.standing)
        let (highest, otherHighest) = (one.first?.priority ?? .min, other.first?.priority ?? .min)
        if highest != otherHighest { return highest < otherHighest }
        let (sum, otherSum) = (one.harm, other.harm)
        if sum != otherSum { return sum < otherSum }
        if one.count != other.count { return one.count < other.count }
        let (age, otherAge) = (one.oldest(of: highest), other.oldest(of: highest))
        if age != otherAge { return age > otherAge }
        return left.name < right.name
    }
}

extension [Placed] {
    /// The sum of priorities, each moved above zero so that more victims never are less harm.
    fileprivate var harm: Int { reduce(0) { $0 + $1.priority + Int(Int32.max) + 1 } }

    fileprivate func oldest(of priority: Int) -> Int64 {
        filter { $0.priority == priority }.map { $0.createdAt?.microseconds ?? .max }.min() ?? .max
    }
}

extension Placed {
    /// Whom to give back first: the higher priority, then the older (`util.MoreImportantPod`).
    static func isMoreImportant(_ left: Placed, _ right: Placed) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        // Who leaves anyway is given back last.
        if left.isTerminating != right.isTerminating { return right.isTerminating }
        let (age, otherAge) = (left.createdAt?.microseconds ?? .max, right.createdAt?.microseconds ?? .max)
        return age != otherAge ? age < otherAge : left.name < right.name
    }
}
