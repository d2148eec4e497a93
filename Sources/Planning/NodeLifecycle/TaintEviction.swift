import KubeAPI
import NestAPI

/// Everything that a decision about the evictions from one node looks at.
public struct EvictionObserved: Sendable, Equatable {
    /// nil: it is gone.
    public var node: SandboxNode?
    /// Those that are bound to it.
    public var sandboxes: [Sandbox]
    /// Since when each sandbox (by uid) has met each taint, by the observer's own clock: the plan's own last answer.
    public var since: [String: [Taint: Duration]]

    public init(node: SandboxNode?, sandboxes: [Sandbox], since: [String: [Taint: Duration]] = [:]) {
        self.node = node
        self.sandboxes = sandboxes
        self.since = since
    }
}

/// Who has to leave a node.
public struct EvictionPlan: Sendable, Equatable {
    public var evict: [Sandbox] = []
    /// Would have had to leave, but its taint is gone.
    public var cancelled: [Sandbox] = []
    /// Whether nobody can tell what becomes of those that are evicted.
    public var isLost = false
    /// To be given back in the next round.
    public var since: [String: [Taint: Duration]] = [:]
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?

    public init() {}
}

/// Decides who does not bear the NoExecute taints of its node, or has borne them for long enough.
///
/// Source: kubernetes `pkg/controller/tainteviction`; the defaults are those of the admission plugin
/// `DefaultTolerationSeconds`.
/// - Parameters:
///   - seen: one node with its sandboxes.
///   - elapsed: the time since any fixed moment by a clock that never jumps.
/// - Returns: who is to be deleted, and what to remember until the next round.
public func plan(_ seen: EvictionObserved, elapsed: Duration) -> EvictionPlan {
    var plan = EvictionPlan()
    let taints = (seen.node?.spec.taints ?? []).filter { $0.effect == .noExecute }
    plan.isLost = seen.node?.isSilent ?? false
    for sandbox in seen.sandboxes where !sandbox.isTerminating && !sandbox.isFinished {
        let known = seen.since[sandbox.metadata.uid] ?? [:]
        let since = Dictionary(uniqueKeysWithValues: Set(taints).map { ($0, known[$0] ?? elapsed) })
        let left = since.compactMap { taint, since in
            sandbox.secondsBearing(taint).map { $0 - (elapsed - since).inSeconds }
        }.min()
        if let left, left <= 0 {
            plan.evict.append(sandbox)
            plan.since[sandbox.metadata.uid] = since
        } else if !since.isEmpty {
            plan.since[sandbox.metadata.uid] = since
            if let left { plan.lookAgainAfter = min(plan.lookAgainAfter ?? left, left) }
        }
        let wasLeaving = known.keys.contains { sandbox.secondsBearing($0) != nil }
        if wasLeaving, left == nil { plan.cancelled.append(sandbox) }
    }
    return plan
}

extension Sandbox {
    /// What a sandbox bears that says nothing about it (`DefaultTolerationSeconds`).
    static let defaultTolerationSeconds: Int64 = 300

    /// How long the sandbox bears a NoExecute taint, in seconds; nil: for ever.
    func secondsBearing(_ taint: Taint) -> Double? {
        guard let toleration = spec.tolerations.first(where: { $0.tolerates(taint) }) else {
            return taint.isOfLifecycle ? Double(Self.defaultTolerationSeconds) : 0
        }
        return toleration.tolerationSeconds.map { Double(max(0, $0)) }
    }
}

extension SandboxStatus {
    /// This status once the sandbox is evicted from a node of which nothing is known: it is not to be counted on, and
    /// may yet run (kubernetes' `NodeLost`).
    public func lost(on node: String, now: Timestamp) -> SandboxStatus {
        var next = self
        let message = "Pod \(node), which was running the sandbox, is unresponsive."
        next.phase = .unknown
        (next.reason, next.message) = (NodeReason.lost, message)
        next.conditions.set(
            Condition(
                type: SandboxCondition.ready, status: .unknown, reason: NodeReason.lost, message: message,
                lastTransitionTime: now.wholeSeconds))
        return next
    }
}
