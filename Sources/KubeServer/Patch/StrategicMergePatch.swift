import KubeAPI

/// Strategic merge patch, for the built-in kinds only: lists of objects with a known key are merged by that key.
///
/// Source: apimachinery `strategicpatch`; the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…` and
/// `$setElementOrder/…` are understood.
enum StrategicMergePatch {
    /// The merge keys of the built-in kinds' lists, by the list's name (`patchMergeKey` tags of core/v1 and meta/v1).
    private static let mergeKeys: [String: String] = [
        "containers": "name", "initContainers": "name", "ephemeralContainers": "name", "volumes": "name",
        "env": "name", "ports": "containerPort", "volumeMounts": "mountPath", "volumeDevices": "devicePath",
        "imagePullSecrets": "name", "hostAliases": "ip", "conditions": "type", "ownerReferences": "uid",
        "topologySpreadConstraints": "topologyKey", "resourceClaims": "name", "secrets": "name", "podIPs": "ip",
        "hostIPs": "ip",
    ]
    private static let mergedPrimitives: Set<String> = ["finalizers"]
    private static let deletePrefix = "$deleteFromPrimitiveList/"

    static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        switch changes["$patch"]?.stringValue {
        case "replace": return .object(changes.filter { $0.key != "$patch" })
        case "delete": return .object([:])
        default: break
        }
        var members = target.objectValue ?? [:]
        if let kept = changes["$retainKeys"]?.arrayValue {
            members = members.filter { kept.contains(.string($0.key)) }
        }
        for (key, change) in changes where !key.hasPrefix("$") {
            members[key] = merged(key, change, into: members[key])
        }
        for (key, change) in changes where key.hasPrefix(deletePrefix) {
            let list = String(key.dropFirst(deletePrefix.count))
            let gone = change.arrayValue ?? []
            members[list] = members[list]?.arrayValue.map { .array($0.filter { !gone.contains($0) }) }
        }
        return .object(members)
    }

    private static func merged(_ key: String, _ change: JSONValue, into current: JSONValue?) -> JSONValue? {
        switch change {
        case .null: return nil
        case .object: return apply(change, to: current ?? .null)
        case .array(let items):
            if let mergeKey = mergeKeys[key], items.allSatisfy({ $0.objectValue != nil }) {
                return .array(merge(items, into: current?.arrayValue ?? [], by: mergeKey))
            }
            guard mergedPrimitives.contains(key) else { return change }
            let old = current?.arrayValue ?? []
            return .array(old + items.filter { !old.contains($0) })
        default: return change
        }
    }

    private static func merge(_ items: [JSONValue], into current: [JSONValue], by key: String) -> [JSONValue] {
        if items.contains(where: { $0["$patch"] == "replace" && $0[key] == nil }) {
            return items.filter { $0["$patch"] == nil }
        }
        var result = current
        for item in items {
            let found = result.firstIndex { $0[key] == item[key] }
            if item["$patch"] == "delete" {
                if let found { result.remove(at: found) }
            } else if let found {
                result[found] = apply(item, to: result[found])
            } else {
                result.append(apply(item, to: .object([:])))
            }
        }
        return result
    }
}
