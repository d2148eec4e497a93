import KubeAPI
import NestAPI

/// Judges every node by its heartbeat, and taints those that are silent or not ready.
///
/// A silent node gets `nest.dev/unreachable`, one that says it is not ready `nest.dev/not-ready`: at once with the effect
/// NoSchedule, and with NoExecute as fast as its zone's rate allows. While no node of any zone is ready, or 55 % or more of
/// all are silent, nothing has the effect NoExecute; afterwards every node starts with a full grace period. Source:
/// kubernetes `pkg/controller/nodelifecycle/node_lifecycle_controller.go` (`ComputeZoneState`, `handleDisruption`), which
/// knows the first of the two; the second is ours, since our nodes have one observer and a zone may be small.
/// - Parameters:
///   - seen: the nodes, their Leases, and the memory of the last round.
///   - elapsed: the time since any fixed moment by a clock that never jumps.
///   - now: the wall clock, for conditions only.
///   - limits: how long silence is borne.
/// - Returns: the conditions and taints to write, and the nodes to give up: none while most are silent at once.
public func plan(
    _ seen: NodesObserved, elapsed: Duration, now: Timestamp, limits: NodeLimits = NodeLimits()
) -> NodesPlan {
    var round = NodesRound(seen, elapsed: elapsed, limits: limits)
    round.listen(now)
    round.taint()
    round.giveUp()
    return round.plan
}

private struct NodesRound {
    let seen: NodesObserved
    let elapsed: Duration
    let limits: NodeLimits
    var plan = NodesPlan()
    /// The nodes as they will be once `statuses` are written.
    var judged: [SandboxNode] = []
    var isDisrupted = false
    var zones: [String: Zone] = [:]

    struct Zone {
        var nodes = 0
        /// Those whose Ready condition is not True.
        var unready = 0
    }

    init(_ seen: NodesObserved, elapsed: Duration, limits: NodeLimits) {
        self.seen = seen
        self.elapsed = elapsed
        self.limits = limits
        plan.memory.lastEviction = seen.memory.lastEviction
    }

    // MARK: Conditions

    mutating func listen(_ now: Timestamp) {
        for node in seen.nodes {
            let health = health(of: node)
            plan.memory.health[node.key] = health
            let silence = (elapsed - health.heardAt).inSeconds
            if silence < limits.graceSeconds { look(limits.graceSeconds - silence) }
            judge(node, isSilent: silence >= limits.graceSeconds, now)
        }
        for node in judged { zones[node.zone, default: Zone()].take(node) }
        isDisrupted =
            Planning.isDisrupted(judged, limits: limits) || (!zones.isEmpty && zones.values.allSatisfy(\.isDown))
        plan.memory.isDisrupted = isDisrupted
        if seen.memory.isDisrupted, !isDisrupted { startAfresh() }
        plan.memory.lastEviction = plan.memory.lastEviction.filter { zones[$0.key] != nil }
    }

    private func health(of node: SandboxNode) -> NodeHealth {
        let renewTime = seen.leases[node.key]?.spec.renewTime
        var health = seen.memory.health[node.key] ?? NodeHealth(renewTime: renewTime, heardAt: elapsed)
        if health.renewTime != renewTime {
            health.renewTime = renewTime
            health.heardAt = elapsed
        }
        let isUnready = node.status.conditions["Ready"]?.status == .no
        health.notReadySince = isUnready ? health.notReadySince ?? elapsed : nil
        // Only silence counts towards giving a pod up.
        health.taintedAt = node.isSilent && node.isTaintedForEviction ? health.taintedAt ?? elapsed : nil
        return health
    }

    private mutating func judge(_ node: SandboxNode, isSilent: Bool, _ now: Timestamp) {
        guard isSilent, !node.isSilent else { return judged.append(node) }
        var next = node
        let isNew = node.status.conditions["Ready"] == nil
        next.status.conditions.set(
            Condition(
                type: "Ready", status: .unknown, reason: isNew ? NodeReason.neverUpdated : NodeReason.unknown,
                message: isNew ? "Sidecar never posted node status." : "Sidecar stopped posting node status.",
                lastTransitionTime: now.wholeSeconds))
        plan.statuses.append(next)
        judged.append(next)
    }

    /// The outage is over: whoever was not heard meanwhile gets its full time again.
    private mutating func startAfresh() {
        for key in plan.memory.health.keys {
            plan.memory.health[key]?.heardAt = elapsed
            plan.memory.health[key]?.taintedAt = nil
        }
        look(limits.graceSeconds)
    }

    // MARK: Taints

    mutating func taint() {
        for node in judged where node.metadata.deletionTimestamp == nil {
            var taints = node.spec.taints.filter { !$0.isOfLifecycle }
            if let key = taintKey(node) {
                taints.append(Taint(key: key, effect: .noSchedule))
                if mayEvict(node, key) { taints.append(Taint(key: key, effect: .noExecute)) }
            }
            // What runs there may stay: the pod itself says who has to go.
            taints += node.pressureTaints.map { Taint(key: $0, effect: .noSchedule) }
            guard Set(taints) != Set(node.spec.taints) else { continue }
            var next = node
            next.spec.taints = taints
            plan.taints.append(next)
        }
    }

    private mutating func taintKey(_ node: SandboxNode) -> String? {
        guard let ready = node.status.conditions["Ready"] else { return nil }
        switch ready.status {
        case .yes: return nil
        case .unknown: return NestGroup.unreachableTaint
        case .no:
            // Nothing goes to a node that boots, ready or not; a taint would only make it wait for one write more.
            let since = plan.memory.health[node.key]?.notReadySince ?? elapsed
            let left = limits.graceSeconds - (elapsed - since).inSeconds
            guard ready.reason == NodeReason.booting, left > 0 else { return NestGroup.notReadyTaint }
            look(left)
            return nil
        }
    }

    private mutating func mayEvict(_ node: SandboxNode, _ key: String) -> Bool {
        if isDisrupted { return false }
        if node.isTaintedForEviction { return true }
        if key == NestGroup.unreachableTaint, let heard = plan.memory.health[node.key]?.heardAt {
            // It says that it was silent, but not to us: after an outage and after a start everyone has its full time.
            let left = limits.graceSeconds - (elapsed - heard).inSeconds
            if left > 0 {
                look(left)
                return false
            }
        }
        let rate = zones[node.zone]?.rate(limits) ?? 0
        guard rate > 0 else { return false }
        if let last = plan.memory.lastEviction[node.zone] {
            let left = 1 / rate - (elapsed - last).inSeconds
            if left > 0 {
                look(left)
                return false
            }
        }
        plan.memory.lastEviction[node.zone] = elapsed
        return true
    }

    // MARK: Pods

    mutating func giveUp() {
        guard !isDisrupted else { return }
        for node in judged where node.isSilent && !seen.occupied.contains(node.key) {
            guard let since = plan.memory.health[node.key]?.taintedAt else { continue }
            let left = limits.lostSeconds - (elapsed - since).inSeconds
            if left > 0 { look(left) } else { plan.lost.append(node) }
        }
    }

    private mutating func look(_ seconds: Double) {
        plan.lookAgainAfter = min(plan.lookAgainAfter ?? seconds, seconds)
    }
}

extension NodesRound.Zone {
    mutating func take(_ node: SandboxNode) {
        nodes += 1
        if !node.isReady { unready += 1 }
    }

    /// Kubernetes' `stateFullDisruption`.
    var isDown: Bool { unready == nodes }

    /// Nodes that may be tainted for eviction in a second (`setLimiterInZone`, `ReducedQPSFunc`): as ever in a zone that is
    /// down while another is not, few or none in one of `statePartialDisruption`.
    func rate(_ limits: NodeLimits) -> Double {
        let isPartial = !isDown && unready > 2 && Double(unready) >= limits.disruptedShare * Double(nodes)
        guard isPartial else { return limits.evictionRate }
        return nodes > limits.smallZone ? limits.secondaryRate : 0
    }
}

extension Taint {
    /// Set and taken away by the node lifecycle alone.
    var isOfLifecycle: Bool {
        key == NestGroup.notReadyTaint || key == NestGroup.unreachableTaint
            || SandboxNode.pressures.values.contains(key)
    }
}

extension SandboxNode {
    /// The taint of each condition.
    static let pressures = [
        PressureSignal.memory.condition: NestGroup.memoryPressureTaint,
        PressureSignal.disk.condition: NestGroup.diskPressureTaint,
        PressureSignal.pids.condition: NestGroup.pidPressureTaint,
    ]

    /// Of what it is short of, in the order of their names.
    var pressureTaints: [String] {
        Self.pressures.filter { status.conditions.isTrue($0.key) }.map(\.value).sorted()
    }

    fileprivate var zone: String { metadata.labels[NestGroup.zoneLabel] ?? "" }
    fileprivate var isTaintedForEviction: Bool {
        spec.taints.contains { $0.isOfLifecycle && $0.effect == .noExecute }
    }
}
