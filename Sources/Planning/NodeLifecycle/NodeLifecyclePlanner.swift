import KubeAPI
import NestAPI

/// When one node was last heard of, by the observer's own clock.
///
/// The time inside a Lease is never compared with the observer's: only that it changes counts. So neither a clock that
/// jumps nor one that is off makes a healthy node look silent, and a controller that starts gives every node a full
/// grace period. Source: kubernetes `pkg/controller/nodelifecycle`, `nodeHealthData.probeTimestamp`.
public struct Heartbeat: Sendable, Equatable {
    /// `spec.renewTime` of the Lease when it was last looked at.
    public var renewTime: Timestamp?
    /// When `renewTime` was last seen to change, since any fixed moment.
    public var heardAt: Duration

    public init(renewTime: Timestamp?, heardAt: Duration) {
        self.renewTime = renewTime
        self.heardAt = heardAt
    }
}

/// The nodes of all pools, and their heartbeats.
public struct NodesObserved: Sendable, Equatable {
    public var nodes: [SandboxNode]
    /// By the key of the node, which is the key of its Lease.
    public var leases: [ObjectKey: Lease]
    /// The plan's own answer of the last round.
    public var heartbeats: [ObjectKey: Heartbeat]

    public init(nodes: [SandboxNode], leases: [ObjectKey: Lease], heartbeats: [ObjectKey: Heartbeat] = [:]) {
        self.nodes = nodes
        self.leases = leases
        self.heartbeats = heartbeats
    }
}

/// What to do about silent and returning nodes.
public struct NodesPlan: Sendable, Equatable {
    /// Nodes with their new Ready condition.
    public var statuses: [SandboxNode] = []
    /// Nodes that have been silent for so long that their pods are to be deleted, and so replaced.
    public var lost: [SandboxNode] = []
    /// To be given back in the next round.
    public var heartbeats: [ObjectKey: Heartbeat] = [:]
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?

    public init() {}
}

/// The limits of the node lifecycle: kube-controller-manager's own.
public struct NodeLimits: Sendable, Equatable {
    /// Silence after which a node's state counts as unknown (`--node-monitor-grace-period`).
    public var graceSeconds = 40.0
    /// Silence after which a node's pod is given up (the default toleration of `unreachable`).
    public var lostSeconds = 300.0
    /// The share of silent nodes from which the observer is taken to be at fault (`--unhealthy-zone-threshold`).
    public var disruptedShare = 0.55

    public init() {}
}

public enum NodeReason {
    /// The condition's reason while a node is silent, as kube-controller-manager sets it.
    public static let unknown = "NodeStatusUnknown"
    /// The condition's reason when the heartbeat is back.
    public static let heardAgain = "SidecarReady"
}

/// Judges every node by its heartbeat.
/// - Parameters:
///   - seen: the nodes, their Leases, and the memory of the last round.
///   - elapsed: the time since any fixed moment by a clock that never jumps.
///   - now: the wall clock, for conditions only.
///   - limits: how long silence is borne.
/// - Returns: the conditions to write, and the nodes to give up: none while most are silent at once.
public func plan(
    _ seen: NodesObserved, elapsed: Duration, now: Timestamp, limits: NodeLimits = NodeLimits()
) -> NodesPlan {
    var plan = NodesPlan()
    var silent: [SandboxNode] = []
    for node in seen.nodes {
        let heartbeat = heartbeat(of: node, seen, elapsed)
        plan.heartbeats[node.key] = heartbeat
        let silence = (elapsed - heartbeat.heardAt).inSeconds
        if silence >= limits.graceSeconds {
            silent.append(node)
            if let judged = node.judgedSilent(now) { plan.statuses.append(judged) }
            if silence >= limits.lostSeconds { plan.lost.append(node) } else { plan.look(limits.lostSeconds - silence) }
        } else {
            plan.look(limits.graceSeconds - silence)
            let isNew = seen.heartbeats[node.key].map { $0.renewTime != heartbeat.renewTime } ?? false
            if isNew, let judged = node.judgedAlive(now) { plan.statuses.append(judged) }
        }
    }
    if Double(silent.count) >= limits.disruptedShare * Double(seen.nodes.count) {
        plan.lost = []
    }
    return plan
}

private func heartbeat(of node: SandboxNode, _ seen: NodesObserved, _ elapsed: Duration) -> Heartbeat {
    let renewTime = seen.leases[node.key]?.spec.renewTime
    if let known = seen.heartbeats[node.key], known.renewTime == renewTime { return known }
    return Heartbeat(renewTime: renewTime, heardAt: elapsed)
}

extension NodesPlan {
    fileprivate mutating func look(_ seconds: Double) { lookAgainAfter = min(lookAgainAfter ?? seconds, seconds) }
}

extension SandboxNode {
    /// The node with its state unknown; nil when it says so already.
    fileprivate func judgedSilent(_ now: Timestamp) -> SandboxNode? {
        guard status.conditions["Ready"]?.status != .unknown else { return nil }
        return with(.unknown, NodeReason.unknown, "The sidecar has stopped renewing its lease.", now)
    }

    /// The node as it was before it was silent; nil when nobody had said that it is.
    fileprivate func judgedAlive(_ now: Timestamp) -> SandboxNode? {
        guard let ready = status.conditions["Ready"], ready.status == .unknown, ready.reason == NodeReason.unknown
        else { return nil }
        return with(.yes, NodeReason.heardAgain, "The sidecar renews its lease again.", now)
    }

    private func with(_ ready: Condition.Status, _ reason: String, _ message: String, _ now: Timestamp) -> SandboxNode {
        var node = self
        node.status.conditions.set(
            Condition(
                type: "Ready", status: ready, reason: reason, message: message,
                lastTransitionTime: now.wholeSeconds))
        return node
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
