import KubeAPI

/// The documents that tell clients what is served.
struct Discovery: Sendable {
    let snapshot: ResourceRegistry.Snapshot

    static let version: JSONValue = [
        "major": "1", "minor": "32", "gitVersion": "v1.32.0+nest", "gitCommit": "", "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
    ]

    static let coreVersions: JSONValue = [
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [],
    ]

    func groups() -> JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(snapshot.groups.map { Self.group($0.name, $0.versions) }),
        ]
    }

    func group(_ name: String) throws(Status) -> JSONValue {
        guard let found = snapshot.groups.first(where: { $0.name == name }) else { throw .noSuchResource }
        var group = Self.group(found.name, found.versions)
        group["kind"] = "APIGroup"
        group["apiVersion"] = "v1"
        return group
    }

    private static func group(_ name: String, _ versions: [String]) -> JSONValue {
        let list = versions.map { version in
            JSONValue.object(["groupVersion": .string("\(name)/\(version)"), "version": .string(version)])
        }
        return ["name": .string(name), "versions": .array(list), "preferredVersion": list.first ?? .null]
    }

    func resources(group: String, version: String) throws(Status) -> JSONValue {
        let definitions = snapshot.definitions(group: group, version: version)
        guard let first = definitions.first else { throw .noSuchResource }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(first.type.apiVersion),
            "resources": .array(definitions.flatMap(Self.entries)),
        ]
    }

    private static func entries(_ definition: ResourceDefinition) -> [JSONValue] {
        var main = entry(definition, suffix: "", kind: definition.type.kind, verbs: ResourceDefinition.verbs)
        main["singularName"] = .string(definition.singular)
        main["storageVersionHash"] = nil
        if !definition.shortNames.isEmpty { main["shortNames"] = .array(definition.shortNames.map(JSONValue.string)) }
        if !definition.categories.isEmpty { main["categories"] = .array(definition.categories.map(JSONValue.string)) }
        var entries = [main]
        if definition.hasStatus {
            entries.append(
                entry(
                    definition, suffix: "/status", kind: definition.type.kind,
                    verbs: ResourceDefinition.subresourceVerbs))
        }
        if definition.scale != nil {
            var scale = entry(
                definition, suffix: "/scale", kind: "Scale", verbs: ResourceDefinition.subresourceVerbs)
            scale["group"] = "autoscaling"
            scale["version"] = "v1"
            entries.append(scale)
        }
        if definition.behaviour == .pod {
            entries.append(entry(definition, suffix: "/log", kind: definition.type.kind, verbs: ["get"]))
        }
        return entries
    }

    private static func entry(
        _ definition: ResourceDefinition, suffix: String, kind: String, verbs: [String]
    ) -> JSONValue {
        [
            "name": .string(definition.type.plural + suffix), "singularName": "",
            "namespaced": .bool(definition.type.isNamespaced), "kind": .string(kind),
            "verbs": .array(verbs.map(JSONValue.string)),
        ]
    }
}

// MARK: - Aggregated discovery

extension Discovery {
    /// Everything in one document (`apidiscovery.k8s.io/v2`): of the core group, or of all others.
    func aggregated(core: Bool) -> JSONValue {
        let groups = core ? [(name: "", versions: ["v1"])] : snapshot.groups
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(
                groups.map { group in
                    [
                        "metadata": group.name.isEmpty ? [:] : ["name": .string(group.name)],
                        "versions": .array(group.versions.map { version(group.name, $0) }),
                    ]
                }),
        ]
    }

    private func version(_ group: String, _ version: String) -> JSONValue {
        [
            "version": .string(version), "freshness": "Current",
            "resources": .array(snapshot.definitions(group: group, version: version).map(Self.aggregated)),
        ]
    }

    private static func kind(_ group: String, _ version: String, _ kind: String) -> JSONValue {
        ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }

    private static func aggregated(_ definition: ResourceDefinition) -> JSONValue {
        let type = definition.type
        var subresources: [JSONValue] = []
        func add(_ name: String, _ responseKind: JSONValue, _ verbs: [String]) {
            subresources.append([
                "subresource": .string(name), "responseKind": responseKind,
                "verbs": .array(verbs.map(JSONValue.string)),
            ])
        }
        let own = kind(type.group, type.version, type.kind)
        if definition.hasStatus { add("status", own, ResourceDefinition.subresourceVerbs) }
        if definition.scale != nil {
            add("scale", kind("autoscaling", "v1", "Scale"), ResourceDefinition.subresourceVerbs)
        }
        if definition.behaviour == .pod { add("log", own, ["get"]) }
        var entry: JSONValue = [
            "resource": .string(type.plural), "responseKind": own,
            "scope": type.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(definition.singular),
            "verbs": .array(ResourceDefinition.verbs.map(JSONValue.string)),
        ]
        if !definition.shortNames.isEmpty { entry["shortNames"] = .array(definition.shortNames.map(JSONValue.string)) }
        if !definition.categories.isEmpty { entry["categories"] = .array(definition.categories.map(JSONValue.string)) }
        if !subresources.isEmpty { entry["subresources"] = .array(subresources) }
        return entry
    }
}
