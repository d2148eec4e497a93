import KubeAPI

/// Answers requests: finds what a path names and calls the operation.
///
/// Knows nothing of sockets.
struct APIHandler: Sendable {
    let operations: ObjectOperations
    let podLogs: PodLogs?
    /// How often a watch that wants bookmarks gets one.
    var bookmarkInterval: Duration = .seconds(30)
    /// How long a read waits for a resourceVersion that is yet to come.
    var freshnessPatience: Duration = .seconds(3)

    /// Answers one request that has been let in.
    func handle(_ call: APICall) async -> APIReply {
        do throws(Status) {
            guard let target = RequestTarget.parse(call.path) else { throw .noSuchResource }
            return try await reply(to: call, target)
        } catch {
            return APIReply(error)
        }
    }

    private func reply(to call: APICall, _ target: RequestTarget) async throws(Status) -> APIReply {
        if case .resource(let resource) = target { return try await reply(to: call, resource) }
        guard call.method == "GET" || call.method == "HEAD" else { throw .methodNotAllowed }
        let discovery = Discovery(snapshot: operations.registry.snapshot)
        switch target {
        case .openAPIv2, .openAPIv3Index, .openAPIv3: return try openAPI(call, target)
        default: break
        }
        let isAggregated = try call.form() == .aggregatedDiscovery
        switch target {
        case .health: return APIReply(bytes: Array("ok".utf8), contentType: "text/plain; charset=utf-8")
        case .version: return APIReply(Discovery.version)
        case .coreVersions where isAggregated: return .discovery(discovery.aggregated(core: true))
        case .groups where isAggregated: return .discovery(discovery.aggregated(core: false))
        case .coreVersions: return APIReply(Discovery.coreVersions)
        case .coreResources: return APIReply(try discovery.resources(group: "", version: "v1"))
        case .groups: return APIReply(discovery.groups())
        case .group(let name): return APIReply(try discovery.group(name))
        case .groupResources(let group, let version):
            return APIReply(try discovery.resources(group: group, version: version))
        case .openAPIv2, .openAPIv3Index, .openAPIv3, .resource: throw .noSuchResource
        }
    }

    private func openAPI(_ call: APICall, _ target: RequestTarget) throws(Status) -> APIReply {
        let snapshot = operations.registry.snapshot
        switch target {
        case .openAPIv3Index: return .document(snapshot.documents.v3Index(snapshot), for: call)
        case .openAPIv3(let groupVersion):
            guard let document = snapshot.documents.v3(groupVersion, snapshot) else { throw .noSuchResource }
            if let hash = call.query["hash"], hash != document.hash {
                var moved = APIReply(bytes: [], code: 301)
                moved.headers["Location"] = OpenAPIDocuments.path(of: groupVersion, document)
                return moved
            }
            return .document(document, for: call)
        default:
            // As upstream, protobuf only for who asks for it by name.
            let document =
                call.accept.contains("proto-openapi")
                ? snapshot.documents.v2Protobuf(snapshot) : snapshot.documents.v2(snapshot)
            return .document(document, for: call)
        }
    }

    private func reply(to call: APICall, _ target: ResourceTarget) async throws(Status) -> APIReply {
        let snapshot = operations.registry.snapshot
        guard
            let definition = snapshot.definition(
                group: target.group, version: target.version, plural: target.plural),
            definition.type.isNamespaced || target.namespace == nil
        else { throw .noSuchResource }
        if call.method == "GET" || call.method == "HEAD" { await operations.store.settle(definition.storageKey) }
        let request = ResourceRequest(handler: self, call: call, definition: definition, target: target)
        var reply = try await reply(to: request)
        if let warning = definition.deprecationWarning { reply.warnings.append(warning) }
        return reply
    }

    private func reply(to request: ResourceRequest) async throws(Status) -> APIReply {
        let (definition, target) = (request.definition, request.target)
        if target.subresource == nil, let verb = request.verb, !definition.verbs.contains(verb) {
            throw .methodNotAllowed
        }
        if case .review(let review) = definition.behaviour { return try request.replyForReview(review) }
        guard target.name != nil else { return try await request.replyForCollection() }
        if definition.type.isNamespaced, target.namespace == nil { throw .noSuchResource }
        guard let subresource = target.subresource else { return try await request.replyForObject() }
        guard definition.subresources.contains(where: { $0.name == subresource }) else {
            if let why = definition.refusal(ofSubresource: subresource) { throw .notImplemented(why) }
            throw .noSuchResource
        }
        switch subresource {
        case "status": return try await request.replyForStatus()
        case "finalize": return try await request.replyForFinalize()
        case "log": return try request.replyForLog()
        default:
            guard let paths = definition.scale else { throw .noSuchResource }
            return try await request.replyForScale(paths)
        }
    }
}

extension APIReply {
    fileprivate static func discovery(_ value: JSONValue) -> APIReply {
        APIReply(
            bytes: value.serializedBytes(),
            contentType: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
    }

    /// A document with its hash as the entity tag; 304 for who has it already.
    ///
    /// What is asked for by its hash never changes.
    fileprivate static func document(_ document: OpenAPIDocuments.Document, for call: APICall) -> APIReply {
        let tag = "\"\(document.hash)\""
        let isKnown = call.ifNoneMatch.contains(tag)
        var reply = APIReply(
            bytes: isKnown ? [] : document.bytes, code: isKnown ? 304 : 200, contentType: document.contentType)
        reply.headers = ["ETag": tag, "Vary": "Accept"]
        if call.query["hash"] != nil { reply.headers["Cache-Control"] = "public, immutable, max-age=31536000" }
        return reply
    }
}
