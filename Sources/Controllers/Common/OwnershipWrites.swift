import KubeAPI
import KubeClient

extension KubeClient {
    /// Makes `owner` the controller of `object`, if the object still is as it was seen.
    func adopt<Object: KubeObject>(_ object: Object, for owner: some KubeObject) async throws {
        try await setOwners(of: object, object.metadata.ownerReferences + [owner.controllerReference])
    }

    /// Takes `owner` from the owners of `object`.
    func release<Object: KubeObject>(_ object: Object, from owner: some KubeObject) async throws {
        let left = object.metadata.ownerReferences.filter { $0.uid != owner.metadata.uid }
        try await setOwners(of: object, left)
    }

    private func setOwners<Object: KubeObject>(of object: Object, _ owners: [OwnerReference]) async throws {
        let owners = try owners.map { try JSONValue(encoding: $0) }
        _ = try await patchIfUnchanged(
            object, [["op": "add", "path": "/metadata/ownerReferences", "value": .array(owners)]])
    }

    /// Applies operations to `object` unless it has changed since it was seen.
    /// - Throws: a conflict when it has changed.
    @discardableResult
    func patchIfUnchanged<Object: KubeObject>(_ object: Object, _ operations: [JSONValue]) async throws -> Object {
        let test: JSONValue = [
            "op": "test", "path": "/metadata/resourceVersion",
            "value": .string(object.metadata.resourceVersion ?? ""),
        ]
        return try await unchanged {
            try await patch(
                Object.self, namespace: object.metadata.namespace, name: object.metadata.name,
                json: [test] + operations)
        }
    }

    /// Deletes that very object; one that is gone already is fine.
    func deleteIfPresent<Object: KubeObject>(_ object: Object, gracePeriodSeconds: Int64? = nil) async throws {
        do {
            try await delete(
                Object.self, namespace: object.metadata.namespace, name: object.metadata.name,
                uid: object.metadata.uid, gracePeriodSeconds: gracePeriodSeconds, propagation: .background)
        } catch let status as Status where status.isNotFound {}
    }
}

/// A `test` that does not hold is answered with 422 by Kubernetes: for the caller it is a conflict like any other.
func unchanged<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let status as Status where status.code == 422 && status.message.contains("testing ") {
        throw Status(code: 409, reason: "Conflict", message: status.message, details: status.details)
    }
}
