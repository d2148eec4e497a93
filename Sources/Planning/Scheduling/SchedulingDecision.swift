import KubeAPI
import NestAPI

/// Where a sandbox goes, or why it cannot go anywhere.
public enum SchedulingDecision: Sendable, Equatable {
    case bind(node: String)
    /// The message of the condition, such as `0/2 pods fit: 1 not ready, 1 too many sandboxes.`
    case unschedulable(message: String)
}

/// Chooses a node for one sandbox: filters, then scores; equals go to the first by name.
/// - Parameters:
///   - sandbox: not bound yet.
///   - cache: all nodes, with what they hold.
/// - Returns: a decision that holds for this state of the cache.
public func schedule(_ sandbox: Sandbox, in cache: SchedulerCache) -> SchedulingDecision {
    guard cache.pool(of: sandbox) != nil else {
        return .unschedulable(
            message: "There is no ResourcePool \"\(sandbox.spec.pool)\" in namespace "
                + "\"\(sandbox.metadata.namespace)\": create it, or name another in spec.pool.")
    }
    return schedule(sandbox, on: cache.candidates(for: sandbox))
}

/// As above, for given nodes in the order of their names.
public func schedule(_ sandbox: Sandbox, on nodes: [NodeUse]) -> SchedulingDecision {
    var misfits: [Misfit: Int] = [:]
    let eligible = nodes.filter { use in
        guard let misfit = misfit(sandbox, on: use) else { return true }
        misfits[misfit, default: 0] += 1
        return false
    }
    let fitting = eligible.filter { use in
        guard let misfit = topologyMisfit(sandbox, on: use, among: eligible) else { return true }
        misfits[misfit, default: 0] += 1
        return false
    }
    var best: (index: Int, score: Double)?
    for (index, score) in scores(sandbox, fitting).enumerated() where score > (best?.score ?? -.infinity) {
        best = (index, score)
    }
    if let best { return .bind(node: fitting[best.index].node.metadata.name) }
    return .unschedulable(message: refusal(misfits, of: nodes.count, pool: sandbox.spec.pool))
}

private func refusal(_ misfits: [Misfit: Int], of total: Int, pool: String) -> String {
    guard total > 0 else { return "0/0 pods fit: pool \"\(pool)\" has no pod yet." }
    let reasons = misfits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.words)" }
    return "0/\(total) pods fit: \(reasons.joined(separator: ", "))."
}

/// How a sandbox is bound: the one write that gives it its node and the finalizer that the sidecar takes away.
/// - Parameters:
///   - sandbox: as it was when the node was chosen; if it has changed since, the patch fails.
///   - node: the name of the SandboxNode.
/// - Returns: the operations of an RFC 6902 patch.
public func bindingPatch(_ sandbox: Sandbox, to node: String) -> [JSONValue] {
    let finalizers = sandbox.finalizersWithoutSidecar + [NestGroup.sidecarFinalizer]
    return [
        [
            "op": "test", "path": "/metadata/resourceVersion",
            "value": .string(sandbox.metadata.resourceVersion ?? ""),
        ],
        ["op": "add", "path": "/metadata/finalizers", "value": .array(finalizers.map(JSONValue.string))],
        ["op": "add", "path": "/spec/nodeName", "value": .string(node)],
    ]
}

extension SandboxStatus {
    /// With the condition that says where the scheduler got to; nil when it says so already.
    public func scheduled(_ isBound: Bool, message: String, generation: Int64, now: Timestamp) -> SandboxStatus? {
        var next = self
        next.conditions.set(
            Condition(
                type: SandboxCondition.scheduled, status: isBound ? .yes : .no,
                reason: isBound ? "Scheduled" : "Unschedulable", message: message, observedGeneration: generation,
                lastTransitionTime: now))
        // What `kubectl get` shows while the sandbox waits; the sidecar has its own to say afterwards.
        if !isBound {
            (next.reason, next.message) = ("Unschedulable", message)
        } else if next.reason == "Unschedulable" {
            (next.reason, next.message) = (nil, nil)
        }
        return next == self ? nil : next
    }
}
