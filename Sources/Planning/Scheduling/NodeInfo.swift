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
    /// Those for whom room is kept here.
    var nominees: [Nominee] = []
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
        let left = (byPriority[placed.priority] ?? Amounts()) - placed.amounts
        byPriority[placed.priority] = left.sandboxes == 0 ? nil : left
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
    let labels: [String: String]
    /// Its required anti-affinity.
    let avoids: [SandboxAffinity.Term]
}
