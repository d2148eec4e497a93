import KubeAPI

/// RFC 7386: JSON Merge Patch.
enum MergePatch {
    static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = target.objectValue ?? [:]
        for (key, change) in changes {
            // Spelled out: a bare `nil` in a conditional would be JSON's null.
            if change == .null {
                members.removeValue(forKey: key)
            } else {
                members[key] = apply(change, to: members[key] ?? .null)
            }
        }
        return .object(members)
    }
}
