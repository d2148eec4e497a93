import KubeAPI

extension ResourceRequest {
    /// One object in the form that the client wants.
    func reply(_ outcome: WriteOutcome, code: Int = 200) throws(Status) -> APIReply {
        var object = outcome.object
        object["apiVersion"] = .string(definition.type.apiVersion)
        switch try call.form() {
        case .json, .aggregatedDiscovery: break
        case .table: object = try table().render([object], revision: object.resourceVersion ?? "", now: .now())
        case .metadata: object = Self.partial(object)
        }
        return APIReply(object, code: code, warnings: outcome.warnings)
    }

    func list() throws(Status) -> APIReply {
        let form = try call.form()
        let (objects, revision) = operations.store.list(definition.storageKey, try filter())
        if let text = call.query["resourceVersion"], call.query["resourceVersionMatch"] == "Exact",
            text != String(revision)
        {
            throw .expired("The provided resource version \(text) is not available: only the current one is")
        }
        switch form {
        case .table:
            let rows = try table().render(objects.map(\.value), revision: String(revision), now: .now())
            return APIReply(rows)
        case .metadata:
            return APIReply(
                bytes: listBytes(
                    objects.map { Self.partial($0.value).serializedBytes() }, kind: "PartialObjectMetadataList",
                    apiVersion: "meta.k8s.io/v1", revision: revision))
        case .json, .aggregatedDiscovery:
            return APIReply(
                bytes: listBytes(
                    objects.map { bytes(of: $0) }, kind: definition.listKind,
                    apiVersion: definition.type.apiVersion, revision: revision))
        }
    }

    /// The object's stored text, unless it is asked for in another version than it was stored in.
    private func bytes(of object: StoredObject) -> [UInt8] {
        if object.value["apiVersion"]?.stringValue == definition.type.apiVersion { return object.bytes }
        var value = object.value
        value["apiVersion"] = .string(definition.type.apiVersion)
        return value.serializedBytes()
    }

    private func listBytes(_ items: [[UInt8]], kind: String, apiVersion: String, revision: Int64) -> [UInt8] {
        var bytes = Array(
            "{\"kind\":\"\(kind)\",\"apiVersion\":\"\(apiVersion)\",\"metadata\":{\"resourceVersion\":\"\(revision)\"},\"items\":["
                .utf8)
        bytes.reserveCapacity(bytes.count + items.reduce(2) { $0 + $1.count + 1 })
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item
        }
        bytes += Array("]}".utf8)
        return bytes
    }

    static func partial(_ object: JSONValue) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"] ?? .object([:]),
        ]
    }

    func table() throws(Status) -> Table {
        var table = Table(columns: definition.columns)
        if let text = call.query["includeObject"], !text.isEmpty {
            guard let included = Table.IncludedObject(rawValue: text) else {
                throw .badRequest("includeObject \"\(text)\" is none of None, Metadata, Object")
            }
            table.included = included
        }
        return table
    }

    func watch() throws(Status) -> APIReply {
        if call.query.flag("sendInitialEvents") || call.query["resourceVersionMatch"]?.isEmpty == false {
            throw Status.invalid(
                ResourceType(group: "meta.k8s.io", version: "v1", kind: "ListOptions", plural: "listoptions"), "",
                [
                    .forbidden(
                        "sendInitialEvents",
                        "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
                ])
        }
        let form = try call.form()
        let table = form == .table ? try table() : nil
        let timeout = try call.query.int("timeoutSeconds") ?? 0
        let start = try watchStart()
        let store = operations.store
        let opened: (watcher: Watcher, initial: [WatchSignal])
        do throws(Status) {
            opened = try store.watch(definition.storageKey, try filter(), from: start)
        } catch  where error.isExpired {
            // As upstream: the watch opens, says why it cannot go on, and ends.
            return APIReply(
                bytes: WatchEncoder.error(error))
        }
        return APIReply(
            watch: OpenWatch(
                store: store, resource: definition.storageKey, watcher: opened.watcher, initial: opened.initial,
                encoder: WatchEncoder(definition: definition, table: table, isMetadataOnly: form == .metadata),
                deadline: timeout > 0 ? .seconds(min(timeout, 86_400)) : .seconds(Int64.random(in: 1800...3600)),
                bookmarkInterval: call.query.flag("allowWatchBookmarks") ? handler.bookmarkInterval : nil))
    }

    private func watchStart() throws(Status) -> ObjectStore.WatchStart {
        switch call.query["resourceVersion"] ?? "" {
        case "", "0": return .current
        case let text:
            guard let revision = Int64(text), revision > 0 else {
                throw .badRequest("resourceVersion \"\(text)\" is not a version that this server has given out")
            }
            return .after(revision)
        }
    }
}
