import KubeAPI

extension Schema {
    /// Checks that lists are the sets and maps that they are said to be, and that embedded objects are objects.
    ///
    /// Source: apiextensions-apiserver `schema/listtype` and `schema/objectmeta`.
    func checkStructure(of value: JSONValue, _ findings: inout Findings) {
        guard fields.hasStructure else { return }
        switch value {
        case .array(let items):
            if let schema = fields.items {
                for (index, item) in items.enumerated() where item.isContainer {
                    findings.item(index) { schema.checkStructure(of: item, &$0) }
                }
            }
            checkUniqueness(of: items, &findings)
        case .object(let members):
            if fields.isEmbeddedResource { checkEmbedded(members, &findings) }
            for (key, member) in members.lazy.filter({ $0.value.isContainer }).sorted(by: { $0.key < $1.key }) {
                guard let schema = schema(ofMember: key) else { continue }
                findings.member(key) { schema.checkStructure(of: member, &$0) }
            }
        default: break
        }
    }

    private func checkUniqueness(of items: [JSONValue], _ findings: inout Findings) {
        guard fields.listType != .atomic || fields.uniqueItems else { return }
        var seen: Set<JSONValue> = []
        for (index, item) in items.enumerated() {
            let identity = fields.identity(of: item) ?? item
            if !seen.insert(identity).inserted {
                findings.add(.duplicate(FieldPath.index(findings.path, index), identity))
            }
        }
    }

    private func checkEmbedded(_ members: [String: JSONValue], _ findings: inout Findings) {
        for name in ["apiVersion", "kind"] where members[name]?.stringValue?.isEmpty ?? true {
            findings.add(.required(FieldPath.member(findings.path, name), "must not be empty"))
        }
        if let metadata = members["metadata"], metadata.objectValue == nil {
            findings.add(
                .type(FieldPath.member(findings.path, "metadata"), found: metadata.typeName, wanted: "object"))
        }
    }
}
