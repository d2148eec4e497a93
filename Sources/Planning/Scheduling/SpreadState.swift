import KubeAPI
import NestAPI

/// One topology spread constraint of a sandbox, with what its domains hold.
///
/// Source: kubernetes `pkg/scheduler/framework/plugins/podtopologyspread`.
struct SpreadState: Sendable {
    let constraint: TopologySpreadConstraint
    let selector: LabelSelector
    /// 1 when the sandbox is one of those that are counted.
    private let own: Int
    private var counts: [String: Int] = [:]
    /// How many domains hold so many, and the fewest that any holds: kept, so that no node has to look at all domains.
    private var domains: [Int: Int] = [:]
    private var least = 0

    /// Counts over the nodes of the sandbox's pool that have every key of its hard constraints.
    init(
        _ constraint: TopologySpreadConstraint, of sandbox: Sandbox, keys: [String], pool: NamespaceSnapshot.Pool,
        _ snapshot: NamespaceSnapshot
    ) {
        self.constraint = constraint
        selector = sandbox.selector(of: constraint)
        own = selector.matches(sandbox.metadata.labels) ? 1 : 0
        var places: [Int: String] = [:]
        for slot in pool.members {
            let node = snapshot.nodes[slot]
            guard keys.allSatisfy({ node.labels[$0] != nil }), let domain = node.labels[constraint.topologyKey],
                counts(node, for: sandbox)
            else { continue }
            places[slot] = domain
            counts[domain, default: 0] += 0
        }
        for id in snapshot.groups.matching(selector) {
            for (slot, count) in snapshot.groups[id]?.nodes ?? [:] {
                if let domain = places[slot] { counts[domain, default: 0] += count.live }
            }
        }
        for count in counts.values { domains[count, default: 0] += 1 }
        least = domains.keys.min() ?? 0
    }

    private func counts(_ node: NodeInfo, for sandbox: Sandbox) -> Bool {
        if constraint.nodeAffinityPolicy != .ignore, !sandbox.spec.template.accepts(labels: node.labels) {
            return false
        }
        if constraint.nodeTaintsPolicy == .honor {
            return node.hardTaints.allSatisfy { sandbox.spec.tolerations.tolerate($0) }
        }
        return true
    }

    func rejection(on node: NodeInfo) -> Rejection? {
        guard let domain = node.labels[constraint.topologyKey] else { return .spreadLabel }
        let skew = (counts[domain] ?? 0) + own - fewest
        return skew > max(1, constraint.maxSkew) ? .spread : nil
    }

    private var fewest: Int { counts.count < constraint.minDomains ?? 1 ? 0 : least }

    /// Takes in that a sandbox comes to the node, or leaves it.
    mutating func change(_ labels: [String: String], _ placed: Placed, on node: NodeInfo, by delta: Int) {
        guard !placed.isTerminating, selector.matches(labels), let domain = node.labels[constraint.topologyKey],
            let before = counts[domain]
        else { return }
        let after = before + delta
        counts[domain] = after
        domains[after, default: 0] += 1
        let left = (domains[before] ?? 0) - 1
        domains[before] = left > 0 ? left : nil
        // One that had the fewest has `delta` more now, at most.
        least = min(least, after)
        while domains[least] == nil { least += 1 }
    }
}

extension Sandbox {
    /// Which sandboxes a constraint counts; those of the sandbox's own deployment where it does not say.
    func selector(of constraint: TopologySpreadConstraint) -> LabelSelector {
        constraint.selector(of: metadata.labels)
    }
}

extension TopologySpreadConstraint {
    /// Which sandboxes count for one with these labels.
    func selector(of labels: [String: String]) -> LabelSelector {
        var selector =
            labelSelector
            ?? LabelSelector(
                matchLabels: labels[NestGroup.deploymentLabel].map { [NestGroup.deploymentLabel: $0] } ?? labels)
        for key in matchLabelKeys {
            guard let value = labels[key] else { continue }
            selector.matchExpressions.append(.init(key: key, operator: .in, values: [value]))
        }
        return selector
    }
}

extension SandboxTemplateSpec {
    /// Whether `nodeSelector` and required node affinity accept a node.
    func accepts(labels: [String: String]) -> Bool {
        guard nodeSelector.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        guard let required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution else { return true }
        return required.nodeSelectorTerms.contains { $0.matches(labels) }
    }
}
