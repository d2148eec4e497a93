import KubeAPI
import NestAPI

@testable import Planning

/// A node with room for two sandboxes, one core and one GiB.
func node(
    _ name: String, pool: String = "default", labels: [String: String] = [:],
    change: (inout SandboxNode) -> Void = { _ in }
) -> SandboxNode {
    var node = SandboxNode(
        metadata: ObjectMeta(name: name, namespace: "default", labels: labels.merging(["host": name]) { $1 }),
        spec: SandboxNodeSpec(pool: pool))
    node.status.allocatable = .init(cpu: .milliCPU(1000), memory: .bytes(1 << 30), sandboxes: 2)
    node.status.runtimes = [.init(name: "nodejs", version: "20", prewarmed: 1)]
    node.status.conditions = [Condition(type: "Ready", status: .yes, reason: "x", lastTransitionTime: noon)]
    change(&node)
    return node
}

/// A node with room for so many sandboxes.
func roomy(_ name: String, _ sandboxes: Int = 100, labels: [String: String] = [:]) -> SandboxNode {
    node(name, labels: labels) { $0.status.allocatable?.sandboxes = sandboxes }
}

func cache(_ nodes: [SandboxNode], pool: String = "default") -> SchedulerCache {
    var cache = SchedulerCache()
    cache.set(ResourcePool(metadata: ObjectMeta(name: pool, namespace: "default")))
    for node in nodes { cache.set(node) }
    return cache
}

func sandbox(
    _ name: String, of deployment: String = "hello", cpu: Int64 = 0, memory: Int64 = 0, priority: Int = 0,
    labels: [String: String] = [:], change: (inout SandboxTemplateSpec) -> Void = { _ in }
) -> Sandbox {
    var sandbox = Sandbox.sample(name, labels: labels.merging([NestGroup.deploymentLabel: deployment]) { $1 })
    if cpu > 0 { sandbox.spec.template.resources.requests.cpu = .milliCPU(cpu) }
    if memory > 0 { sandbox.spec.template.resources.requests.memory = .bytes(memory) }
    sandbox.spec.template.priority = priority
    change(&sandbox.spec.template)
    return sandbox
}

extension Sandbox {
    func bound(to node: String) -> Sandbox {
        var sandbox = self
        sandbox.spec.nodeName = node
        return sandbox
    }
}

extension SchedulingDecision {
    var node: String? { if case .bind(let node) = self { node } else { nil } }
    var refusal: Refusal? { if case .refuse(let refusal) = self { refusal } else { nil } }
    /// Without what preemption has to say.
    var reasons: String? { refusal?.message.components(before: " preemption:") }
}

extension String {
    func components(before end: String) -> String {
        var kept = ""
        for index in indices {
            if self[index...].hasPrefix(end) { break }
            kept.append(self[index])
        }
        return kept
    }
}
