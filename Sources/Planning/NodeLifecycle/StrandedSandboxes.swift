import KubeAPI
import NestAPI

/// The sandboxes whose node is gone: nothing runs them any more, and nothing else would take their finalizer away.
/// - Parameters:
///   - sandboxes: any.
///   - nodes: the keys of all nodes that are there.
/// - Returns: those that are bound to none of `nodes`, in the order of their names.
public func stranded(_ sandboxes: [Sandbox], nodes: Set<ObjectKey>) -> [Sandbox] {
    sandboxes.filter { sandbox in
        guard let key = sandbox.nodeKey else { return false }
        return !nodes.contains(key)
    }
    .sorted { $0.key < $1.key }
}

extension Sandbox {
    /// The key of the SandboxNode that the sandbox is bound to; nil before.
    public var nodeKey: ObjectKey? {
        spec.nodeName.map { ObjectKey(namespace: metadata.namespace, name: $0) }
    }

    /// The finalizers that are left when the sidecar's is taken away.
    public var finalizersWithoutSidecar: [String] { metadata.finalizers.filter { $0 != NestGroup.sidecarFinalizer } }
}
