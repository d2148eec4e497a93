import KubeAPI

extension ResourceRequest {
    /// One object in the form that the client wants.
    func reply(_ outcome: WriteOutcome, code: Int = 200) throws(Status) -> APIReply {
        var object = outcome.object
        switch try call.form() {
        case .json, .aggregatedDiscovery:
            guard let stored = outcome.stored else { break }
            var reply = APIReply(bytes: definition.text(of: stored), code: code)
            reply.warnings = outcome.warnings
            return reply
        case .table: object = try table().render([object], revision: object.resourceVersion ?? "", now: .now())
        case .metadata: object = Self.partial(object)
        }
        return APIReply(object, code: code, warnings: outcome.warnings)
    }

    /// One object, by its stored text where that is what the client wants.
    func read() async throws(Status) -> APIReply {
        let wanted = try ListOptions.revision(call.query["resourceVersion"] ?? "", isWatch: false)
        try await operations.store.waitUntil(wanted, for: handler.freshnessPatience)
        let object = try operations.get(definition, key)
        guard try call.form() == .json else { return try reply(WriteOutcome(object: definition.shown(object.value))) }
        return APIReply(bytes: definition.text(of: object))
    }

    func list() async throws(Status) -> APIReply {
        let options = try ListOptions(call.query, isWatch: false)
        let form = try call.form()
        let result = try await list(filter(), options)
        let metadata = Self.metadata(of: result)
        switch form {
        case .table:
            let objects = result.objects.map { definition.shown($0.value) }
            var rows = try table().render(objects, revision: String(result.revision), now: .now())
            rows["metadata"] = metadata
            return APIReply(rows)
        case .metadata:
            return Self.listReply(
                result.objects.lazy.map(Self.partialText), kind: "PartialObjectMetadataList",
                apiVersion: "meta.k8s.io/v1", metadata)
        case .json, .aggregatedDiscovery:
            return Self.listReply(
                result.objects.lazy.map { definition.text(of: $0) }, kind: definition.listKind,
                apiVersion: definition.type.apiVersion, metadata)
        }
    }

    private func list(_ filter: ObjectFilter, _ options: ListOptions) async throws(Status) -> ListResult {
        var page = ListPage(after: options.continuation?.last, limit: options.limit)
        switch options.version {
        case .latest: break
        case .notOlderThan(let revision):
            try await operations.store.waitUntil(revision, for: handler.freshnessPatience)
        case .exact(let revision):
            try await operations.store.waitUntil(revision, for: handler.freshnessPatience)
            page.revision = revision
        }
        do throws(Status) { return try operations.store.list(definition.storageKey, filter, page) } catch {
            guard error.isExpired, let token = options.continuation else { throw error }
            throw .continueExpired(token)
        }
    }

    private static func metadata(of result: ListResult) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(result.revision))]
        if result.hasMore, let last = result.objects.last {
            metadata["continue"] = .string(ContinueToken(last: last.key, revision: result.revision).text)
            metadata["remainingItemCount"] = result.remaining.map { .int(Int64($0)) }
        }
        return metadata
    }

    private static func listReply(
        _ items: some Sequence<[UInt8]>, kind: String, apiVersion: String, _ metadata: JSONValue
    ) -> APIReply {
        var bytes = Array("{\"kind\":\"\(kind)\",\"apiVersion\":\"\(apiVersion)\",\"metadata\":".utf8)
        metadata.write(to: &bytes)
        bytes += Array(",\"items\":[".utf8)
        var isFirst = true
        for item in items {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes += item
        }
        bytes += Array("]}".utf8)
        return APIReply(bytes: bytes)
    }

    static func partial(_ object: JSONValue) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"] ?? .object([:]),
        ]
    }

    /// The text of `partial`, cut from the object's.
    static func partialText(_ object: StoredObject) -> [UInt8] { partialText(object.bytes) }

    static func partialText(_ text: [UInt8]) -> [UInt8] {
        var bytes = Array(
            "{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"PartialObjectMetadata\",\"metadata\":".utf8)
        if let range = JSONText.range(of: ["metadata"], in: text) {
            bytes += text[range]
        } else {
            bytes += Array("{}".utf8)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
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

    func watch() async throws(Status) -> APIReply {
        let options = try ListOptions(call.query, isWatch: true)
        let form = try call.form()
        let table = form == .table ? try table() : nil
        let timeout = try call.query.int("timeoutSeconds") ?? 0
        let filter = try filter()
        if case .notOlderThan(let revision) = options.version {
            try await operations.store.waitUntil(revision, for: handler.freshnessPatience)
        }
        let opening: WatchOpening
        do throws(Status) {
            opening = try operations.store.watch(definition.storageKey, filter, from: options.watchStart)
        } catch  where error.isExpired {
            // As upstream: the watch opens, says why it cannot go on, and ends.
            return APIReply(bytes: WatchEncoder.error(error))
        }
        return APIReply(
            watch: OpenWatch(
                store: operations.store, opening: opening,
                encoder: WatchEncoder(definition: definition, table: table, isMetadataOnly: form == .metadata),
                deadline: timeout > 0 ? .seconds(min(timeout, 86_400)) : .seconds(Int64.random(in: 1800...3600)),
                bookmarkInterval: options.allowsBookmarks ? handler.bookmarkInterval : nil,
                marksInitialEvents: options.sendsInitialEvents == true && options.allowsBookmarks))
    }
}
