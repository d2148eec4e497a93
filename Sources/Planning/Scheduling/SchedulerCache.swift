import KubeAPI
import NestAPI

/// What the scheduler plans from: nodes, and what each has to hold, as a value.
///
/// A bind is assumed as soon as it is decided, so that the next decision counts on it before the API has answered; it
/// is confirmed when the sandbox is seen bound, or forgotten when the bind failed. Source: kubernetes
/// `pkg/scheduler/backend/cache`.
public struct SchedulerCache: Sendable {
    private struct Placement: Equatable {
        var node: ObjectKey
        var amounts: Amounts
        var deployment: String?
        var isAssumed: Bool
    }

    private var nodes: [ObjectKey: SandboxNode] = [:]
    private var pools: [ObjectKey: ResourcePoolSpec] = [:]
    /// By sandbox uid.
    private var placements: [String: Placement] = [:]
    private var used: [ObjectKey: Amounts] = [:]
    private var replicas: [ObjectKey: [String: Int]] = [:]
    private var nodesByNamespace: [String: Set<String>] = [:]

    public init() {}

    public mutating func set(_ node: SandboxNode) {
        nodes[node.key] = node
        nodesByNamespace[node.metadata.namespace, default: []].insert(node.metadata.name)
    }

    public mutating func remove(_ node: SandboxNode) {
        nodes[node.key] = nil
        nodesByNamespace[node.metadata.namespace]?.remove(node.metadata.name)
    }

    public mutating func set(_ pool: ResourcePool) { pools[pool.key] = pool.spec }
    public mutating func remove(_ pool: ResourcePool) { pools[pool.key] = nil }

    /// Takes in a sandbox as it was observed.
    ///
    /// One that is seen unbound says nothing about a bind that is under way.
    public mutating func observe(_ sandbox: Sandbox) {
        let uid = sandbox.metadata.uid
        if sandbox.isFinished { return release(uid) }
        guard let node = sandbox.nodeKey else { return }
        place(sandbox, on: node, isAssumed: false)
    }

    /// A sandbox that is gone.
    public mutating func remove(_ sandbox: Sandbox) { release(sandbox.metadata.uid) }

    /// Counts on a bind that was just decided.
    public mutating func assume(_ sandbox: Sandbox, on node: String) {
        let key = ObjectKey(namespace: sandbox.metadata.namespace, name: node)
        place(sandbox, on: key, isAssumed: true)
    }

    /// Takes back `assume`, unless the sandbox was seen bound meanwhile.
    public mutating func forget(_ sandbox: Sandbox) {
        guard placements[sandbox.metadata.uid]?.isAssumed == true else { return }
        release(sandbox.metadata.uid)
    }

    /// Whether the sandbox has a place, observed or assumed.
    public func hasPlace(_ sandbox: Sandbox) -> Bool { placements[sandbox.metadata.uid] != nil }

    public func pool(of sandbox: Sandbox) -> ResourcePoolSpec? {
        pools[ObjectKey(namespace: sandbox.metadata.namespace, name: sandbox.spec.pool)]
    }

    /// All nodes of the sandbox's namespace, by name.
    public func candidates(for sandbox: Sandbox) -> [NodeUse] {
        let namespace = sandbox.metadata.namespace
        return (nodesByNamespace[namespace] ?? []).sorted().compactMap { name in
            let key = ObjectKey(namespace: namespace, name: name)
            guard let node = nodes[key] else { return nil }
            let pool = pools[ObjectKey(namespace: namespace, name: node.spec.pool)]
            return NodeUse(
                node: node, allocatable: node.allocatable(pool), used: used[key] ?? Amounts(),
                replicas: replicas[key] ?? [:])
        }
    }

    private mutating func place(_ sandbox: Sandbox, on node: ObjectKey, isAssumed: Bool) {
        let uid = sandbox.metadata.uid
        let new = Placement(
            node: node, amounts: sandbox.amounts, deployment: sandbox.metadata.labels[NestGroup.deploymentLabel],
            isAssumed: isAssumed)
        guard placements[uid] != new else { return }
        release(uid)
        placements[uid] = new
        used[node] = (used[node] ?? Amounts()) + new.amounts
        if let deployment = new.deployment { replicas[node, default: [:]][deployment, default: 0] += 1 }
    }

    private mutating func release(_ uid: String) {
        guard let old = placements.removeValue(forKey: uid) else { return }
        let left = (used[old.node] ?? Amounts()) - old.amounts
        used[old.node] = left.sandboxes == 0 ? nil : left
        guard let deployment = old.deployment else { return }
        replicas[old.node]?[deployment, default: 0] -= 1
        if replicas[old.node]?[deployment] == 0 { replicas[old.node]?[deployment] = nil }
        if replicas[old.node]?.isEmpty == true { replicas[old.node] = nil }
    }
}
