/// The parts of a decision that can refuse a node, named as kube-scheduler names its own.
public struct Plugins: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The node is of the pool that the sandbox asks for.
    public static let pool = Plugins(rawValue: 1 << 0)
    /// The node is not cordoned.
    public static let nodeUnschedulable = Plugins(rawValue: 1 << 1)
    /// The node's Ready condition is True.
    public static let nodeReady = Plugins(rawValue: 1 << 2)
    /// The node offers the runtime.
    public static let runtime = Plugins(rawValue: 1 << 3)
    /// The sandbox tolerates the node's taints.
    public static let taintToleration = Plugins(rawValue: 1 << 4)
    /// The node's labels are as `nodeSelector` and node affinity want them.
    public static let nodeAffinity = Plugins(rawValue: 1 << 5)
    /// What is asked for is free: allocatable, which has the overcommit in it, less what is bound.
    public static let nodeResourcesFit = Plugins(rawValue: 1 << 6)
    /// The hard topology spread constraints hold.
    public static let sandboxTopologySpread = Plugins(rawValue: 1 << 7)
    /// Affinity and anti-affinity hold, also those of sandboxes that are there.
    public static let interSandboxAffinity = Plugins(rawValue: 1 << 8)

    public static let all = Plugins(rawValue: (1 << 9) - 1)
}

/// Why one node cannot take a sandbox.
public enum Rejection: Sendable, Hashable {
    case otherPool
    case unschedulable
    case notReady
    case noRuntime(String)
    case taint(key: String, value: String)
    case nodeAffinity
    case tooManySandboxes(evenEmpty: Bool)
    case cpu(evenEmpty: Bool)
    case memory(evenEmpty: Bool)
    case spreadLabel
    case spread
    case affinity
    case antiAffinity
    case existingAntiAffinity

    /// As in the message.
    ///
    /// `0/5 pods are available: 3 WORDS.`
    var words: String {
        switch self {
        case .otherPool: "pod(s) were of another pool"
        case .unschedulable: "pod(s) were unschedulable"
        case .notReady: "pod(s) were not ready"
        case .noRuntime(let name): "pod(s) didn't offer runtime \"\(name)\""
        case .taint(let key, let value): "pod(s) had untolerated taint {\(key): \(value)}"
        case .nodeAffinity: "pod(s) didn't match Sandbox's node affinity/selector"
        case .tooManySandboxes: "Too many sandboxes"
        case .cpu: "Insufficient cpu"
        case .memory: "Insufficient memory"
        case .spreadLabel: "pod(s) didn't match sandbox topology spread constraints (missing required label)"
        case .spread: "pod(s) didn't match sandbox topology spread constraints"
        case .affinity: "pod(s) didn't match sandbox affinity rules"
        case .antiAffinity: "pod(s) didn't match sandbox anti-affinity rules"
        case .existingAntiAffinity: "pod(s) didn't satisfy existing sandboxes anti-affinity rules"
        }
    }

    public var plugin: Plugins {
        switch self {
        case .otherPool: .pool
        case .unschedulable: .nodeUnschedulable
        case .notReady: .nodeReady
        case .noRuntime: .runtime
        case .taint: .taintToleration
        case .nodeAffinity: .nodeAffinity
        case .tooManySandboxes, .cpu, .memory: .nodeResourcesFit
        case .spreadLabel, .spread: .sandboxTopologySpread
        case .affinity, .antiAffinity, .existingAntiAffinity: .interSandboxAffinity
        }
    }

    /// Whether taking sandboxes off the node could help (as opposed to `UnschedulableAndUnresolvable`).
    var isResolvable: Bool {
        switch self {
        case .tooManySandboxes(let evenEmpty), .cpu(let evenEmpty), .memory(let evenEmpty): !evenEmpty
        case .spread, .antiAffinity, .existingAntiAffinity: true
        default: false
        }
    }
}
