import KubeAPI
import NestAPI

@testable import Planning

/// A scheduler with an API server and sidecars in memory: every write is answered, in an order that the seed decides.
struct SchedulingSimulation {
    private(set) var state = SchedulerState()
    private(set) var nodes: [String: SandboxNode] = [:]
    private(set) var sandboxes: [ObjectKey: Sandbox] = [:]
    /// Sandboxes that were pushed off their node, and by which priority.
    private(set) var preempted: [(victim: Sandbox, by: Int)] = []
    private(set) var refused: Set<ObjectKey> = []
    private var pending: [SchedulerState.Step] = []
    var now = Duration.zero
    var random: SeededRandom
    /// One bind in so many fails; 0: none.
    var failures = 0

    init(seed: UInt64, pool: String = "default") {
        random = SeededRandom(state: seed)
        var found = ResourcePool(metadata: ObjectMeta(name: pool, namespace: "default"))
        found.spec.maxSandboxesPerPod = 1_000_000
        state.see(found)
    }

    mutating func set(_ node: SandboxNode) {
        state.see(node, before: nodes.updateValue(node, forKey: node.metadata.name))
    }

    mutating func add(_ sandbox: Sandbox) {
        sandboxes[sandbox.key] = sandbox
        state.see(sandbox)
    }

    mutating func delete(_ key: ObjectKey) {
        guard let sandbox = sandboxes.removeValue(forKey: key) else { return }
        state.forget(sandbox)
    }

    /// Decides and carries out until nothing more happens, back-offs included.
    mutating func settle() {
        for _ in 0..<1_000_000 {
            if let task = next() {
                pending.append(task)
                // Some answers come later than others.
                if Int.random(in: 0..<3, using: &random) > 0 { continue }
            }
            if let index = pending.indices.randomElement(using: &random) {
                carryOut(pending.remove(at: index))
            } else if let due = state.nextDue, due < now + .seconds(30) {
                now = max(now, due)
            } else {
                return
            }
        }
    }

    private mutating func next() -> SchedulerState.Step? {
        let known = sandboxes
        return state.next(now: now) { known[$0] }
    }

    private mutating func carryOut(_ task: SchedulerState.Step) {
        switch task {
        case .bind(let sandbox, let node): bind(sandbox, to: node)
        case .refuse(let keys): refused.formUnion(keys)
        case .preempt(let sandbox, let preemption, _):
            for victim in preemption.victims { evict(victim, for: sandbox) }
            state.preempted(sandbox, failed: false, now: now)
        }
    }

    private mutating func bind(_ sandbox: Sandbox, to node: String) {
        guard sandboxes[sandbox.key] != nil else { return state.bindFailed(sandbox, isGone: true, now: now) }
        if failures > 0, Int.random(in: 0..<failures, using: &random) == 0 {
            return state.bindFailed(sandbox, isGone: false, now: now)
        }
        let bound = sandbox.bound(to: node)
        sandboxes[sandbox.key] = bound
        state.bound(bound)
    }

    /// The victim goes, and its owner makes another.
    private mutating func evict(_ victim: Preemption.Victim, for sandbox: Sandbox) {
        let key = ObjectKey(namespace: "default", name: victim.name)
        guard let found = sandboxes[key], found.metadata.uid == victim.uid else { return }
        preempted.append((found, sandbox.spec.priority))
        state.see(found.terminating())
        delete(key)
        var replacement = found
        replacement.metadata.name += "'"
        replacement.metadata.uid += "'"
        replacement.spec.nodeName = nil
        add(replacement)
    }
}
