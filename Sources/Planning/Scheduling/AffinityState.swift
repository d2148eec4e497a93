import KubeAPI
import NestAPI

/// What a sandbox's affinity, and the anti-affinity of those that are there, make of each domain.
///
/// Source: kubernetes `pkg/scheduler/framework/plugins/interpodaffinity`.
struct AffinityState: Sendable {
    private let near: [SandboxAffinity.Term]
    private let away: [SandboxAffinity.Term]
    private let labels: [String: String]
    /// Sandboxes that match all of `near`.
    private var nearCounts = DomainCounts()
    private var awayCounts = DomainCounts()
    /// Sandboxes there that want to be away from such as this one.
    private var unwelcome = DomainCounts()

    /// nil when nobody has a wish that could matter.
    init?(_ sandbox: Sandbox, _ snapshot: NamespaceSnapshot) {
        near = sandbox.spec.affinity?.sandboxAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
        away = sandbox.antiAffinityTerms
        labels = sandbox.metadata.labels
        if let first = near.first?.labelSelector {
            for id in snapshot.groups.matching(first) { take(snapshot.groups[id], snapshot) }
        }
        avoid(snapshot.groups, snapshot)
        // Those for whom room is kept count as if they were there; what is kept for this one does not.
        let own = snapshot.nominee(sandbox.metadata.uid)
        for (priority, nominated) in snapshot.nominated where priority >= sandbox.spec.priority {
            avoid(nominated, snapshot, except: own?.nominee.priority == priority ? own : nil)
        }
        if near.isEmpty, away.isEmpty, unwelcome.isEmpty { return nil }
    }

    private mutating func take(_ group: SandboxGroups.Group?, _ snapshot: NamespaceSnapshot) {
        guard let group, near.allSatisfy({ $0.matches(group.identity.labels) }) else { return }
        for term in near {
            for (slot, count) in group.nodes { nearCounts.add(count.all, term, snapshot.nodes[slot]) }
        }
    }

    /// Counts those whom this one avoids, and those who avoid it.
    private mutating func avoid(
        _ groups: SandboxGroups, _ snapshot: NamespaceSnapshot, except own: (nominee: Nominee, slot: Int)? = nil
    ) {
        func each(_ id: Int, _ body: (Int, NodeInfo) -> Void) {
            for (slot, count) in groups[id]?.nodes ?? [:] {
                let isOwn = own?.nominee.group == id && own?.slot == slot
                let others = count.all - (isOwn ? 1 : 0)
                if others > 0 { body(others, snapshot.nodes[slot]) }
            }
        }
        for term in away {
            for id in term.labelSelector.map(groups.matching) ?? [] {
                each(id) { awayCounts.add($0, term, $1) }
            }
        }
        for id in groups.repellent(of: labels) {
            for term in groups[id]?.identity.repellentTerms ?? [] where term.matches(labels) {
                each(id) { unwelcome.add($0, term, $1) }
            }
        }
    }

    /// How many domains are looked at for one node.
    var lookups: Int { near.count + away.count + unwelcome.lookups }

    func rejection(on node: NodeInfo) -> Rejection? {
        if !near.isEmpty, !isNear(node) { return .affinity }
        let isAway = away.allSatisfy { term in
            node.labels[term.topologyKey].map { awayCounts[term.topologyKey, $0] <= 0 } ?? true
        }
        if !isAway { return .antiAffinity }
        return unwelcome.counts(at: node.labels).allSatisfy { $0 <= 0 } ? nil : .existingAntiAffinity
    }

    private func isNear(_ node: NodeInfo) -> Bool {
        var found = true
        for term in near {
            guard let value = node.labels[term.topologyKey] else { return false }
            if nearCounts[term.topologyKey, value] <= 0 { found = false }
        }
        // The first of a group that wants to be together may go anywhere.
        return found || (nearCounts.total <= 0 && near.allSatisfy { $0.matches(labels) })
    }

    /// Takes in that a sandbox comes to the node, or leaves it.
    mutating func change(_ other: SandboxGroups.Identity, on node: NodeInfo, by delta: Int) {
        if !near.isEmpty, near.allSatisfy({ $0.matches(other.labels) }) {
            for term in near { nearCounts.add(delta, term, node) }
        }
        for term in away where term.matches(other.labels) { awayCounts.add(delta, term, node) }
        for term in other.repellentTerms where term.matches(labels) { unwelcome.add(delta, term, node) }
    }
}

extension DomainCounts {
    /// Counts in the domain that a term puts a node in; a node without the label is in none.
    mutating func add(_ count: Int, _ term: SandboxAffinity.Term, _ node: NodeInfo) {
        if let value = node.labels[term.topologyKey] { add(count, to: term.topologyKey, value) }
    }
}
