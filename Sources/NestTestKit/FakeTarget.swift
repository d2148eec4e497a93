import KubeAPI
import KubeClient

/// What a URL's path names: a collection, one object or its subresource.
struct FakeTarget: Sendable, Equatable {
    /// The path of the collection over all namespaces, such as `/apis/nest.dev/v1alpha1/sandboxes`.
    var collection: String
    var namespace: String?
    var name: String?
    var subresource: String?

    init(_ type: ResourceType, _ key: ObjectKey?) {
        collection = type.path()
        namespace = type.isNamespaced ? key?.namespace : nil
        name = key?.name
    }

    init(path: String) throws {
        var parts = path.split(separator: "/").map(String.init)
        let prefix = path.hasPrefix("/api/") ? 2 : 3
        guard parts.count > prefix else { throw Status(code: 404, reason: "NotFound", message: "no resource \(path)") }
        let group = parts[..<prefix].joined(separator: "/")
        parts.removeFirst(prefix)
        // /namespaces/N and /namespaces are the resource itself; with a plural behind, they are where objects live.
        if parts.count > 2, parts[0] == "namespaces" {
            namespace = parts[1]
            parts.removeFirst(2)
        }
        collection = "/\(group)/\(parts[0])"
        name = parts.count > 1 ? parts[1] : nil
        subresource = parts.count > 2 ? parts[2] : nil
    }

    var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }
}
