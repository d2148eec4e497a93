import KubeAPI
import NestAPI

/// One node with all that the scheduler knows of it.
///
/// Source: kubernetes `pkg/scheduler/framework`, `NodeInfo`.
public struct NodeInfo: Sendable {
    public let name: String
    /// nil while only sandboxes are known that are bound to it.
    private(set) var node: SandboxNode?
    public internal(set) var allocatable = Amounts()
    /// The sum of what is bound here, and of what is about to be.
    public internal(set) var used = Amounts()
    /// By uid.
    var sandboxes: [String: Placed] = [:]
    /// What the sandboxes of each priority take here.
    var byPriority: [Int: Amounts] = [:]
    /// Those for whom room is kept here, by uid.
    private(set) var nominees: [String: Nominee] = [:]
    /// The room that is kept for each priority.
    private(set) var kept: [Int: Amounts] = [:]
    var hardTaints: [Taint] = []
    var softTaints: [Taint] = []
    var packages: Set<String> = []
    var labels: [String: String] = [:]
    var runtimes: [String] = []
    var isReady = false
    var isUnschedulable = false

    init(_ name: String) { self.name = name }

    var free: Amounts { allocatable - used }

    mutating func set(_ node: SandboxNode?, pool: ResourcePoolSpec?) {
        self.node = node
        allocatable = node?.allocatable(pool) ?? Amounts()
        let taints = node?.spec.taints ?? []
        hardTaints = taints.filter { $0.effect != .preferNoSchedule }
        softTaints = taints.filter { $0.effect == .preferNoSchedule }
        packages = Set(node?.status.packages ?? [])
        labels = node?.metadata.labels ?? [:]
        runtimes = node?.status.runtimes.map(\.name) ?? []
        isUnschedulable = node?.spec.unschedulable ?? false
        isReady = (node?.isReady ?? false) && node?.metadata.deletionTimestamp == nil
    }

    mutating func add(_ placed: Placed) {
        sandboxes[placed.uid] = placed
        used = used + placed.amounts
        byPriority[placed.priority] = (byPriority[placed.priority] ?? Amounts()) + placed.amounts
    }

    mutating func remove(_ placed: Placed) {
        sandboxes[placed.uid] = nil
        used = used - placed.amounts
        byPriority.take(placed.amounts, from: placed.priority)
    }

    mutating func add(_ nominee: Nominee) {
        nominees[nominee.uid] = nominee
        kept[nominee.priority] = (kept[nominee.priority] ?? Amounts()) + nominee.amounts
    }

    mutating func remove(_ nominee: Nominee) {
        nominees[nominee.uid] = nil
        kept.take(nominee.amounts, from: nominee.priority)
    }

    /// What is free for a sandbox of that priority: not what is kept for others of at least the same.
    func free(for uid: String, priority: Int) -> Amounts {
        var free = free
        for (other, amounts) in kept where other >= priority { free = free - amounts }
        if let own = nominees[uid], own.priority >= priority { free = free + own.amounts }
        return free
    }

    func hasLower(than priority: Int) -> Bool { byPriority.keys.contains { $0 < priority } }
}

/// A sandbox on a node: bound, or about to be.
struct Placed: Sendable, Equatable {
    let uid: String
    let name: String
    let priority: Int
    let amounts: Amounts
    /// Among the namespace's groups.
    let group: Int
    let createdAt: Timestamp?
    let isTerminating: Bool
    let isAssumed: Bool
}

/// A sandbox that waits until its victims have left a node.
struct Nominee: Sendable, Equatable {
    let uid: String
    let priority: Int
    let amounts: Amounts
    /// Among the namespace's nominated groups of its priority.
    let group: Int
    let isTerminating: Bool
}

extension [Int: Amounts] {
    fileprivate mutating func take(_ amounts: Amounts, from priority: Int) {
        let left = (self[priority] ?? Amounts()) - amounts
        self[priority] = left.sandboxes == 0 ? nil : left
    }
}
