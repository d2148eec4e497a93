import KubeAPI

/// What is served below an object.
struct Subresource: Sendable, Equatable {
    var name: String
    /// The kind that it is read and written as.
    var type: ResourceType
    var verbs: [String]
}

extension ResourceDefinition {
    static let scaleType = ResourceType(group: "autoscaling", version: "v1", kind: "Scale", plural: "scale")
    private static let readAndWrite = ["get", "patch", "update"]

    /// The subresources that are served, as discovery tells of them.
    var subresources: [Subresource] {
        var list: [Subresource] = []
        if case .namespace = behaviour { list.append(Subresource(name: "finalize", type: type, verbs: ["update"])) }
        if case .pod = behaviour { list.append(Subresource(name: "log", type: type, verbs: ["get"])) }
        if scale != nil { list.append(Subresource(name: "scale", type: Self.scaleType, verbs: Self.readAndWrite)) }
        if hasStatus { list.append(Subresource(name: "status", type: type, verbs: Self.readAndWrite)) }
        return list
    }

    /// Why a subresource that a cluster has is not served here; nil for those that no cluster has either.
    func refusal(ofSubresource name: String) -> String? {
        switch (behaviour, name) {
        case (.serviceAccount, "token"):
            "this server issues no tokens for service accounts: use the token of its kubeconfig"
        case (.pod, "exec"), (.pod, "attach"), (.pod, "portforward"), (.pod, "proxy"), (.pod, "ephemeralcontainers"):
            "pods/\(name) is not supported: pods here are processes of this machine, not containers"
        case (.pod, "eviction"), (.pod, "binding"), (.pod, "resize"):
            "pods/\(name) is not supported by this server: delete the pod, or change its spec"
        default: nil
        }
    }
}
