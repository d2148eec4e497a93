import KubeAPI
import NestAPI

/// What all filters need to know of a sandbox, worked out once and not once a node (kube-scheduler's PreFilter).
struct FilterState: Sendable {
    let sandbox: Sandbox
    let amounts: Amounts
    let priority: Int
    private let uid: String
    private let runtime: String
    private let tolerations: [Toleration]
    private let hasNodeWish: Bool
    private var spread: [SpreadState]
    private var affinity: AffinityState?

    init(_ sandbox: Sandbox, _ snapshot: NamespaceSnapshot) {
        self.sandbox = sandbox
        amounts = sandbox.amounts
        let spec = sandbox.spec.template
        priority = spec.priority
        uid = sandbox.metadata.uid
        runtime = spec.runtime
        tolerations = spec.tolerations
        hasNodeWish = !spec.nodeSelector.isEmpty || spec.affinity?.nodeAffinity != nil
        let hard = spec.topologySpreadConstraints.filter { $0.whenUnsatisfiable == .doNotSchedule }
        let pool = snapshot.pools[spec.pool] ?? NamespaceSnapshot.Pool()
        spread = hard.map {
            SpreadState($0, of: sandbox, keys: hard.map(\.topologyKey), pool: pool, snapshot)
        }
        affinity = AffinityState(sandbox, snapshot)
    }

    /// Why the node cannot take the sandbox; empty when it can.
    ///
    /// The first plugin that refuses ends it, and tells all that it has against the node.
    func rejections(on info: NodeInfo) -> [Rejection] {
        if info.isUnschedulable { return [.unschedulable] }
        if !info.isReady { return [.notReady] }
        if let taint = info.hardTaints.first(where: { !tolerations.tolerate($0) }) {
            return [.taint(key: taint.key, value: taint.value ?? "")]
        }
        if !info.runtimes.contains(runtime) { return [.noRuntime(runtime)] }
        if hasNodeWish, !sandbox.spec.template.accepts(labels: info.labels) { return [.nodeAffinity] }
        let lacking = fit(info)
        if !lacking.isEmpty { return lacking }
        for constraint in spread { if let rejection = constraint.rejection(on: info) { return [rejection] } }
        if let rejection = affinity?.rejection(on: info) { return [rejection] }
        return []
    }

    /// How many domains are looked at for one node.
    var lookups: Int { spread.count + (affinity?.lookups ?? 0) }

    /// `NodeResourcesFit`.
    private func fit(_ info: NodeInfo) -> [Rejection] {
        let free = info.free(for: uid, priority: priority)
        var lacking: [Rejection] = []
        let all = info.allocatable
        if free.sandboxes < 1 { lacking.append(.tooManySandboxes(evenEmpty: all.sandboxes < 1)) }
        // Who asks for nothing fits even where requests add up to more than there is.
        if amounts.milliCPU > 0, amounts.milliCPU > free.milliCPU {
            lacking.append(.cpu(evenEmpty: amounts.milliCPU > all.milliCPU))
        }
        if amounts.memory > 0, amounts.memory > free.memory {
            lacking.append(.memory(evenEmpty: amounts.memory > all.memory))
        }
        return lacking
    }

    /// The plugins that look at other sandboxes, where they have anything to look at.
    ///
    /// They may refuse a node that lower priorities have left, though at first another plugin did.
    var neighbourly: Plugins {
        var plugins = Plugins()
        if !spread.isEmpty { plugins.insert(.sandboxTopologySpread) }
        if affinity != nil { plugins.insert(.interSandboxAffinity) }
        return plugins
    }

    /// Takes in that a sandbox comes to the node, or leaves it (kube-scheduler's `AddPod` and `RemovePod`).
    mutating func change(_ placed: Placed, _ group: SandboxGroups.Identity, on node: NodeInfo, by delta: Int) {
        for index in spread.indices { spread[index].change(group.labels, placed, on: node, by: delta) }
        affinity?.change(group, on: node, by: delta)
    }
}
