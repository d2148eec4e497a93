import KubeAPI

extension Janitor {
    /// Deletes an object all of whose owners are gone; takes the gone ones off one that has others.
    func collect(_ key: StoreKey) async throws(Status) {
        guard let definition = definition(key.resource), let object = operations.store.get(key.resource, key.key),
            !object.ownerUIDs.isEmpty, let owners = object.value["metadata"]?["ownerReferences"]?.arrayValue
        else { return }
        let left = owners.filter { isThere($0, namespace: key.key.namespace) }
        if left.isEmpty {
            guard !object.isBeingDeleted else { return }
            var options = DeleteOptions()
            options.uid = object.uid
            _ = try await operations.delete(definition, key.key, options: options)
        } else if left.count < owners.count {
            try await setOwners(left, of: object, definition)
        }
    }

    /// An owner of a kind that is not served counts as there: nobody can tell.
    private func isThere(_ owner: JSONValue, namespace: String) -> Bool {
        guard let key = storeKey(owner, namespace: namespace) else { return true }
        return operations.store.get(key.resource, key.key)?.uid == owner["uid"]?.stringValue
    }

    private func setOwners(
        _ owners: [JSONValue], of object: StoredObject, _ definition: ResourceDefinition
    ) async throws(Status) {
        let value: JSONValue? = owners.isEmpty ? .none : .some(.array(owners))
        _ = try await operations.modify(definition, object.key) { current throws(Status) in
            var changed = current
            changed.setMetadata("ownerReferences", value)
            return changed
        }
    }

    /// Goes on with the deletion of an object that is to leave orphans, or to go after its dependents.
    func finishOwner(_ key: StoreKey) async throws(Status) {
        guard let definition = definition(key.resource), let owner = operations.store.get(key.resource, key.key),
            owner.isBeingDeleted
        else { return }
        let dependents = operations.store.dependents(of: owner.value.uid)
        if owner.value.finalizers.contains(ObjectOperations.orphanFinalizer) {
            for dependent in dependents { try await orphan(dependent, from: owner.value.uid) }
            try await removeFinalizer(ObjectOperations.orphanFinalizer, from: owner, definition)
        } else if owner.value.finalizers.contains(ObjectOperations.foregroundFinalizer) {
            for dependent in dependents where !dependent.isBeingDeleted { try await deleteDependent(dependent) }
            let blocking = operations.store.dependents(of: owner.value.uid).contains {
                Self.blocks($0.value, owner: owner.value.uid)
            }
            if !blocking { try await removeFinalizer(ObjectOperations.foregroundFinalizer, from: owner, definition) }
        }
    }

    private static func blocks(_ object: JSONValue, owner uid: String) -> Bool {
        (object["metadata"]?["ownerReferences"]?.arrayValue ?? []).contains {
            $0["uid"]?.stringValue == uid && $0["blockOwnerDeletion"] == true
        }
    }

    private func orphan(_ dependent: StoredObject, from uid: String) async throws(Status) {
        guard let definition = definition(dependent.resource) else { return }
        let owners = dependent.value["metadata"]?["ownerReferences"]?.arrayValue ?? []
        try await setOwners(owners.filter { $0["uid"]?.stringValue != uid }, of: dependent, definition)
    }

    private func deleteDependent(_ dependent: StoredObject) async throws(Status) {
        guard let definition = definition(dependent.resource) else { return }
        var options = DeleteOptions()
        options.uid = dependent.value.uid
        if !operations.store.dependents(of: dependent.value.uid).isEmpty { options.propagation = .foreground }
        do throws(Status) {
            _ = try await operations.delete(definition, dependent.key, options: options)
        } catch  where error.isNotFound {
            return
        }
    }

    private func removeFinalizer(
        _ finalizer: String, from object: StoredObject, _ definition: ResourceDefinition
    ) async throws(Status) {
        _ = try await operations.modify(definition, object.key) { current throws(Status) in
            var changed = current
            changed.setFinalizers(current.finalizers.filter { $0 != finalizer })
            return changed
        }
    }

    /// Removes what was made of a custom resource while its definition went: nobody can read or delete it any more.
    private func removeUnserved(_ resource: String) async {
        guard !BuiltIns.definitions.contains(where: { $0.storageKey == resource }) else { return }
        for object in operations.store.list(resource, ObjectFilter()).objects {
            _ = try? await operations.store.commit(.delete(object.value, of: object))
        }
    }

    /// Deletes the objects of a CustomResourceDefinition that is being deleted, then lets it go.
    func emptyDefinition(_ name: String) async throws(Status) {
        let definition = BuiltIns.customResourceDefinitions
        guard let crd = operations.store.get(definition.storageKey, ObjectKey(namespace: "", name: name)) else {
            return await removeUnserved(name)
        }
        guard crd.isBeingDeleted else { return }
        if let resource = self.definition(name), try await !deleteAll(resource, ObjectFilter()).isEmpty {
            _ = try await operations.modify(definition, crd.key, part: .status) { current throws(Status) in
                var changed = current
                CRDStatus.setTermination(&changed, .inProgress, now: .now())
                return changed
            }
            return
        }
        try await removeFinalizer(ResourceDefinition.crdFinalizer, from: crd, definition)
    }

    /// - Returns: the objects that are still there.
    func deleteAll(_ definition: ResourceDefinition, _ filter: ObjectFilter) async throws(Status) -> [StoredObject] {
        let objects = operations.store.list(definition.storageKey, filter).objects
        _ = try await operations.delete(objects.filter { !$0.isBeingDeleted }, of: definition)
        return operations.store.list(definition.storageKey, filter).objects
    }
}
