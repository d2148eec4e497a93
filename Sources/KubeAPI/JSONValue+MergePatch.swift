extension JSONValue {
    /// The merge patch (RFC 7396) that makes `other` of this value: of objects only the members that differ, null for
    /// those that are gone.
    public func mergePatch(to other: JSONValue) -> JSONValue {
        guard case .object(let old) = self, case .object(let new) = other else { return other }
        var patch: [String: JSONValue] = [:]
        for (name, value) in new where old[name] != value {
            patch[name] = old[name].map { $0.mergePatch(to: value) } ?? value
        }
        for name in old.keys where new[name] == nil { patch[name] = .null }
        return .object(patch)
    }
}
