import KubeAPI

extension Schema {
    /// Checks that lists are the sets and maps that they are said to be, and that embedded objects are objects.
    ///
    /// Source: apiextensions-apiserver `schema/listtype` and `schema/objectmeta`.
    func checkStructure(of value: JSONValue, at path: String, errors: inout [FieldError]) {
        switch value {
        case .array(let items):
            if let schema = fields.items {
                for (index, item) in items.enumerated() where item.isContainer {
                    schema.checkStructure(of: item, at: FieldPath.index(path, index), errors: &errors)
                }
            }
            checkUniqueness(of: items, at: path, errors: &errors)
        case .object(let members):
            if fields.isEmbeddedResource { checkEmbedded(members, at: path, errors: &errors) }
            for key in members.keys.sorted() {
                guard let member = members[key], member.isContainer, let schema = schema(ofMember: key) else {
                    continue
                }
                schema.checkStructure(of: member, at: FieldPath.member(path, key), errors: &errors)
            }
        default: break
        }
    }

    private func checkUniqueness(of items: [JSONValue], at path: String, errors: inout [FieldError]) {
        guard fields.listType != .atomic || fields.uniqueItems else { return }
        var seen: Set<JSONValue> = []
        for (index, item) in items.enumerated() {
            let identity = fields.identity(of: item) ?? item
            if !seen.insert(identity).inserted {
                errors.append(.duplicate(FieldPath.index(path, index), identity))
            }
        }
    }

    private func checkEmbedded(_ members: [String: JSONValue], at path: String, errors: inout [FieldError]) {
        for name in ["apiVersion", "kind"] where members[name]?.stringValue?.isEmpty ?? true {
            errors.append(.required(FieldPath.member(path, name), "must not be empty"))
        }
        if let metadata = members["metadata"], metadata.objectValue == nil {
            errors.append(.type(FieldPath.member(path, "metadata"), found: metadata.typeName, wanted: "object"))
        }
    }
}
