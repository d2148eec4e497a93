import KubeAPI

extension Janitor {
    /// Deletes what is in a namespace that is being deleted or gone, and then lets go of it.
    ///
    /// As long as something is left, the namespace's conditions say what.
    func emptyNamespace(_ name: String) async throws(Status) {
        let definition = BuiltIns.namespaces
        let key = ObjectKey(namespace: "", name: name)
        let namespace = operations.store.get(definition.storageKey, key)
        guard namespace?.isBeingDeleted ?? true else { return }
        var left: [NamespaceContent] = []
        for resource in operations.registry.snapshot.byStorage.values where resource.type.isNamespaced {
            let objects = try await deleteAll(resource, ObjectFilter(namespace: name))
            if !objects.isEmpty { left.append(NamespaceContent(type: resource.type, objects: objects.map(\.value))) }
        }
        guard namespace != nil else { return }
        if left.isEmpty {
            _ = try await operations.modify(definition, key, part: .finalize) { current throws(Status) in
                var changed = current
                let others = (current["spec"]?["finalizers"]?.arrayValue ?? []).filter {
                    $0.stringValue != ResourceDefinition.namespaceFinalizer
                }
                changed.set(.array(others), at: ["spec", "finalizers"])
                return changed
            }
        } else {
            let content = left
            _ = try await operations.modify(definition, key, part: .status) { current throws(Status) in
                var changed = current
                NamespaceContent.report(content, in: &changed, now: .now())
                return changed
            }
        }
    }
}

/// What of one resource is still in a namespace that is being deleted.
struct NamespaceContent: Sendable {
    var type: ResourceType
    var objects: [JSONValue]

    /// Sets the conditions of a namespace by what is left in it.
    ///
    /// Source: kubernetes `pkg/controller/namespace/deletion/status_condition_utils.go`.
    static func report(_ left: [NamespaceContent], in namespace: inout JSONValue, now: Timestamp) {
        var conditions = namespace["status"]?["conditions"]?.arrayValue ?? []
        func set(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
            conditions = Conditions.setting(
                conditions, type, isTrue ? "True" : "False", reason: reason, message: message, now: now)
        }
        set(
            "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
            "All resources successfully discovered")
        set(
            "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
            "All legacy kube types successfully parsed")
        set(
            "NamespaceDeletionContentFailure", false, "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization")
        let remaining = left.sorted { $0.title < $1.title }.map {
            "\($0.title) has \($0.objects.count) resource instances"
        }
        if remaining.isEmpty {
            set("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
        } else {
            set(
                "NamespaceContentRemaining", true, "SomeResourcesRemain",
                "Some resources are remaining: \(remaining.joined(separator: ", "))")
        }
        var counts: [String: Int] = [:]
        for finalizer in left.flatMap(\.objects).flatMap(\.finalizers) { counts[finalizer, default: 0] += 1 }
        if counts.isEmpty {
            set(
                "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
                "All content-preserving finalizers finished")
        } else {
            let list = counts.sorted { $0.key < $1.key }.map { "\($0.key) in \($0.value) resource instances" }
            set(
                "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
                "Some content in the namespace has finalizers remaining: \(list.joined(separator: ", "))")
        }
        namespace.set(.array(conditions), at: ["status", "conditions"])
    }

    /// Resource and group, with a dot between even if there is no group.
    private var title: String { "\(type.plural).\(type.group)" }
}
