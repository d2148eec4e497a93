import KubeAPI
import NestAPI

/// All of a sandbox that decides where it may go: sandboxes of one class fit the same nodes.
///
/// So when one was refused the others need not be tried until something helps the class. Labels count only where
/// someone's selector may look at them.
public struct SchedulingClass: Sendable, Hashable {
    let namespace: String
    let pool: String
    let priority: Int
    let amounts: Amounts
    private let runtime: String
    private let neverPreempts: Bool
    private let nodeSelector: [String: String]
    private let affinity: Affinity?
    private let tolerations: [Toleration]
    private let constraints: [TopologySpreadConstraint]
    private let labels: [String: String]?
    /// A sandbox for which room is kept is a class of its own.
    private let nominee: String?

    /// - Parameters:
    ///   - sandbox: not bound yet.
    ///   - minding: whether labels count though the sandbox has no wishes about others: others may have some about it.
    ///   - isNominee: whether room is kept for it.
    init(_ sandbox: Sandbox, minding: Bool = false, isNominee: Bool = false) {
        let spec = sandbox.spec.template
        namespace = sandbox.metadata.namespace
        pool = spec.pool
        priority = spec.priority
        amounts = sandbox.amounts
        runtime = spec.runtime
        neverPreempts = spec.preemptionPolicy == .never
        nodeSelector = spec.nodeSelector
        affinity = spec.affinity
        tolerations = spec.tolerations
        constraints = spec.topologySpreadConstraints
        let minds = minding || affinity != nil || !constraints.isEmpty
        labels = minds ? sandbox.metadata.labels : nil
        nominee = isNominee ? sandbox.metadata.uid : nil
    }

    /// Whether sandboxes with other labels are of another class.
    var mindsLabels: Bool { labels != nil }

    /// What it has in common with all that were refused by the same plugins and are helped by the same events, but for those
    /// about sandboxes that it minds.
    func refusers(_ plugins: Plugins) -> Refusers {
        Refusers(plugins: plugins, priority: priority, amounts: amounts, neverPreempts: neverPreempts)
    }

    /// The sandboxes that it minds: those that its constraints count, and those that it wants to be near or away from.
    var minded: [LabelSelector] {
        constraints.map { $0.selector(of: labels ?? [:]) }
            + [affinity?.sandboxAffinity, affinity?.sandboxAntiAffinity].flatMap {
                ($0?.requiredDuringSchedulingIgnoredDuringExecution ?? []).compactMap(\.labelSelector)
            }
    }

    /// Whether a sandbox that came or went may make those fit whom `plugins` refused.
    func minds(_ event: ClusterEvent, refusedBy plugins: Plugins) -> Bool {
        let cured = plugins.intersection(event.cures)
        guard let other = event.labels else { return false }
        if cured.contains(.sandboxTopologySpread), counts(other) { return true }
        return cured.contains(.interSandboxAffinity) && minds(other)
    }

    private func counts(_ other: [String: String]) -> Bool {
        constraints.contains { $0.selector(of: labels ?? [:]).matches(other) }
    }

    private func minds(_ other: [String: String]) -> Bool {
        [affinity?.sandboxAffinity, affinity?.sandboxAntiAffinity].contains { wishes in
            (wishes?.requiredDuringSchedulingIgnoredDuringExecution ?? []).contains { $0.matches(other) }
        }
    }
}

/// Classes that were refused alike: of most events one look tells whether they help all of these or none.
struct Refusers: Hashable, Sendable {
    let plugins: Plugins
    let priority: Int
    let amounts: Amounts
    let neverPreempts: Bool

    /// Whether what happened may make them fit, whatever sandboxes they mind (kube-scheduler's queueing hints).
    func areHelped(by event: ClusterEvent) -> Bool {
        let cured = plugins.intersection(event.cures)
        if cured.isEmpty { return false }
        if !cured.isSubset(of: [.nodeResourcesFit, .sandboxTopologySpread, .interSandboxAffinity]) { return true }
        if cured.contains(.nodeResourcesFit), event.room.map(fit) ?? true { return true }
        if event.labels == nil { return !cured.isSubset(of: .nodeResourcesFit) }
        return cured.contains(.interSandboxAffinity) && event.isRepellent
    }

    /// Whether they would fit once all lower priorities were gone.
    private func fit(_ room: ClusterEvent.Room) -> Bool {
        let lower = neverPreempts ? [:] : room.byPriority.filter { $0.key < priority }
        let free = lower.values.reduce(room.free, +)
        return free.sandboxes >= 1 && (amounts.milliCPU == 0 || amounts.milliCPU <= free.milliCPU)
            && (amounts.memory == 0 || amounts.memory <= free.memory)
    }
}

/// Something that happened, by what it may cure.
public struct ClusterEvent: Sendable, Equatable {
    var namespace: String
    /// nil: for every pool of the namespace.
    var pool: String?
    /// The plugins whose refusals it may turn.
    var cures: Plugins
    /// What is left on the node where it happened; nil: not known.
    var room: Room?
    /// Of the sandbox that came or went; nil: it was not about a sandbox.
    var labels: [String: String]?
    /// Whether that sandbox kept others away.
    var isRepellent = false

    struct Room: Sendable, Equatable {
        var free: Amounts
        /// What sandboxes of each priority take.
        var byPriority: [Int: Amounts] = [:]
    }
}

extension ClusterEvent {
    /// What a change of a node may cure.
    static func node(_ node: SandboxNode, before old: SandboxNode?) -> ClusterEvent? {
        var event = ClusterEvent(namespace: node.metadata.namespace, pool: node.spec.pool, cures: [])
        guard let old, old.spec.pool == node.spec.pool else {
            event.cures = .all
            return event
        }
        if node.isReady && !old.isReady { event.cures.insert(.nodeReady) }
        if !node.spec.unschedulable && old.spec.unschedulable { event.cures.insert(.nodeUnschedulable) }
        if node.spec.taints != old.spec.taints {
            event.cures.formUnion([.taintToleration, .sandboxTopologySpread])
        }
        if node.status.runtimes.map(\.name) != old.status.runtimes.map(\.name) { event.cures.insert(.runtime) }
        if node.metadata.labels != old.metadata.labels {
            event.cures.formUnion([.nodeAffinity, .sandboxTopologySpread, .interSandboxAffinity])
        }
        if node.status.allocatable != old.status.allocatable || node.status.capacity != old.status.capacity {
            event.cures.insert(.nodeResourcesFit)
        }
        // A refusal names only the first plugin that refused a node: a node that passes one may yet fail, or pass, the next.
        return event.cures.isEmpty ? nil : event
    }
}
