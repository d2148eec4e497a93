import KubeAPI

/// Writes watch events as the client wants them: whole objects, their metadata, or Tables.
///
/// Whole objects and metadata are cut from the stored text, which all watches share.
struct WatchEncoder: Sendable {
    let definition: ResourceDefinition
    let table: Table?
    let isMetadataOnly: Bool
    private var hasSentColumns = false

    init(definition: ResourceDefinition, table: Table?, isMetadataOnly: Bool) {
        self.definition = definition
        self.table = table
        self.isMetadataOnly = isMetadataOnly
    }

    static func error(_ status: Status) -> [UInt8] {
        let object = (try? JSONValue(encoding: status)) ?? .null
        return JSONValue.object(["type": "ERROR", "object": object]).serializedBytes() + [10]
    }

    mutating func append(_ signal: WatchSignal, to bytes: inout [UInt8]) {
        switch signal {
        case .added(let object): append("ADDED", text(of: object), to: &bytes)
        case .modified(let object): append("MODIFIED", text(of: object), to: &bytes)
        case .deleted(let object, let revision): append("DELETED", text(of: object, at: revision), to: &bytes)
        case .bookmark(let revision, let endsInitialEvents):
            append("BOOKMARK", text(of: bookmark(revision, endsInitialEvents)), to: &bytes)
        }
    }

    private func append(_ type: String, _ text: [UInt8], to bytes: inout [UInt8]) {
        bytes += Array("{\"type\":\"\(type)\",\"object\":".utf8)
        bytes += text
        bytes += [UInt8(ascii: "}"), 10]
    }

    private mutating func text(of object: StoredObject, at revision: Int64? = nil) -> [UInt8] {
        let text = definition.text(of: object, at: revision)
        if isMetadataOnly { return ResourceRequest.partialText(text) }
        guard table != nil else { return text }
        return self.text(of: (try? JSONReader.parse(text)) ?? object.value)
    }

    private mutating func text(of object: JSONValue) -> [UInt8] {
        if let table {
            defer { hasSentColumns = true }
            return table.render(
                [object], revision: object.resourceVersion ?? "", withColumns: !hasSentColumns, now: .now()
            ).serializedBytes()
        }
        return (isMetadataOnly ? ResourceRequest.partial(object) : object).serializedBytes()
    }

    private func bookmark(_ revision: Int64, _ endsInitialEvents: Bool) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision)), "creationTimestamp": nil]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        return [
            "kind": .string(definition.type.kind), "apiVersion": .string(definition.type.apiVersion),
            "metadata": metadata,
        ]
    }
}
