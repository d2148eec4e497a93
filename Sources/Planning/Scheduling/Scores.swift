import KubeAPI
import NestAPI

/// How much each wish weighs.
///
/// Spreading a deployment's replicas comes before packing pods tightly: losing one pod must not lose a function that
/// has several replicas.
enum ScoreWeight {
    static let spread = 4.0
    static let topology = 2.0
    static let package = 2.0
    static let packing = 1.0
    static let taint = 4.0
}

/// How well each of the nodes that fit suits the sandbox; more is better, and each wish counts from 0 to 1.
func scores(_ sandbox: Sandbox, _ fitting: [NodeUse]) -> [Double] {
    let deployment = sandbox.metadata.labels[NestGroup.deploymentLabel]
    let own = fitting.map { use in deployment.flatMap { use.replicas[$0] } ?? 0 }
    let mostOwn = own.max() ?? 0
    let spread = sandbox.spec.topologySpreadConstraints.map {
        ($0.topologyKey, domainCounts(sandbox, $0.topologyKey, fitting))
    }
    return zip(fitting, own).map { use, replicas in
        var score = ScoreWeight.packing * allocation(use, adding: sandbox.amounts)
        if mostOwn > 0 { score += ScoreWeight.spread * (1 - Double(replicas) / Double(mostOwn)) }
        score += ScoreWeight.package * packageShare(sandbox, on: use.node)
        for (key, counts) in spread {
            guard let most = counts.values.max(), most > 0, let domain = use.node.metadata.labels[key] else { continue }
            score += ScoreWeight.topology * (1 - Double(counts[domain] ?? 0) / Double(most))
        }
        if use.node.spec.taints.contains(where: { $0.effect == .preferNoSchedule }) { score -= ScoreWeight.taint }
        return score
    }
}

/// The share of the node that is taken once the sandbox is there: the mean over CPU, memory and count
/// (`NodeResourcesFit`, `MostAllocated`).
private func allocation(_ use: NodeUse, adding asked: Amounts) -> Double {
    let after = use.used + asked
    func share(_ used: Int64, _ all: Int64) -> Double { all > 0 ? min(1, Double(used) / Double(all)) : 0 }
    return
        (share(after.milliCPU, use.allocatable.milliCPU) + share(after.memory, use.allocatable.memory)
        + share(Int64(after.sandboxes), Int64(use.allocatable.sandboxes))) / 3
}

/// The share of the sandbox's archives that are unpacked on the node (`ImageLocality`).
private func packageShare(_ sandbox: Sandbox, on node: SandboxNode) -> Double {
    let digests = [sandbox.spec.package.sha256].compactMap { $0 } + sandbox.spec.layers.map(\.sha256)
    guard !digests.isEmpty else { return 0 }
    return Double(digests.count { node.status.packages.contains($0) }) / Double(digests.count)
}
