import KubeAPI

/// Reads CustomResourceDefinitions (apiextensions.k8s.io/v1): defaults, rules, and the resources that they make.
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

    /// What is wrong with a CustomResourceDefinition that fits its schema.
    static func errors(in crd: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let spec = crd["spec"]
        let group = spec?["group"]?.stringValue ?? ""
        let plural = spec?["names"]?["plural"]?.stringValue ?? ""
        if let why = NameRules.subdomainError(group) { errors.append(.invalid("spec.group", .string(group), why)) }
        if !group.contains(".") {
            errors.append(.invalid("spec.group", .string(group), "should be a domain with at least one dot"))
        }
        if let why = NameRules.labelError(plural) {
            errors.append(.invalid("spec.names.plural", .string(plural), why))
        }
        if crd.name != "\(plural).\(group)" {
            errors.append(
                .invalid("metadata.name", .string(crd.name), "must be spec.names.plural+\".\"+spec.group"))
        }
        if spec?["conversion"]?["strategy"]?.stringValue != "None" {
            errors.append(
                .notSupported("spec.conversion.strategy", spec?["conversion"]?["strategy"] ?? .null, allowed: ["None"]))
        }
        let versions = spec?["versions"]?.arrayValue ?? []
        if versions.count(where: { $0["storage"] == true }) != 1 {
            errors.append(
                .invalid(
                    "spec.versions", .array(versions.compactMap { $0["name"] }),
                    "must have exactly one version marked as storage version"))
        }
        _ = definitions(of: crd, errors: &errors)
        return errors
    }

    /// The resources that a CustomResourceDefinition serves, one for each served version.
    static func definitions(of crd: JSONValue, errors: inout [FieldError]) -> [ResourceDefinition] {
        let versions = crd["spec"]?["versions"]?.arrayValue ?? []
        return versions.enumerated().compactMap { index, version in
            let definition = definition(of: crd, version: version, at: "spec.versions[\(index)]", errors: &errors)
            return version["served"] == true ? definition : nil
        }
    }

    private static func definition(
        of crd: JSONValue, version: JSONValue, at path: String, errors: inout [FieldError]
    ) -> ResourceDefinition {
        let names = crd["spec"]?["names"]
        let kind = names?["kind"]?.stringValue ?? ""
        let type = ResourceType(
            group: crd["spec"]?["group"]?.stringValue ?? "", version: version["name"]?.stringValue ?? "", kind: kind,
            plural: names?["plural"]?.stringValue ?? "", isNamespaced: crd["spec"]?["scope"] != "Cluster")
        if version["schema"]?["openAPIV3Schema"] == nil {
            errors.append(.required("\(path).schema.openAPIV3Schema", "schemas are required"))
        }
        let json = version["schema"]?["openAPIV3Schema"] ?? .object([:])
        let schemaPath = "\(path).schema.openAPIV3Schema"
        let schema = Schema.parse(json, at: schemaPath, errors: &errors)
        if schema.fields.type != "object" {
            errors.append(.invalid("\(schemaPath).type", json["type"] ?? .null, "must be object at the root"))
        }
        var definition = ResourceDefinition(
            type: type, singular: names?["singular"]?.stringValue ?? kind.lowercased(),
            listKind: names?["listKind"]?.stringValue ?? "\(kind)List", schema: schema, schemaJSON: json)
        definition.shortNames = (names?["shortNames"]?.arrayValue ?? []).compactMap(\.stringValue)
        definition.categories = (names?["categories"]?.arrayValue ?? []).compactMap(\.stringValue)
        definition.hasStatus = version["subresources"]?["status"] != nil
        definition.scale = scalePaths(version, at: path, errors: &errors)
        definition.columns = columns(version, at: path, errors: &errors)
        definition.selectableFields = selectableFields(version, at: path, errors: &errors)
        return definition
    }

    private static func scalePaths(
        _ version: JSONValue, at path: String, errors: inout [FieldError]
    ) -> ResourceDefinition.ScalePaths? {
        guard let scale = version["subresources"]?["scale"] else { return nil }
        func read(_ name: String) -> [String]? {
            guard let text = scale[name]?.stringValue else { return nil }
            guard let members = members(of: text) else {
                errors.append(
                    .invalid("\(path).subresources.scale.\(name)", .string(text), "must be a simple json path"))
                return nil
            }
            return members
        }
        for name in ["specReplicasPath", "statusReplicasPath"] where scale[name]?.stringValue == nil {
            errors.append(.required("\(path).subresources.scale.\(name)"))
        }
        guard let spec = read("specReplicasPath"), let status = read("statusReplicasPath") else { return nil }
        return ResourceDefinition.ScalePaths(
            specReplicas: spec, statusReplicas: status, labelSelector: read("labelSelectorPath"))
    }

    /// The members of a path without indexes and filters, such as `.spec.replicas`.
    private static func members(of text: String) -> [String]? {
        guard let steps = JSONPath(text)?.steps, !steps.isEmpty else { return nil }
        var members: [String] = []
        for step in steps {
            guard case .member(let name) = step else { return nil }
            members.append(name)
        }
        return members
    }

    private static func columns(_ version: JSONValue, at path: String, errors: inout [FieldError]) -> [TableColumn] {
        guard let list = version["additionalPrinterColumns"]?.arrayValue, !list.isEmpty else {
            return TableColumn.standard
        }
        var columns = [TableColumn.name]
        for (index, column) in list.enumerated() {
            let columnPath = "\(path).additionalPrinterColumns[\(index)]"
            guard let text = column["jsonPath"]?.stringValue, let name = column["name"]?.stringValue else {
                errors.append(.required("\(columnPath).\(column["name"] == nil ? "name" : "jsonPath")"))
                continue
            }
            guard let jsonPath = JSONPath(text) else {
                errors.append(.invalid("\(columnPath).jsonPath", .string(text), "is not a JSON path that is supported"))
                continue
            }
            let type = column["type"]?.stringValue ?? "string"
            columns.append(
                TableColumn(
                    name: name, type: type, format: column["format"]?.stringValue ?? "",
                    description: column["description"]?.stringValue ?? "",
                    priority: column["priority"]?.intValue ?? 0,
                    source: type == "date" ? .age(jsonPath) : .path(jsonPath)))
        }
        return columns
    }

    private static func selectableFields(
        _ version: JSONValue, at path: String, errors: inout [FieldError]
    ) -> Set<String> {
        var fields: Set<String> = []
        for (index, field) in (version["selectableFields"]?.arrayValue ?? []).enumerated() {
            guard let text = field["jsonPath"]?.stringValue, let members = members(of: text) else {
                errors.append(
                    .invalid(
                        "\(path).selectableFields[\(index)].jsonPath", field["jsonPath"] ?? .null,
                        "must be a simple json path"))
                continue
            }
            fields.insert(members.joined(separator: "."))
        }
        return fields
    }
}
