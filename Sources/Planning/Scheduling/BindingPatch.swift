import KubeAPI
import NestAPI

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
    /// - Parameters:
    ///   - isBound: whether it has a node.
    ///   - message: why not.
    ///   - nominated: where room is kept for it until then.
    ///   - generation: of the sandbox that was looked at.
    ///   - now: the wall clock.
    /// - Returns: nil when nothing is to be written.
    public func scheduled(
        _ isBound: Bool, message: String, nominated: String? = nil, generation: Int64, now: Timestamp
    ) -> SandboxStatus? {
        var next = self
        next.nominatedNodeName = isBound ? nil : nominated
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
