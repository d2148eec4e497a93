import KubeAPI

/// A watch that is ready to be sent.
struct OpenWatch: Sendable {
    let store: ObjectStore
    let resource: String
    let watcher: Watcher
    let initial: [WatchSignal]
    let encoder: WatchEncoder
    /// The watch ends after this; the client then opens the next.
    let deadline: Duration
    /// nil: no bookmarks.
    let bookmarkInterval: Duration?

    /// Sends events until the deadline, the client's departure, a full queue or the server's end.
    func run(_ send: (_ bytes: [UInt8]) async throws -> Void) async throws {
        defer { store.endWatch(watcher, of: resource) }
        let clock = Task { [store, watcher, deadline, bookmarkInterval] in
            await Self.tick(store, watcher, deadline, bookmarkInterval)
        }
        defer { clock.cancel() }
        var encoder = encoder
        var opening: [UInt8] = []
        for signal in initial { encoder.append(signal, to: &opening) }
        if !opening.isEmpty { try await send(opening) }
        for await signal in watcher.signals {
            var bytes: [UInt8] = []
            encoder.append(signal, to: &bytes)
            try await send(bytes)
        }
    }

    private static func tick(
        _ store: ObjectStore, _ watcher: Watcher, _ deadline: Duration, _ interval: Duration?
    ) async {
        let end = ContinuousClock.now + deadline
        while !Task.isCancelled {
            let next = interval.map { min(ContinuousClock.now + $0, end) } ?? end
            do { try await Task.sleep(until: next) } catch { return }
            if next >= end { break }
            store.bookmark(watcher)
        }
        watcher.finish()
    }
}

/// Writes watch events as the client wants them: whole objects, their metadata, or Tables.
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
        case .added(let object): append("ADDED", object, at: object.revision, to: &bytes)
        case .modified(let object): append("MODIFIED", object, at: object.revision, to: &bytes)
        case .deleted(let object, let revision): append("DELETED", object, at: revision, to: &bytes)
        case .bookmark(let revision): append("BOOKMARK", text(of: bookmark(revision)), to: &bytes)
        }
    }

    private func append(_ type: String, _ text: [UInt8], to bytes: inout [UInt8]) {
        bytes += Array("{\"type\":\"\(type)\",\"object\":".utf8)
        bytes += text
        bytes += [UInt8(ascii: "}"), 10]
    }

    private mutating func append(_ type: String, _ object: StoredObject, at revision: Int64, to bytes: inout [UInt8]) {
        let version = definition.type.apiVersion
        if table == nil, !isMetadataOnly, object.revision == revision,
            object.value["apiVersion"]?.stringValue == version
        {
            return append(type, object.bytes, to: &bytes)
        }
        var value = object.value
        value["apiVersion"] = .string(version)
        value.setMetadata("resourceVersion", .string(String(revision)))
        append(type, text(of: value), to: &bytes)
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

    private func bookmark(_ revision: Int64) -> JSONValue {
        [
            "kind": .string(definition.type.kind), "apiVersion": .string(definition.type.apiVersion),
            "metadata": ["resourceVersion": .string(String(revision)), "creationTimestamp": nil],
        ]
    }
}
