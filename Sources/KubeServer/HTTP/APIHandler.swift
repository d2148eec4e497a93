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
        guard call.method == "GET" || call.method == "HEAD" else { throw .methodNotAllowed(call.path) }
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
        case .openAPIv3Index: return APIReply(OpenAPI.index(snapshot))
        case .openAPIv3(let groupVersion):
            guard let document = OpenAPI.document(groupVersion: groupVersion, snapshot) else { throw .noSuchResource }
            return APIReply(document)
        default:
            if call.accept.contains("proto-openapi") {
                return APIReply(bytes: OpenAPI.emptyV2Protobuf, contentType: OpenAPI.v2ProtobufType)
            }
            return APIReply(OpenAPI.emptyV2)
        }
    }

    private func reply(to call: APICall, _ target: ResourceTarget) async throws(Status) -> APIReply {
        let snapshot = operations.registry.snapshot
        guard
            let definition = snapshot.definition(
                group: target.group, version: target.version, plural: target.plural),
            definition.type.isNamespaced || target.namespace == nil
        else { throw .noSuchResource }
        let request = ResourceRequest(handler: self, call: call, definition: definition, target: target)
        guard target.name != nil else { return try await request.replyForCollection() }
        if definition.type.isNamespaced, target.namespace == nil { throw .noSuchResource }
        switch target.subresource {
        case nil: return try await request.replyForObject()
        case "status" where definition.hasStatus: return try await request.replyForStatus()
        case "scale":
            guard let paths = definition.scale else { throw .noSuchResource }
            return try await request.replyForScale(paths)
        case "log" where definition.behaviour == .pod: return try await request.replyForLog()
        default: throw .noSuchResource
        }
    }
}

extension APIReply {
    fileprivate static func discovery(_ value: JSONValue) -> APIReply {
        APIReply(
            bytes: value.serializedBytes(),
            contentType: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
    }
}
