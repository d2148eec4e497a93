import FoundationEssentials
import KubeAPI

/// `meta.k8s.io/v1` PartialObjectMetadata, or a whole object of a server that knows no such form.
private struct PartialObject: Decodable {
    var metadata: ObjectMeta
}

extension KubeClient {
    /// Creates an object.
    ///
    /// With `metadata.generateName` and no name the server chooses the name.
    public func create<T: KubeObject>(_ object: T) async throws -> T { try await self.object(.create(object)) }

    /// Replaces an object.
    ///
    /// With `metadata.resourceVersion` set it fails with a conflict when someone was faster.
    public func update<T: KubeObject>(_ object: T) async throws -> T { try await self.object(.update(object)) }

    /// Creates an object and hears back only what the server has made of its metadata.
    @discardableResult
    public func createOnly<T: KubeObject>(_ object: T) async throws -> ObjectMeta {
        try await metadata(.create(object))
    }

    /// Replaces an object's status and nothing else; nothing else travels, either way.
    ///
    /// With `metadata.resourceVersion` set it fails with a conflict when someone was faster.
    /// - Returns: the object as given, with the server's metadata.
    public func updateStatus<T: StatusObject>(_ object: T) async throws -> T {
        var written = object
        written.metadata = try await metadata(.updateStatus(object))
        return written
    }

    private func metadata(_ request: KubeRequest) async throws -> ObjectMeta {
        var request = request
        request.accept = KubeRequest.partialObject
        return try await decode(PartialObject.self, request).metadata
    }

    /// Merges `merge` into an object (RFC 7396): null removes a member, a list is replaced whole.
    public func patch<T: KubeObject>(
        _ type: T.Type = T.self, namespace: String = "", name: String, subresource: String? = nil, merge: JSONValue
    ) async throws -> T {
        try await object(
            .patch(
                T.resource, namespace: namespace, name: name, subresource: subresource, kind: .merge, body: merge))
    }

    /// Applies operations to an object, all or none (RFC 6902).
    ///
    /// A `test` that does not hold fails the patch.
    public func patch<T: KubeObject>(
        _ type: T.Type = T.self, namespace: String = "", name: String, subresource: String? = nil, json: [JSONValue]
    ) async throws -> T {
        try await object(
            .patch(
                T.resource, namespace: namespace, name: name, subresource: subresource, kind: .json,
                body: .array(json)))
    }

    /// As `patch` with `merge`, but hears back only of the metadata.
    public func patchOnly<T: KubeObject>(
        _ type: T.Type, namespace: String = "", name: String, merge: JSONValue
    ) async throws -> ObjectMeta {
        try await metadata(
            .patch(T.resource, namespace: namespace, name: name, subresource: nil, kind: .merge, body: merge))
    }

    /// As `patch` with `json`, but hears back only of the metadata.
    public func patchOnly<T: KubeObject>(
        _ type: T.Type, namespace: String = "", name: String, json: [JSONValue]
    ) async throws -> ObjectMeta {
        try await metadata(
            .patch(T.resource, namespace: namespace, name: name, subresource: nil, kind: .json, body: .array(json)))
    }

    /// Tells an object by its subresource `scale` how many replicas it is to have, and nothing else.
    public func scale<T: KubeObject>(_ type: T.Type, namespace: String, name: String, to replicas: Int) async throws {
        try await send(
            .patch(
                T.resource, namespace: namespace, name: name, subresource: "scale", kind: .merge,
                body: ["spec": ["replicas": .int(Int64(replicas))]]))
    }

    /// Deletes an object, or only marks it for deletion while it has finalizers.
    ///
    /// With `uid` or `resourceVersion` only that very object, or that version of it, is deleted: else a conflict.
    public func delete<T: KubeObject>(
        _ type: T.Type = T.self, namespace: String = "", name: String, uid: String? = nil,
        resourceVersion: String? = nil, gracePeriodSeconds: Int64? = nil, propagation: Propagation? = nil
    ) async throws {
        let options = DeleteOptions(
            uid: uid, resourceVersion: resourceVersion, gracePeriodSeconds: gracePeriodSeconds,
            propagation: propagation)
        try await send(.delete(T.resource, namespace: namespace, name: name, options: options))
    }
}
