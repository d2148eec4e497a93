import FoundationEssentials
import KubeAPI

/// The verbs of the Kubernetes API (API concepts, "Resource URIs"), each as the request that carries it.
extension KubeRequest {
    static func get(_ type: ResourceType, namespace: String, name: String) throws -> KubeRequest {
        KubeRequest(method: "GET", path: try path(type, namespace: namespace, name: name))
    }

    static func list(_ type: ResourceType, _ scope: Scope, limit: Int? = nil, continue token: String? = nil) throws
        -> KubeRequest
    {
        var request = KubeRequest(
            method: "GET", path: try path(type, namespace: scope.namespace), query: scope.query)
        if let limit { request.query.append(QueryItem("limit", "\(limit)")) }
        if let token { request.query.append(QueryItem("continue", token)) }
        return request
    }

    /// - Parameters:
    ///   - type: the resource to watch.
    ///   - scope: which of its objects.
    ///   - resourceVersion: changes after this one are sent.
    ///   - timeoutSeconds: after this long the server ends the watch.
    /// - Returns: a request whose own timeout is a little longer, for a server that has gone silent.
    /// - Throws: `KubeClientError` for a namespace that cannot stand in a path.
    static func watch(_ type: ResourceType, _ scope: Scope, resourceVersion: String, timeoutSeconds: Int) throws
        -> KubeRequest
    {
        let watch = [
            QueryItem("watch", "1"), QueryItem("allowWatchBookmarks", "true"),
            QueryItem("resourceVersion", resourceVersion), QueryItem("timeoutSeconds", "\(timeoutSeconds)"),
        ]
        return KubeRequest(
            method: "GET", path: try path(type, namespace: scope.namespace), query: scope.query + watch,
            timeout: .seconds(timeoutSeconds + 30))
    }

    static func create<T: KubeObject>(_ object: T) throws -> KubeRequest {
        let namespace = try requiredNamespace(T.resource, object.metadata.namespace)
        return KubeRequest(
            method: "POST", path: try path(T.resource, namespace: namespace), body: try encode(object),
            contentType: "application/json")
    }

    static func update<T: KubeObject>(_ object: T) throws -> KubeRequest {
        let path = try path(T.resource, namespace: object.metadata.namespace, name: object.metadata.name)
        return KubeRequest(method: "PUT", path: path, body: try encode(object), contentType: "application/json")
    }

    static func updateStatus<T: StatusObject>(_ object: T) throws -> KubeRequest {
        let path = try path(
            T.resource, namespace: object.metadata.namespace, name: object.metadata.name, subresource: "status")
        return KubeRequest(
            method: "PUT", path: path, body: try JSONValue(encoding: StatusEnvelope(object)).serialized(),
            contentType: "application/json")
    }

    /// The form that has nothing of an object but its metadata (API concepts, "Metadata-only fetches").
    static let partialObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

    static func patch(
        _ type: ResourceType, namespace: String, name: String, subresource: String?, kind: PatchKind, body: JSONValue
    ) throws -> KubeRequest {
        KubeRequest(
            method: "PATCH", path: try path(type, namespace: namespace, name: name, subresource: subresource),
            body: try body.serialized(), contentType: kind.rawValue)
    }

    static func delete(_ type: ResourceType, namespace: String, name: String, options: DeleteOptions) throws
        -> KubeRequest
    {
        KubeRequest(
            method: "DELETE", path: try path(type, namespace: namespace, name: name),
            body: options.isEmpty ? nil : try JSONValue(encoding: options).serialized(),
            contentType: options.isEmpty ? nil : "application/json")
    }

    /// Which objects of a resource a list or a watch is about.
    struct Scope: Sendable, Equatable {
        /// Nil for all namespaces.
        var namespace: String?
        var labelSelector: String?
        var fieldSelector: String?

        var query: [QueryItem] {
            [
                labelSelector.map { QueryItem("labelSelector", $0) },
                fieldSelector.map { QueryItem("fieldSelector", $0) },
            ].compactMap { $0 }
        }
    }

    enum PatchKind: String {
        /// RFC 7396.
        case merge = "application/merge-patch+json"
        /// RFC 6902.
        case json = "application/json-patch+json"
    }

    private static func encode<T: KubeObject>(_ object: T) throws -> Data {
        try JSONValue(encoding: Envelope(object)).serialized()
    }

    /// The path of one object.
    ///
    /// A name is checked here because an empty one would make the path that of the whole collection: a DELETE would
    /// then delete everything.
    private static func path(
        _ type: ResourceType, namespace: String, name: String, subresource: String? = nil
    ) throws -> String {
        let namespace = try requiredNamespace(type, namespace)
        return type.path(
            namespace: namespace, name: try segment(name, "name", of: type), subresource: subresource)
    }

    private static func path(_ type: ResourceType, namespace: String?) throws -> String {
        guard let namespace else { return type.path() }
        return type.path(namespace: try requiredNamespace(type, namespace))
    }

    private static func requiredNamespace(_ type: ResourceType, _ namespace: String) throws -> String? {
        type.isNamespaced ? try segment(namespace, "namespace", of: type) : nil
    }

    /// Checks one path segment as apimachinery's `ValidatePathSegmentName` does.
    private static func segment(_ text: String, _ what: String, of type: ResourceType) throws -> String {
        guard !text.isEmpty, text != ".", text != "..", !text.contains("/"), !text.contains("%") else {
            throw KubeClientError(
                .invalidRequest, "\(type.kind): '\(text)' cannot be a \(what): it is empty or changes the URL's path")
        }
        return encode(text)
    }
}
