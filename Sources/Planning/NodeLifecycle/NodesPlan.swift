import KubeAPI
import NestAPI

/// The limits of the node lifecycle: kube-controller-manager's own.
public struct NodeLimits: Sendable, Equatable {
    /// Silence after which a node's state counts as unknown (`--node-monitor-grace-period`).
    public var graceSeconds = 40.0
    /// How long after its eviction taint a silent node's pod is kept, if nothing is wanted on it any more.
    public var lostSeconds = 300.0
    /// The share of silent nodes from which the observer is taken to be at fault, and of unready ones in a zone from which
    /// it is treated with care (`--unhealthy-zone-threshold`).
    public var disruptedShare = 0.55
    /// Nodes of a zone that may be tainted for eviction in a second (`--node-eviction-rate`).
    public var evictionRate = 0.1
    /// The same while much of the zone is not ready (`--secondary-node-eviction-rate`).
    public var secondaryRate = 0.01
    /// A zone of at most so many nodes is not touched while much of it is not ready (`--large-cluster-size-threshold`).
    public var smallZone = 50

    public init() {}
}

/// What is remembered of one node, by the observer's own clock.
///
/// The time inside a Lease is never compared with the observer's: only that it changes counts. So neither a clock that
/// jumps nor one that is off makes a healthy node look silent, and a controller that starts gives every node a full
/// grace period. Source: kubernetes `pkg/controller/nodelifecycle`, `nodeHealthData.probeTimestamp`.
public struct NodeHealth: Sendable, Equatable {
    /// `spec.renewTime` of the Lease when it was last looked at.
    public var renewTime: Timestamp?
    /// When `renewTime` was last seen to change, since any fixed moment.
    public var heardAt: Duration
    /// Since when the node says itself that it is not ready.
    public var notReadySince: Duration?
    /// Since when the node has been seen with an eviction taint.
    public var taintedAt: Duration?

    public init(renewTime: Timestamp?, heardAt: Duration) {
        self.renewTime = renewTime
        self.heardAt = heardAt
    }
}

/// The plan's own answer of the last round.
public struct NodesMemory: Sendable, Equatable {
    public var health: [ObjectKey: NodeHealth] = [:]
    public var isDisrupted = false
    /// When a node of each zone was last tainted for eviction.
    public var lastEviction: [String: Duration] = [:]

    public init() {}
}

/// The nodes of all pools, and what is known of their heartbeats.
public struct NodesObserved: Sendable, Equatable {
    public var nodes: [SandboxNode]
    /// By the key of the node, which is the key of its Lease.
    public var leases: [ObjectKey: Lease]
    /// Nodes with sandboxes that are not on their way out.
    public var occupied: Set<ObjectKey>
    public var memory: NodesMemory

    public init(
        nodes: [SandboxNode], leases: [ObjectKey: Lease], occupied: Set<ObjectKey> = [],
        memory: NodesMemory = NodesMemory()
    ) {
        self.nodes = nodes
        self.leases = leases
        self.occupied = occupied
        self.memory = memory
    }
}

/// What to do about silent, unready and returning nodes.
public struct NodesPlan: Sendable, Equatable {
    /// Nodes with their new Ready condition.
    public var statuses: [SandboxNode] = []
    /// Nodes with their new taints.
    public var taints: [SandboxNode] = []
    /// Silent nodes on which nothing is wanted any more: their pods are to be deleted, which ends what may still run.
    public var lost: [SandboxNode] = []
    /// To be given back in the next round.
    public var memory = NodesMemory()
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?

    public init() {}
}

public enum NodeReason {
    /// The condition's reason while a node is silent, as kube-controller-manager sets it.
    public static let unknown = "NodeStatusUnknown"
    /// The same for a node that has never said anything.
    public static let neverUpdated = "NodeStatusNeverUpdated"
    /// A node that has just begun: its runtimes are on their way.
    public static let booting = "RuntimesBooting"
    /// On sandboxes that were evicted from a silent node.
    public static let lost = "NodeLost"
}

extension SandboxNode {
    /// Its heartbeat is missing: nobody knows how it is.
    public var isSilent: Bool { status.conditions["Ready"]?.status == .unknown }
}

extension SandboxNode {
    /// What the lifecycle looks at in a node, besides its Lease.
    public struct Standing: Sendable, Equatable {
        let uid: String
        let ready: Condition.Status?
        let reason: String?
        let taints: [Taint]
        let isGoing: Bool
        let pressures: [String]
        let zone: String?
    }

    /// While this stays as it is, there is nothing new to judge: most writes to a node are of what it has and holds.
    public var standing: Standing {
        let ready = status.conditions["Ready"]
        return Standing(
            uid: metadata.uid, ready: ready?.status, reason: ready?.reason, taints: spec.taints,
            isGoing: metadata.deletionTimestamp != nil, pressures: pressureTaints,
            zone: metadata.labels[NestGroup.zoneLabel])
    }
}

/// Whether so many nodes are silent at once that the observer must be at fault, and nothing is to be evicted or deleted.
public func isDisrupted(_ nodes: some Collection<SandboxNode>, limits: NodeLimits = NodeLimits()) -> Bool {
    let silent = nodes.count(where: \.isSilent)
    return silent > 0 && Double(silent) >= limits.disruptedShare * Double(nodes.count)
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
