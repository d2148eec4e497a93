import KubeAPI

/// Reads CustomResourceDefinitions (apiextensions.k8s.io/v1): defaults, and the resources that they make.
enum CustomResource {
    /// Fills in what a CustomResourceDefinition may leave out.
    static func applyDefaults(to crd: inout JSONValue) {
        guard let kind = crd["spec"]?["names"]?["kind"]?.stringValue else { return }
        if crd["spec"]?["names"]?["singular"]?.stringValue?.isEmpty ?? true {
            crd.set(.string(kind.lowercased()), at: ["spec", "names", "singular"])
        }
        if crd["spec"]?["names"]?["listKind"]?.stringValue?.isEmpty ?? true {
            crd.set(.string("\(kind)List"), at: ["spec", "names", "listKind"])
        }
        if crd["spec"]?["conversion"] == nil { crd.set(["strategy": "None"], at: ["spec", "conversion"]) }
    }

    /// The resources of a CustomResourceDefinition, one for each version, served or not.
    static func definitions(of crd: JSONValue, errors: inout [FieldError]) -> [ResourceDefinition] {
        let versions = crd["spec"]?["versions"]?.arrayValue ?? []
        var definitions = versions.enumerated().map { index, version in
            definition(of: crd, version: version, at: "spec.versions[\(index)]", errors: &errors)
        }
        guard let storage = versions.firstIndex(where: { $0["storage"] == true }) else { return definitions }
        let stored = ResourceDefinition.StoredForm.version(
            definitions[storage].type.apiVersion, definitions[storage].schema)
        for index in definitions.indices {
            definitions[index].storedForm = stored
            definitions[index].isStorageVersion = index == storage
        }
        return definitions
    }

    private static func definition(
        of crd: JSONValue, version: JSONValue, at path: String, errors: inout [FieldError]
    ) -> ResourceDefinition {
        // What is not accepted is not served; without a status yet, all is as it is wanted.
        let names = crd["status"]?["acceptedNames"] ?? crd["spec"]?["names"]
        let kind = names?["kind"]?.stringValue ?? ""
        let type = ResourceType(
            group: crd["spec"]?["group"]?.stringValue ?? "", version: version["name"]?.stringValue ?? "", kind: kind,
            plural: names?["plural"]?.stringValue ?? "", isNamespaced: crd["spec"]?["scope"] != "Cluster")
        let json = version["schema"]?["openAPIV3Schema"] ?? .object([:])
        let schema = Schema.parse(json, at: "\(path).schema.openAPIV3Schema", errors: &errors)
        var definition = ResourceDefinition(
            type: type, singular: names?["singular"]?.stringValue ?? kind.lowercased(),
            listKind: names?["listKind"]?.stringValue ?? "\(kind)List", schema: schema, schemaJSON: json)
        definition.shortNames = (names?["shortNames"]?.arrayValue ?? []).compactMap(\.stringValue)
        definition.categories = (names?["categories"]?.arrayValue ?? []).compactMap(\.stringValue)
        definition.isServed = version["served"] == true
        definition.hasStatus = version["subresources"]?["status"] != nil
        definition.scale = VersionParts.scalePaths(version, at: path, errors: &errors)
        definition.columns = VersionParts.columns(version, at: path, errors: &errors)
        definition.selectableFields = VersionParts.selectableFields(version, schema, at: path, errors: &errors)
        if version["deprecated"] == true {
            definition.deprecationWarning =
                version["deprecationWarning"]?.stringValue ?? deprecation(of: type, crd)
        }
        return definition
    }

    /// The version to use instead is the best that is served, not deprecated, and better than the deprecated one.
    private static func deprecation(of type: ResourceType, _ crd: JSONValue) -> String {
        let better = (crd["spec"]?["versions"]?.arrayValue ?? []).filter {
            $0["served"] == true && $0["deprecated"] != true
        }.compactMap { $0["name"]?.stringValue }.filter { KubeVersion.isPreferred($0, type.version) }
        let text = "\(type.apiVersion) \(type.kind) is deprecated"
        guard let best = better.min(by: KubeVersion.isPreferred) else { return text }
        return "\(text); use \(type.group)/\(best) \(type.kind)"
    }
}
