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
        var main = entry(definition, suffix: "", kind: definition.type.kind, verbs: definition.verbs)
        main["singularName"] = .string(definition.singular)
        if !definition.shortNames.isEmpty { main["shortNames"] = .array(definition.shortNames.map(JSONValue.string)) }
        if !definition.categories.isEmpty { main["categories"] = .array(definition.categories.map(JSONValue.string)) }
        let below = definition.subresources.map { subresource in
            var entry = entry(
                definition, suffix: "/\(subresource.name)", kind: subresource.type.kind, verbs: subresource.verbs)
            if subresource.type.group != definition.type.group {
                entry["group"] = .string(subresource.type.group)
                entry["version"] = .string(subresource.type.version)
            }
            return entry
        }
        return [main] + below
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
        let subresources = definition.subresources.map { subresource in
            JSONValue.object([
                "subresource": .string(subresource.name),
                "responseKind": kind(subresource.type.group, subresource.type.version, subresource.type.kind),
                "verbs": .array(subresource.verbs.map(JSONValue.string)),
            ])
        }
        let own = kind(type.group, type.version, type.kind)
        var entry: JSONValue = [
            "resource": .string(type.plural), "responseKind": own,
            "scope": type.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(definition.singular),
            "verbs": .array(definition.verbs.map(JSONValue.string)),
        ]
        if !definition.shortNames.isEmpty { entry["shortNames"] = .array(definition.shortNames.map(JSONValue.string)) }
        if !definition.categories.isEmpty { entry["categories"] = .array(definition.categories.map(JSONValue.string)) }
        if !subresources.isEmpty { entry["subresources"] = .array(subresources) }
        return entry
    }
}
