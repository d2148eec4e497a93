import KubeAPI

extension Schema {
    /// Removes members that the schema does not know.
    ///
    /// - Parameters:
    ///   - value: an object of this schema.
    ///   - path: where it stands.
    ///   - isRoot: whether it is a whole Kubernetes object, whose type and metadata are always allowed.
    /// - Returns: the paths of what was removed, in order.
    func prune(_ value: inout JSONValue, at path: String = "", isRoot: Bool = false) -> [String] {
        var removed: [String] = []
        prune(&value, at: path, isRoot: isRoot, removed: &removed)
        return removed
    }

    /// More unknown fields are removed without being told.
    static let mostTold = 100

    private static let objectMembers: Set<String> = ["apiVersion", "kind", "metadata"]

    private func prune(_ value: inout JSONValue, at path: String, isRoot: Bool, removed: inout [String]) {
        switch value {
        case .object(var members):
            value = .null
            for key in members.keys.sorted() {
                if isRoot, Self.objectMembers.contains(key) { continue }
                if let schema = schema(ofMember: key) {
                    guard members[key]?.isContainer == true else { continue }
                    let isObject = schema.fields.isEmbeddedResource
                    schema.prune(
                        &members[key, default: .null], at: FieldPath.member(path, key), isRoot: isObject,
                        removed: &removed)
                } else if !keepsUnknownMembers {
                    members[key] = nil
                    if removed.count < Self.mostTold { removed.append(FieldPath.member(path, key)) }
                }
            }
            value = .object(members)
        case .array(var items):
            guard let schema = fields.items else { return }
            value = .null
            for index in items.indices where items[index].isContainer {
                let isObject = schema.fields.isEmbeddedResource
                schema.prune(
                    &items[index], at: FieldPath.index(path, index), isRoot: isObject, removed: &removed)
            }
            value = .array(items)
        default: break
        }
    }
}
