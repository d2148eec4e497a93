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

        /// Whom it keeps away.
        var repellentTerms: [SandboxAffinity.Term] { away?.requiredDuringSchedulingIgnoredDuringExecution ?? [] }

        /// Its other wishes: nobody has to heed them.
        var wishfulTerms: [SandboxAffinity.Term] {
            (near?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
                + [near, away].flatMap {
                    ($0?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(\.sandboxAffinityTerm)
                }
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

    private var groups: [Int: Group] = [:]
    private var ids: [Identity: Int] = [:]
    private var byLabel: [Label: Set<Int>] = [:]
    /// Groups that keep others away, and groups with any other wish about others.
    private var repellent = SelectorIndex()
    private var wishful = SelectorIndex()
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

    mutating func remove(_ id: Int, isTerminating: Bool, from slot: Int) {
        guard var count = groups[id]?.nodes[slot] else { return }
        count.all -= 1
        if isTerminating { count.terminating -= 1 }
        groups[id]?.nodes[slot] = count.all == 0 ? nil : count
        if groups[id]?.nodes.isEmpty == true { drop(id) }
    }

    var isEmpty: Bool { groups.isEmpty }

    /// The groups that a selector matches.
    func matching(_ selector: LabelSelector) -> [Int] {
        // Of all that it asks for, what fewest have.
        let fewest = selector.asked.min { size($0) < size($1) }
        let candidates = fewest.map { Array(Set($0.lazy.compactMap { byLabel[$0] }.joined())) } ?? Array(groups.keys)
        return candidates.filter { groups[$0].map { selector.matches($0.identity.labels) } ?? false }
    }

    private func size(_ labels: [Label]) -> Int { labels.reduce(0) { $0 + (byLabel[$1]?.count ?? 0) } }

    /// Groups that may keep a sandbox with such labels away.
    func repellent(of labels: [String: String]) -> Set<Int> { repellent.candidates(labels) }
    /// Groups that may wish for, or against, a sandbox with such labels.
    func wishful(for labels: [String: String]) -> some Sequence<Group> {
        wishful.candidates(labels).lazy.compactMap { groups[$0] }
    }

    private mutating func make(_ identity: Identity) -> Int {
        nextID += 1
        groups[nextID] = Group(identity: identity)
        ids[identity] = nextID
        for (key, value) in identity.labels { byLabel[Label(key: key, value: value), default: []].insert(nextID) }
        // A term without a selector matches nothing.
        repellent.insert(nextID, identity.repellentTerms.compactMap(\.labelSelector))
        wishful.insert(nextID, identity.wishfulTerms.compactMap(\.labelSelector))
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
        repellent.remove(id, group.identity.repellentTerms.compactMap(\.labelSelector))
        wishful.remove(id, group.identity.wishfulTerms.compactMap(\.labelSelector))
    }
}
