import KubeAPI

/// What a CustomResourceDefinition must keep to besides its own schema.
///
/// Source: apiextensions-apiserver `pkg/apis/apiextensions/validation`.
enum DefinitionRules {
    private static let approval = "api-approved.kubernetes.io"

    /// What is wrong with a CustomResourceDefinition that fits its schema.
    static func errors(in crd: JSONValue) -> [FieldError] {
        let spec = crd["spec"] ?? .object([:])
        let group = spec["group"]?.stringValue ?? ""
        let plural = spec["names"]?["plural"]?.stringValue ?? ""
        var errors: [FieldError] = []
        if crd.name != "\(plural).\(group)" {
            errors.append(
                .invalid("metadata.name", .string(crd.name), "must be spec.names.plural+\".\"+spec.group"))
        }
        errors += groupErrors(group, crd)
        errors += nameErrors(spec["names"] ?? .object([:]))
        if spec["preserveUnknownFields"] == true {
            errors.append(
                .invalid(
                    "spec.preserveUnknownFields", true,
                    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema "
                        + "instead"))
        }
        errors += conversionErrors(spec["conversion"] ?? .null)
        errors += versionErrors(spec["versions"]?.arrayValue ?? [])
        errors += storedVersionErrors(crd)
        if errors.isEmpty { _ = CustomResource.definitions(of: crd, errors: &errors) }
        return errors
    }

    private static func groupErrors(_ group: String, _ crd: JSONValue) -> [FieldError] {
        if group.isEmpty { return [.required("spec.group")] }
        if let why = NameRules.subdomainError(group) { return [.invalid("spec.group", .string(group), why)] }
        if !group.contains(".") {
            return [.invalid("spec.group", .string(group), "should be a domain with at least one dot")]
        }
        let isProtected = ["k8s.io", "kubernetes.io"].contains { group == $0 || group.hasSuffix(".\($0)") }
        guard isProtected, crd["metadata"]?["annotations"]?[approval] == nil else { return [] }
        return [
            .required(
                "metadata.annotations[\(approval)]",
                "protected groups must have approval annotation \"\(approval)\", see "
                    + "https://github.com/kubernetes/enhancements/pull/1111")
        ]
    }

    private static func nameErrors(_ names: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        func check(_ path: String, _ text: String, mixedCase: Bool = false) {
            guard let why = NameRules.labelErrorStartingWithLetter(mixedCase ? text.lowercased() : text) else { return }
            let prefix = mixedCase ? "may have mixed case, but should otherwise match: " : ""
            errors.append(.invalid("spec.names.\(path)", .string(text), prefix + why))
        }
        for name in ["plural", "singular"] { check(name, names[name]?.stringValue ?? "") }
        for name in ["kind", "listKind"] { check(name, names[name]?.stringValue ?? "", mixedCase: true) }
        for name in ["shortNames", "categories"] {
            for (index, text) in (names[name]?.arrayValue ?? []).enumerated() {
                check("\(name)[\(index)]", text.stringValue ?? "")
            }
        }
        if names["kind"] == names["listKind"] {
            errors.append(
                .invalid(
                    "spec.names.listKind", names["listKind"] ?? .null, "kind and listKind may not be the same"))
        }
        return errors
    }

    /// Webhooks are not called by this server, so the only strategy is None.
    private static func conversionErrors(_ conversion: JSONValue) -> [FieldError] {
        let strategy = conversion["strategy"] ?? .null
        if strategy != "None" { return [.notSupported("spec.conversion.strategy", strategy, allowed: ["None"])] }
        guard conversion["webhook"] != nil else { return [] }
        return [.forbidden("spec.conversion.webhook", "should not be set when strategy is not set to Webhook")]
    }

    private static func versionErrors(_ versions: [JSONValue]) -> [FieldError] {
        var errors: [FieldError] = []
        let names = versions.compactMap { $0["name"]?.stringValue }
        for (index, name) in names.enumerated() {
            guard let why = NameRules.labelErrorStartingWithLetter(name) else { continue }
            errors.append(.invalid("spec.versions[\(index)].name", .string(name), why))
        }
        let shown = JSONValue.array(names.map(JSONValue.string))
        if Set(names).count < names.count {
            errors.append(.invalid("spec.versions", shown, "must contain unique version names"))
        }
        if versions.count(where: { $0["storage"] == true }) != 1 {
            errors.append(.invalid("spec.versions", shown, "must have exactly one version marked as storage version"))
        }
        for (index, version) in versions.enumerated() where !errors.isFull {
            let path = "spec.versions[\(index)]"
            errors += deprecationErrors(version, path)
            guard let schema = version["schema"]?["openAPIV3Schema"] else {
                errors.append(.required("\(path).schema.openAPIV3Schema", "schemas are required"))
                continue
            }
            let wrong = StructuralRules.errors(in: schema, at: "\(path).schema.openAPIV3Schema")
            errors += wrong
            if wrong.isEmpty { errors += DefaultRules.errors(in: schema, at: "\(path).schema.openAPIV3Schema") }
        }
        return errors
    }

    private static func deprecationErrors(_ version: JSONValue, _ path: String) -> [FieldError] {
        guard let warning = version["deprecationWarning"]?.stringValue else { return [] }
        let why: String? =
            if version["deprecated"] != true {
                "can only be set for deprecated versions"
            } else if warning.isEmpty {
                "must not be an empty string"
            } else if warning.utf8.count > 256 {
                "must be <= 256 characters long"
            } else if warning.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) {
                "must only contain printable UTF-8 characters"
            } else {
                nil
            }
        return why.map { [.invalid("\(path).deprecationWarning", .string(warning), $0)] } ?? []
    }

    static func storedVersionErrors(_ crd: JSONValue) -> [FieldError] {
        let path = "status.storedVersions"
        guard let stored = crd["status"]?["storedVersions"], let list = stored.arrayValue else { return [] }
        if list.isEmpty { return [.invalid(path, stored, "must have at least one stored version")] }
        var errors: [FieldError] = []
        let versions = crd["spec"]?["versions"]?.arrayValue ?? []
        for version in versions where version["storage"] == true {
            guard let name = version["name"], !list.contains(name) else { continue }
            errors.append(.invalid(path, stored, "must have the storage version \(name.stringValue ?? "")"))
        }
        for (index, name) in list.enumerated() where !versions.contains(where: { $0["name"] == name }) {
            let text = name.stringValue ?? ""
            errors.append(
                .invalid(
                    "\(path)[\(index)]", name,
                    "missing from spec.versions; \(text) was previously a storage version, and must remain in "
                        + "spec.versions until a storage migration ensures no data remains persisted in \(text) and "
                        + "removes \(text) from status.storedVersions"))
        }
        return errors
    }

    /// What may not change: the names that the storage goes by, and once it is established its kind and scope.
    static func updateErrors(_ crd: JSONValue, old: JSONValue) -> [FieldError] {
        var paths = [["spec", "group"], ["spec", "names", "plural"]]
        if CRDStatus.isTrue("Established", in: old) { paths += [["spec", "scope"], ["spec", "names", "kind"]] }
        return paths.compactMap { path in
            guard crd[path] != old[path] else { return nil }
            return .invalid(path.joined(separator: "."), crd[path] ?? .null, "field is immutable")
        }
    }
}
