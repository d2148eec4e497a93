import KubeAPI
import NestAPI

/// The sandboxes of a namespace by what they are alike in, so that a selector is compared with each kind once and not
/// with each sandbox.
struct SandboxGroups: Sendable {
    struct Identity: Hashable {
        var labels: [String: String]
        var near: SandboxAffinity?
        var away: SandboxAffinity?

        init(_ sandbox: Sandbox) {
            labels = sandbox.metadata.labels
            near = sandbox.spec.affinity?.sandboxAffinity
            away = sandbox.spec.affinity?.sandboxAntiAffinity
        }
    }

    struct Count: Equatable {
        var all = 0
        var terminating = 0
        var live: Int { all - terminating }
    }

    struct Group {
        var identity: Identity
        /// By the node's slot.
        var nodes: [Int: Count] = [:]
    }

    private struct Label: Hashable {
        var key: String
        var value: String
    }

    private var groups: [Int: Group] = [:]
    private var ids: [Identity: Int] = [:]
    private var byLabel: [Label: Set<Int>] = [:]
    /// Groups that keep others away, and groups with any other wish about others.
    private var repellent: Set<Int> = []
    private var wishful: Set<Int> = []
    private var nextID = 0

    subscript(id: Int) -> Group? { groups[id] }

    /// Counts a sandbox in.
    /// - Returns: its group.
    mutating func add(_ sandbox: Sandbox, on slot: Int) -> Int {
        let identity = Identity(sandbox)
        let id = ids[identity] ?? make(identity)
        groups[id]?.nodes[slot, default: Count()].all += 1
        if sandbox.isTerminating { groups[id]?.nodes[slot, default: Count()].terminating += 1 }
        return id
    }

    mutating func remove(_ placed: Placed, from slot: Int) {
        guard var count = groups[placed.group]?.nodes[slot] else { return }
        count.all -= 1
        if placed.isTerminating { count.terminating -= 1 }
        groups[placed.group]?.nodes[slot] = count.all == 0 ? nil : count
        if groups[placed.group]?.nodes.isEmpty == true { drop(placed.group) }
    }

    /// The groups that a selector matches.
    func matching(_ selector: LabelSelector) -> [Int] {
        var fewest: Set<Int>?
        for (key, value) in selector.matchLabels {
            let found = byLabel[Label(key: key, value: value)] ?? []
            if found.count < fewest?.count ?? .max { fewest = found }
        }
        let candidates = fewest.map(Array.init) ?? Array(groups.keys)
        return candidates.filter { groups[$0].map { selector.matches($0.identity.labels) } ?? false }
    }

    /// Groups with required anti-affinity.
    var repellentGroups: some Sequence<Group> { repellent.lazy.compactMap { groups[$0] } }
    /// Groups with preferred terms, or required affinity.
    var wishfulGroups: some Sequence<Group> { wishful.lazy.compactMap { groups[$0] } }

    private mutating func make(_ identity: Identity) -> Int {
        nextID += 1
        groups[nextID] = Group(identity: identity)
        ids[identity] = nextID
        for (key, value) in identity.labels { byLabel[Label(key: key, value: value), default: []].insert(nextID) }
        if identity.away?.requiredDuringSchedulingIgnoredDuringExecution?.isEmpty == false { repellent.insert(nextID) }
        if identity.near != nil || identity.away?.preferredDuringSchedulingIgnoredDuringExecution != nil {
            wishful.insert(nextID)
        }
        return nextID
    }

    private mutating func drop(_ id: Int) {
        guard let group = groups.removeValue(forKey: id) else { return }
        ids[group.identity] = nil
        for (key, value) in group.identity.labels {
            let label = Label(key: key, value: value)
            byLabel[label]?.remove(id)
            if byLabel[label]?.isEmpty == true { byLabel[label] = nil }
        }
        repellent.remove(id)
        wishful.remove(id)
    }
}
