import KubeAPI
import NestAPI

/// How much each plugin's score weighs; a score is from 0 to 100.
///
/// Keeping a deployment's replicas apart comes before packing pods tightly: losing one pod must not lose a function
/// that has several replicas.
enum ScoreWeight {
    static let taintToleration = 4
    static let selectorSpread = 4
    static let topologySpread = 2
    static let nodeAffinity = 2
    static let interSandboxAffinity = 2
    static let packageLocality = 2
    static let mostAllocated = 1
}

/// The scores of the nodes that fit, worked out for all of them at once because most are relative.
///
/// Source: kubernetes `pkg/scheduler/framework/plugins`.
struct Scores {
    private let sandbox: Sandbox
    private let nodes: [NodeInfo]
    private let snapshot: NamespaceSnapshot
    private(set) var totals: [Int]
    /// How many domains were looked at for the wishes of sandboxes about each other.
    private(set) var lookups = 0

    init(_ sandbox: Sandbox, slots: [Int], _ snapshot: NamespaceSnapshot) {
        self.sandbox = sandbox
        self.snapshot = snapshot
        nodes = slots.map { snapshot.nodes[$0] }
        totals = Array(repeating: 0, count: slots.count)
        guard slots.count > 1 else { return }
        add(mostAllocated(), ScoreWeight.mostAllocated)
        add(selectorSpread(slots), ScoreWeight.selectorSpread)
        if let score = packageLocality() { add(score, ScoreWeight.packageLocality) }
        if nodes.contains(where: { !$0.softTaints.isEmpty }) { add(taintToleration(), ScoreWeight.taintToleration) }
        if let wishes = sandbox.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution {
            add(nodeAffinity(wishes), ScoreWeight.nodeAffinity)
        }
        for constraint in sandbox.spec.topologySpreadConstraints where constraint.whenUnsatisfiable == .scheduleAnyway {
            add(topologySpread(constraint, slots), ScoreWeight.topologySpread)
        }
        if let scores = AffinityScores(sandbox, snapshot) {
            lookups = nodes.count * scores.weights.lookups
            add(nodes.map(scores.score).stretched(), ScoreWeight.interSandboxAffinity)
        }
    }

    private mutating func add(_ scores: [Int], _ weight: Int) {
        for index in totals.indices { totals[index] += weight * scores[index] }
    }

    /// The share of the node that is taken once the sandbox is there: the mean over CPU, memory and count.
    private func mostAllocated() -> [Int] {
        let asked = sandbox.amounts
        func share(_ used: Int64, _ all: Int64) -> Double { all > 0 ? min(1, Double(used) / Double(all)) : 0 }
        return nodes.map { node in
            let (after, all) = (node.used + asked, node.allocatable)
            let sum =
                share(after.milliCPU, all.milliCPU) + share(after.memory, all.memory)
                + share(Int64(after.sandboxes), Int64(all.sandboxes))
            return Int(sum / 3 * 100)
        }
    }

    /// Away from replicas of the same deployment: two thirds by zone where there are zones.
    private func selectorSpread(_ slots: [Int]) -> [Int] {
        guard let deployment = sandbox.metadata.labels[NestGroup.deploymentLabel] else { return totals.map { _ in 0 } }
        let counts = counts(LabelSelector(matchLabels: [NestGroup.deploymentLabel: deployment]), slots)
        var byZone: [String: Int] = [:]
        for (node, count) in zip(nodes, counts) {
            if let zone = node.labels[NestGroup.zoneLabel] { byZone[zone, default: 0] += count }
        }
        let (most, mostInZone) = (counts.max() ?? 0, byZone.values.max() ?? 0)
        return zip(nodes, counts).map { node, count in
            let score = most > 0 ? 100 * (most - count) / most : 100
            guard let zone = node.labels[NestGroup.zoneLabel], mostInZone > 0 else { return score }
            return (score + 2 * 100 * (mostInZone - (byZone[zone] ?? 0)) / mostInZone) / 3
        }
    }

    /// The share of the sandbox's archives that are unpacked on the node (`ImageLocality`).
    private func packageLocality() -> [Int]? {
        let digests = [sandbox.spec.package.sha256].compactMap { $0 } + sandbox.spec.layers.map(\.sha256)
        guard !digests.isEmpty else { return nil }
        return nodes.map { node in 100 * digests.count { node.packages.contains($0) } / digests.count }
    }

    private func taintToleration() -> [Int] {
        let counts = nodes.map { node in node.softTaints.count { !sandbox.spec.tolerations.tolerate($0) } }
        guard let most = counts.max(), most > 0 else { return counts }
        return counts.map { 100 - 100 * $0 / most }
    }

    private func nodeAffinity(_ wishes: [NodeAffinity.Preference]) -> [Int] {
        let sums = nodes.map { node in
            wishes.reduce(0) { $0 + ($1.preference.matches(node.labels) ? $1.weight : 0) }
        }
        guard let most = sums.max(), most > 0 else { return sums }
        return sums.map { 100 * $0 / most }
    }

    private func topologySpread(_ constraint: TopologySpreadConstraint, _ slots: [Int]) -> [Int] {
        var byDomain: [String: Int] = [:]
        for (node, count) in zip(nodes, counts(sandbox.selector(of: constraint), slots)) {
            if let domain = node.labels[constraint.topologyKey] { byDomain[domain, default: 0] += count }
        }
        guard let most = byDomain.values.max(), most > 0, let fewest = byDomain.values.min() else {
            return nodes.map { $0.labels[constraint.topologyKey] == nil ? 0 : 100 }
        }
        return nodes.map { node in
            guard let domain = node.labels[constraint.topologyKey] else { return 0 }
            return 100 * (most + fewest - (byDomain[domain] ?? 0)) / most
        }
    }

    private func counts(_ selector: LabelSelector, _ slots: [Int]) -> [Int] {
        var counts = totals.map { _ in 0 }
        for id in snapshot.groups.matching(selector) {
            guard let group = snapshot.groups[id] else { continue }
            for (index, slot) in slots.enumerated() { counts[index] += group.nodes[slot]?.live ?? 0 }
        }
        return counts
    }
}

extension [Int] {
    /// Spread over 0 to 100, the least to the most.
    func stretched() -> [Int] {
        guard let least = self.min(), let most = self.max(), most > least else { return map { _ in 0 } }
        return map { 100 * ($0 - least) / (most - least) }
    }
}

/// What a sandbox's wishes about others, and theirs about it, make of each domain.
struct AffinityScores {
    private(set) var weights = DomainCounts()

    /// nil when nobody has a wish.
    init?(_ sandbox: Sandbox, _ snapshot: NamespaceSnapshot) {
        let affinity = sandbox.spec.affinity
        for (wishes, sign) in [(affinity?.sandboxAffinity, 1), (affinity?.sandboxAntiAffinity, -1)] {
            for wish in wishes?.preferredDuringSchedulingIgnoredDuringExecution ?? [] {
                guard let selector = wish.sandboxAffinityTerm.labelSelector else { continue }
                for id in snapshot.groups.matching(selector) {
                    add(wish.sandboxAffinityTerm, sign * wish.weight, snapshot.groups[id], snapshot)
                }
            }
        }
        let labels = sandbox.metadata.labels
        for group in snapshot.groups.wishful(for: labels) {
            let (near, away) = (group.identity.near, group.identity.away)
            for term in near?.requiredDuringSchedulingIgnoredDuringExecution ?? [] where term.matches(labels) {
                add(term, 1, group, snapshot)
            }
            for (wishes, sign) in [(near, 1), (away, -1)] {
                for wish in wishes?.preferredDuringSchedulingIgnoredDuringExecution ?? []
                where wish.sandboxAffinityTerm.matches(labels) {
                    add(wish.sandboxAffinityTerm, sign * wish.weight, group, snapshot)
                }
            }
        }
        if weights.isEmpty { return nil }
    }

    private mutating func add(
        _ term: SandboxAffinity.Term, _ weight: Int, _ group: SandboxGroups.Group?, _ snapshot: NamespaceSnapshot
    ) {
        for (slot, count) in group?.nodes ?? [:] {
            weights.add(weight * count.all, term, snapshot.nodes[slot])
        }
    }

    func score(_ node: NodeInfo) -> Int {
        weights.counts(at: node.labels).reduce(0, +)
    }
}
