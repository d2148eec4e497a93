import KubeAPI

/// Reads the parts of one version of a CustomResourceDefinition: subresources, printer columns, selectable fields.
enum VersionParts {
    private static let columnTypes: Set<String> = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats: Set<String> = [
        "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
    ]
    private static let maximumSelectableFields = 8

    static func scalePaths(
        _ version: JSONValue, at path: String, errors: inout [FieldError]
    ) -> ResourceDefinition.ScalePaths? {
        guard let scale = version["subresources"]?["scale"] else { return nil }
        func read(_ name: String, _ roots: [String], _ rule: String) -> [String]? {
            let place = "\(path).subresources.scale.\(name)"
            guard let text = scale[name]?.stringValue, !text.isEmpty else {
                if name != "labelSelectorPath" { errors.append(.required(place)) }
                return nil
            }
            guard text.hasPrefix("."), let members = members(of: text) else {
                errors.append(.invalid(place, .string(text), "must be a simple json path starting with ."))
                return nil
            }
            guard members.count > 1, roots.contains(members[0]) else {
                errors.append(.invalid(place, .string(text), "should be a json path under \(rule)"))
                return nil
            }
            return members
        }
        let specReplicas = read("specReplicasPath", ["spec"], ".spec")
        let statusReplicas = read("statusReplicasPath", ["status"], ".status")
        let selector = read("labelSelectorPath", ["spec", "status"], "either .spec or .status")
        guard let specReplicas, let statusReplicas else { return nil }
        return ResourceDefinition.ScalePaths(
            specReplicas: specReplicas, statusReplicas: statusReplicas, labelSelector: selector)
    }

    /// The names in a path without indices, as in `.spec.replicas`.
    private static func members(of text: String) -> [String]? {
        guard let steps = JSONPath(text)?.steps, !steps.isEmpty else { return nil }
        var members: [String] = []
        for step in steps {
            guard case .member(let name) = step else { return nil }
            members.append(name)
        }
        return members
    }

    static func columns(_ version: JSONValue, at path: String, errors: inout [FieldError]) -> [TableColumn] {
        guard let list = version["additionalPrinterColumns"]?.arrayValue, !list.isEmpty else {
            return TableColumn.standard
        }
        return [TableColumn.name]
            + list.enumerated().compactMap { index, column in
                Self.column(column, at: "\(path).additionalPrinterColumns[\(index)]", errors: &errors)
            }
    }

    private static func column(
        _ column: JSONValue, at path: String, errors: inout [FieldError]
    ) -> TableColumn? {
        func text(_ name: String) -> String { column[name]?.stringValue ?? "" }
        let before = errors.count
        for name in ["name", "jsonPath"] where text(name).isEmpty { errors.append(.required("\(path).\(name)")) }
        let types = columnTypes.sorted().joined(separator: ",")
        if text("type").isEmpty {
            errors.append(.required("\(path).type", "must be one of \(types)"))
        } else if !columnTypes.contains(text("type")) {
            errors.append(.invalid("\(path).type", .string(text("type")), "must be one of \(types)"))
        }
        if !text("format").isEmpty, !columnFormats.contains(text("format")) {
            errors.append(
                .invalid(
                    "\(path).format", .string(text("format")),
                    "must be one of \(columnFormats.sorted().joined(separator: ","))"))
        }
        let jsonPath = text("jsonPath")
        if !jsonPath.isEmpty, !jsonPath.hasPrefix(".") {
            errors.append(
                .invalid("\(path).jsonPath", .string(jsonPath), "must be a simple json path starting with ."))
        }
        guard errors.count == before else { return nil }
        guard let parsed = JSONPath(jsonPath) else {
            errors.append(
                .invalid("\(path).jsonPath", .string(jsonPath), "is not a JSON path that is supported"))
            return nil
        }
        return TableColumn(
            name: text("name"), type: text("type"), format: text("format"), description: text("description"),
            priority: column["priority"]?.intValue ?? 0,
            source: text("type") == "date" ? .age(parsed) : .path(parsed))
    }

    static func selectableFields(
        _ version: JSONValue, _ schema: Schema, at path: String, errors: inout [FieldError]
    ) -> Set<String> {
        var fields: Set<String> = []
        let list = version["selectableFields"]?.arrayValue ?? []
        for (index, field) in list.enumerated() {
            let place = "\(path).selectableFields[\(index)].jsonPath"
            let text = field["jsonPath"]?.stringValue ?? ""
            func add(_ why: String) { errors.append(.invalid(place, .string(text), why)) }
            if text.isEmpty {
                errors.append(.required(place))
                continue
            }
            guard text.hasPrefix("."), let members = members(of: text) else {
                add("is an invalid path: must be a simple json path starting with .")
                continue
            }
            if members.first == "metadata" {
                add("must not point to fields in metadata")
            } else if let found = members.reduce(Optional(schema), { $0?.schema(ofMember: $1) }) {
                if !["string", "boolean", "integer"].contains(found.fields.type ?? "") {
                    add(
                        "must point to a field of type string, boolean or integer. Enum string fields and strings "
                            + "with formats are allowed.")
                }
            } else {
                add("is an invalid path: does not refer to a valid field")
            }
            if !fields.insert(members.joined(separator: ".")).inserted {
                errors.append(.duplicate(place, .string(text)))
            }
        }
        if fields.count > maximumSelectableFields {
            errors.append(
                .tooMany("\(path).selectableFields", count: fields.count, limit: maximumSelectableFields))
        }
        return fields
    }
}
