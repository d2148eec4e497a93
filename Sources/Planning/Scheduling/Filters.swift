import KubeAPI
import NestAPI

/// Why a node cannot take a sandbox, in the words of the sandbox's condition.
public enum Misfit: Sendable, Hashable, Comparable {
    case otherPool
    case notReady
    case unschedulable
    case taint(String)
    case noRuntime(String)
    case tooManySandboxes
    case cpu
    case memory
    case topology(String)

    var words: String {
        switch self {
        case .otherPool: "of another pool"
        case .notReady: "not ready"
        case .unschedulable: "unschedulable"
        case .taint(let taint): "tainted \(taint)"
        case .noRuntime(let runtime): "without runtime \"\(runtime)\""
        case .tooManySandboxes: "too many sandboxes"
        case .cpu: "too little cpu"
        case .memory: "too little memory"
        case .topology(let key): "would break the spread over \(key)"
        }
    }
}

/// The first reason against putting `sandbox` on the node; nil when it fits.
///
/// Source: kubernetes `pkg/scheduler/framework/plugins`: nodeunschedulable, tainttoleration, noderesources (Fit).
func misfit(_ sandbox: Sandbox, on use: NodeUse) -> Misfit? {
    let node = use.node
    if node.spec.pool != sandbox.spec.pool { return .otherPool }
    if !node.isReady || node.metadata.deletionTimestamp != nil { return .notReady }
    if node.spec.unschedulable { return .unschedulable }
    if let taint = node.spec.taints.first(where: { $0.effect != .preferNoSchedule }) {
        return .taint(taint.value.map { "\(taint.key)=\($0)" } ?? taint.key)
    }
    if !node.status.runtimes.contains(where: { $0.name == sandbox.spec.runtime }) {
        return .noRuntime(sandbox.spec.runtime)
    }
    let (asked, free) = (sandbox.amounts, use.allocatable - use.used)
    if free.sandboxes < 1 { return .tooManySandboxes }
    // Who asks for nothing fits even where requests add up to more than there is.
    if asked.milliCPU > 0, asked.milliCPU > free.milliCPU { return .cpu }
    if asked.memory > 0, asked.memory > free.memory { return .memory }
    return nil
}

/// Whether one more replica on `use` keeps every strict spread constraint.
///
/// Source: kubernetes `podtopologyspread`.
/// - Parameters:
///   - sandbox: the one to place.
///   - use: where.
///   - eligible: the nodes that fit otherwise; their values of a topology key are its domains.
/// - Returns: the first constraint that would break; nil when none would.
func topologyMisfit(_ sandbox: Sandbox, on use: NodeUse, among eligible: [NodeUse]) -> Misfit? {
    for constraint in sandbox.spec.topologySpreadConstraints where constraint.whenUnsatisfiable == .doNotSchedule {
        let counts = domainCounts(sandbox, constraint.topologyKey, eligible)
        guard let domain = use.node.metadata.labels[constraint.topologyKey], let here = counts[domain] else {
            return .topology(constraint.topologyKey)
        }
        if here + 1 - (counts.values.min() ?? 0) > max(1, constraint.maxSkew) {
            return .topology(constraint.topologyKey)
        }
    }
    return nil
}

/// Replicas of the sandbox's deployment in each domain of a topology.
func domainCounts(_ sandbox: Sandbox, _ topologyKey: String, _ nodes: [NodeUse]) -> [String: Int] {
    let deployment = sandbox.metadata.labels[NestGroup.deploymentLabel]
    var counts: [String: Int] = [:]
    for use in nodes {
        guard let domain = use.node.metadata.labels[topologyKey] else { continue }
        counts[domain, default: 0] += deployment.flatMap { use.replicas[$0] } ?? 0
    }
    return counts
}
