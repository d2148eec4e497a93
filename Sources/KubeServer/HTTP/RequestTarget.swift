import KubeAPI

/// What a URL path names.
enum RequestTarget: Sendable, Equatable {
    case health
    case version
    case coreVersions
    case coreResources
    case groups
    case group(String)
    case groupResources(group: String, version: String)
    case openAPIv2
    case openAPIv3Index
    case openAPIv3(groupVersion: String)
    case resource(ResourceTarget)

    /// - Parameter path: the URL's path, still percent-encoded.
    /// - Returns: nil when nothing is ever served there.
    static func parse(_ path: String) -> RequestTarget? {
        var segments: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard let segment = PercentEncoding.decode(part) else { return nil }
            segments.append(segment)
        }
        guard let first = segments.first else { return nil }
        switch first {
        case "healthz", "livez", "readyz": return .health
        case "version" where segments.count == 1: return .version
        case "openapi": return openAPI(segments.dropFirst())
        case "api":
            if segments.count == 1 { return .coreVersions }
            guard segments[1] == "v1" else { return nil }
            if segments.count == 2 { return .coreResources }
            return ResourceTarget(group: "", version: "v1", segments[2...]).map(RequestTarget.resource)
        case "apis":
            switch segments.count {
            case 1: return .groups
            case 2: return .group(segments[1])
            case 3: return .groupResources(group: segments[1], version: segments[2])
            default:
                return ResourceTarget(group: segments[1], version: segments[2], segments[3...])
                    .map(RequestTarget.resource)
            }
        default: return nil
        }
    }

    private static func openAPI(_ segments: ArraySlice<String>) -> RequestTarget? {
        guard let form = segments.first else { return nil }
        let rest = segments.dropFirst()
        switch form {
        case "v2" where rest.isEmpty: return .openAPIv2
        case "v3": return rest.isEmpty ? .openAPIv3Index : .openAPIv3(groupVersion: rest.joined(separator: "/"))
        default: return nil
        }
    }
}

/// A collection, an object, or a subresource of one.
struct ResourceTarget: Sendable, Equatable {
    var group: String
    var version: String
    var plural: String
    /// nil: all namespaces, or a cluster-scoped resource.
    var namespace: String?
    var name: String?
    var subresource: String?

    /// - Parameters:
    ///   - group: empty for the core group.
    ///   - version: the version.
    ///   - segments: what follows in the path.
    init?(group: String, version: String, _ segments: ArraySlice<String>) {
        self.group = group
        self.version = version
        var rest = segments
        // `/namespaces/NAME/PLURAL…` is in a namespace; `/namespaces/NAME` and `/namespaces/NAME/status` is one.
        if rest.first == "namespaces", rest.count > 2,
            !(group.isEmpty && ["status", "finalize"].contains(rest[rest.startIndex + 2]))
        {
            namespace = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
        }
        guard let plural = rest.popFirst() else { return nil }
        self.plural = plural
        name = rest.popFirst()
        subresource = rest.popFirst()
        guard rest.isEmpty else { return nil }
    }
}
