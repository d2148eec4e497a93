import KubeAPI
import NestAPI

/// One value of one label of nodes: all nodes that have it are near each other.
struct Domain: Hashable, Sendable {
    var key: String
    var value: String
}

/// What a sandbox's affinity, and the anti-affinity of those that are there, make of each domain.
///
/// Source: kubernetes `pkg/scheduler/framework/plugins/interpodaffinity`.
struct AffinityState: Sendable {
    private let near: [SandboxAffinity.Term]
    private let away: [SandboxAffinity.Term]
    private let labels: [String: String]
    /// Sandboxes that match all of `near`.
    private var nearCounts: [Domain: Int] = [:]
    private var awayCounts: [Domain: Int] = [:]
    /// Sandboxes there that want to be away from such as this one.
    private var unwelcome: [Domain: Int] = [:]

    /// nil when nobody has a wish that could matter.
    init?(_ sandbox: Sandbox, _ snapshot: NamespaceSnapshot) {
        near = sandbox.spec.affinity?.sandboxAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
        away = sandbox.antiAffinityTerms
        labels = sandbox.metadata.labels
        if let first = near.first?.labelSelector {
            for id in snapshot.groups.matching(first) { take(snapshot.groups[id], snapshot) }
        }
        for term in away {
            for id in term.labelSelector.map(snapshot.groups.matching) ?? [] {
                for (domain, count) in Self.counts(term, snapshot.groups[id], snapshot) {
                    awayCounts[domain, default: 0] += count
                }
            }
        }
        for group in snapshot.groups.repellentGroups { avoid(group, snapshot) }
        for (nominee, node) in snapshot.nominees(from: sandbox.spec.priority) where nominee.uid != sandbox.metadata.uid
        {
            meet(nominee, node)
        }
        if near.isEmpty, away.isEmpty, unwelcome.isEmpty { return nil }
    }

    private mutating func take(_ group: SandboxGroups.Group?, _ snapshot: NamespaceSnapshot) {
        guard let group, near.allSatisfy({ $0.matches(group.identity.labels) }) else { return }
        for term in near {
            for (domain, count) in Self.counts(term, group, snapshot) { nearCounts[domain, default: 0] += count }
        }
    }

    private mutating func avoid(_ group: SandboxGroups.Group, _ snapshot: NamespaceSnapshot) {
        for term in group.identity.away?.requiredDuringSchedulingIgnoredDuringExecution ?? []
        where term.matches(labels) {
            for (domain, count) in Self.counts(term, group, snapshot) { unwelcome[domain, default: 0] += count }
        }
    }

    /// A sandbox for which room is kept counts as if it were there.
    private mutating func meet(_ nominee: Nominee, _ node: NodeInfo) {
        for term in nominee.avoids where term.matches(labels) {
            if let value = node.labels[term.topologyKey] {
                unwelcome[Domain(key: term.topologyKey, value: value), default: 0] += 1
            }
        }
        for term in away where term.matches(nominee.labels) {
            if let value = node.labels[term.topologyKey] {
                awayCounts[Domain(key: term.topologyKey, value: value), default: 0] += 1
            }
        }
    }

    /// The sandboxes of a group on each node, as the term's domain of that node.
    private static func counts(
        _ term: SandboxAffinity.Term, _ group: SandboxGroups.Group?, _ snapshot: NamespaceSnapshot
    ) -> [(Domain, Int)] {
        (group?.nodes ?? [:]).compactMap { slot, count in
            snapshot.nodes[slot].labels[term.topologyKey].map {
                (Domain(key: term.topologyKey, value: $0), count.all)
            }
        }
    }

    func rejection(on node: NodeInfo) -> Rejection? {
        if !near.isEmpty, !isNear(node) { return .affinity }
        func holds(_ counts: [Domain: Int]) -> Bool {
            counts.allSatisfy { $0.value <= 0 || node.labels[$0.key.key] != $0.key.value }
        }
        let isAway = away.allSatisfy { term in
            node.labels[term.topologyKey].map { awayCounts[Domain(key: term.topologyKey, value: $0)] ?? 0 <= 0 } ?? true
        }
        if !isAway { return .antiAffinity }
        return holds(unwelcome) ? nil : .existingAntiAffinity
    }

    private func isNear(_ node: NodeInfo) -> Bool {
        var found = true
        for term in near {
            guard let value = node.labels[term.topologyKey] else { return false }
            if nearCounts[Domain(key: term.topologyKey, value: value)] ?? 0 <= 0 { found = false }
        }
        // The first of a group that wants to be together may go anywhere.
        return found || (nearCounts.values.allSatisfy { $0 <= 0 } && near.allSatisfy { $0.matches(labels) })
    }

    /// Takes in that a sandbox comes to the node, or leaves it.
    mutating func change(_ other: SandboxGroups.Identity, on node: NodeInfo, by delta: Int) {
        func domain(_ term: SandboxAffinity.Term) -> Domain? {
            node.labels[term.topologyKey].map { Domain(key: term.topologyKey, value: $0) }
        }
        if !near.isEmpty, near.allSatisfy({ $0.matches(other.labels) }) {
            for domain in near.compactMap(domain) { nearCounts[domain, default: 0] += delta }
        }
        for term in away where term.matches(other.labels) {
            if let domain = domain(term) { awayCounts[domain, default: 0] += delta }
        }
        for term in other.away?.requiredDuringSchedulingIgnoredDuringExecution ?? [] where term.matches(labels) {
            if let domain = domain(term) { unwelcome[domain, default: 0] += delta }
        }
    }
}
