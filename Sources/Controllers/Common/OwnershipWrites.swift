import KubeAPI
import KubeClient

extension KubeClient {
    /// Makes `owner` the controller of `object`, if the object still is as it was seen.
    ///
    /// The owner is read afresh first: what a cache still has may be on its way out, and what it adopts then would be
    /// collected with it. Source: kubernetes `controller_ref_manager.go`, `RecheckDeletionTimestamp`.
    /// - Throws: a conflict when the owner is gone, another, or being deleted.
    func adopt<Object: KubeObject, Owner: KubeObject>(_ object: Object, for owner: Owner) async throws {
        let (kind, key) = (Owner.resource.kind, owner.key)
        let fresh: Owner = try await get(namespace: key.namespace, name: key.name)
        guard fresh.metadata.uid == owner.metadata.uid else {
            throw Status(
                code: 409, reason: "Conflict",
                message: "original \(kind) \(key) is gone: got uid \(fresh.metadata.uid), wanted \(owner.metadata.uid)")
        }
        if let deleted = fresh.metadata.deletionTimestamp {
            throw Status(code: 409, reason: "Conflict", message: "\(key) has just been deleted at \(deleted)")
        }
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
