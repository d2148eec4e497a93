import KubeAPI
import NestAPI

/// What the scheduler knows of one namespace, kept up to date change by change.
///
/// A node keeps its slot while it, or a sandbox that is bound to it, is known.
struct NamespaceSnapshot: Sendable {
    struct Pool: Sendable {
        var spec: ResourcePoolSpec?
        /// Slots of its nodes, in the order of the nodes' names.
        var members: [Int] = []
        /// Where the next search begins, so that large pools are not always searched from their first node.
        var start = 0
    }

    private(set) var nodes: [NodeInfo] = []
    private(set) var pools: [String: Pool] = [:]
    private(set) var groups = SandboxGroups()
    private var slots: [String: Int] = [:]
    private var unused: [Int] = []
    /// uid → slot.
    private var places: [String: Int] = [:]
    private var nominations: [String: Int] = [:]
    /// Those for whom room is kept, by their priority.
    private(set) var nominated: [Int: SandboxGroups] = [:]

    var nodeCount: Int { pools.values.reduce(0) { $0 + $1.members.count } }
    var isEmpty: Bool { slots.isEmpty && pools.isEmpty }

    func node(_ name: String) -> NodeInfo? { slots[name].map { nodes[$0] } }
    func hasPlace(_ uid: String) -> Bool { places[uid] != nil }

    func placed(_ uid: String) -> Placed? { places[uid].flatMap { nodes[$0].sandboxes[uid] } }

    // MARK: Nodes and pools

    mutating func set(_ node: SandboxNode) {
        let slot = slot(of: node.metadata.name)
        if let old = nodes[slot].node, old.spec.pool != node.spec.pool { leave(old.spec.pool, slot) }
        let isNew = nodes[slot].node?.spec.pool != node.spec.pool
        nodes[slot].set(node, pool: pools[node.spec.pool]?.spec)
        if isNew { join(node.spec.pool, slot) }
    }

    mutating func remove(node name: String) {
        guard let slot = slots[name], let pool = nodes[slot].node?.spec.pool else { return }
        leave(pool, slot)
        nodes[slot].set(nil, pool: nil)
        free(slot)
    }

    mutating func set(_ pool: ResourcePool) { set(pool.metadata.name, pool.spec) }

    mutating func remove(pool name: String) { set(name, nil) }

    private mutating func set(_ pool: String, _ spec: ResourcePoolSpec?) {
        pools[pool, default: Pool()].spec = spec
        for slot in pools[pool]?.members ?? [] { nodes[slot].set(nodes[slot].node, pool: spec) }
        dropIfEmpty(pool)
    }

    private mutating func join(_ pool: String, _ slot: Int) {
        let name = nodes[slot].name
        var members = pools[pool]?.members ?? []
        members.insert(slot, at: members.firstIndex { nodes[$0].name > name } ?? members.count)
        pools[pool, default: Pool()].members = members
    }

    private mutating func leave(_ pool: String, _ slot: Int) {
        pools[pool]?.members.removeAll { $0 == slot }
        dropIfEmpty(pool)
    }

    private mutating func dropIfEmpty(_ pool: String) {
        if let found = pools[pool], found.spec == nil, found.members.isEmpty { pools[pool] = nil }
    }

    mutating func advance(_ pool: String, by count: Int) {
        guard let found = pools[pool], !found.members.isEmpty else { return }
        pools[pool]?.start = (found.start + count) % found.members.count
    }

    private mutating func slot(of name: String) -> Int {
        if let slot = slots[name] { return slot }
        let slot = unused.popLast() ?? nodes.count
        if slot == nodes.count { nodes.append(NodeInfo(name)) } else { nodes[slot] = NodeInfo(name) }
        slots[name] = slot
        return slot
    }

    /// Gives a slot back of which nothing is known any more.
    private mutating func free(_ slot: Int) {
        let info = nodes[slot]
        guard info.node == nil, info.sandboxes.isEmpty, info.nominees.isEmpty else { return }
        slots[info.name] = nil
        unused.append(slot)
    }

    // MARK: Sandboxes

    /// Counts a sandbox on a node; what was known of it before is forgotten.
    mutating func place(_ sandbox: Sandbox, on node: String, isAssumed: Bool) {
        let uid = sandbox.metadata.uid
        release(uid)
        let slot = slot(of: node)
        let group = groups.add(sandbox, on: slot)
        nodes[slot].add(
            Placed(
                uid: uid, name: sandbox.metadata.name, priority: sandbox.spec.priority, amounts: sandbox.amounts,
                group: group, createdAt: sandbox.metadata.creationTimestamp, isTerminating: sandbox.isTerminating,
                isAssumed: isAssumed))
        places[uid] = slot
        withdraw(uid)
    }

    /// - Returns: the node that has more room now.
    @discardableResult
    mutating func release(_ uid: String) -> NodeInfo? {
        guard let slot = places.removeValue(forKey: uid), let placed = nodes[slot].sandboxes[uid] else { return nil }
        nodes[slot].remove(placed)
        groups.remove(placed.group, isTerminating: placed.isTerminating, from: slot)
        let info = nodes[slot]
        free(slot)
        return info
    }

    // MARK: Nominations

    func nomination(of uid: String) -> Int? { nominations[uid] }

    func nominee(_ uid: String) -> (nominee: Nominee, slot: Int)? {
        nominations[uid].flatMap { slot in nodes[slot].nominees[uid].map { ($0, slot) } }
    }

    /// Keeps room for a sandbox that is not bound yet.
    mutating func nominate(_ sandbox: Sandbox, on node: String) {
        let uid = sandbox.metadata.uid
        withdraw(uid)
        let slot = slot(of: node)
        nominations[uid] = slot
        let priority = sandbox.spec.priority
        let group = nominated[priority, default: SandboxGroups()].add(sandbox, on: slot)
        nodes[slot].add(
            Nominee(
                uid: uid, priority: priority, amounts: sandbox.amounts, group: group,
                isTerminating: sandbox.isTerminating))
    }

    /// - Returns: the node that has more room now.
    @discardableResult
    mutating func withdraw(_ uid: String) -> NodeInfo? {
        guard let slot = nominations.removeValue(forKey: uid), let nominee = nodes[slot].nominees[uid] else {
            return nil
        }
        nodes[slot].remove(nominee)
        let priority = nominee.priority
        nominated[priority]?.remove(nominee.group, isTerminating: nominee.isTerminating, from: slot)
        if nominated[priority]?.isEmpty == true { nominated[priority] = nil }
        let info = nodes[slot]
        free(slot)
        return info
    }
}

extension Sandbox {
    /// The anti-affinity that must hold.
    var antiAffinityTerms: [SandboxAffinity.Term] {
        spec.affinity?.sandboxAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    }
}
