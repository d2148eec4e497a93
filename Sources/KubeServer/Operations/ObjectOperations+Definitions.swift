import KubeAPI

/// The names of CustomResourceDefinitions.
extension ObjectOperations {
    /// The names that are taken in the group of a CustomResourceDefinition; nothing for other objects.
    func takenNames(for object: JSONValue, _ definition: ResourceDefinition) -> CRDStatus.TakenNames {
        guard case .customResourceDefinition = definition.behaviour else { return CRDStatus.TakenNames() }
        let group = object["spec"]?["group"]?.stringValue ?? ""
        return CRDStatus.TakenNames(
            definitions: definitions(inGroup: group).map(\.value).filter { $0.name != object.name },
            builtIns: BuiltIns.definitions.filter { $0.type.group == group })
    }

    /// The CustomResourceDefinitions of a group, the oldest first.
    func definitions(inGroup group: String) -> [StoredObject] {
        store.list(BuiltIns.customResourceDefinitions.storageKey, ObjectFilter()).objects
            .filter { $0.value["spec"]?["group"]?.stringValue == group }
            .sorted { Self.age($0) < Self.age($1) }
    }

    private static func age(_ object: StoredObject) -> (String, String) {
        (object.value["metadata"]?["creationTimestamp"]?.stringValue ?? "", object.key.name)
    }

    /// Gives the names of a group to whom they belong: those that somebody has given up go to who waits for them, and
    /// of two that have got the same at the same moment the older keeps it.
    func settleNames(inGroup group: String) async throws(Status) {
        let definition = BuiltIns.customResourceDefinitions
        var earlier: [JSONValue] = []
        for object in definitions(inGroup: group) {
            let claimed = CRDStatus.TakenNames(definitions: earlier)
            do throws(Status) {
                let outcome = try await modify(definition, object.key, part: .status) { current throws(Status) in
                    var changed = current
                    CRDStatus.revoke(&changed, claimed)
                    CRDStatus.update(&changed, taken: takenNames(for: current, definition), now: .now())
                    return changed
                }
                earlier.append(outcome.object)
            } catch  where error.isNotFound {
                continue
            }
        }
    }
}
