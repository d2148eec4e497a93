import KubeAPI

/// What `metadata` may hold: the types of its fields, and the rules of names, labels, annotations and owners.
enum MetadataRules {
    private static let stringFields: Set<String> = [
        "name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp",
        "selfLink",
    ]
    private static let integerFields: Set<String> = ["generation", "deletionGracePeriodSeconds"]
    private static let mapFields: Set<String> = ["labels", "annotations"]
    private static let ownerFields: Set<String> = [
        "apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion",
    ]
    /// Annotations may hold this many bytes together.
    private static let annotationLimit = 256 * 1024

    /// Checks the types of a metadata's fields and removes those that are not known.
    ///
    /// - Parameter object: a whole object.
    /// - Returns: the paths of the unknown fields that were removed.
    /// - Throws: a 400 when a field has the wrong type, as upstream's decoder does.
    static func sanitize(_ object: inout JSONValue) throws(Status) -> [String] {
        guard let metadata = object["metadata"], metadata != .null else {
            object["metadata"] = .object([:])
            return []
        }
        guard case .object(var members) = metadata else { throw wrongType("metadata", metadata, "ObjectMeta") }
        var unknown: [String] = []
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            if value == .null || key == "managedFields" || key == "selfLink" {
                members[key] = nil
            } else if try !hasKnownType(key, value) {
                members[key] = nil
                unknown.append("metadata.\(key)")
            }
        }
        object["metadata"] = .object(members)
        return unknown
    }

    /// - Returns: false when the field is unknown.
    private static func hasKnownType(_ key: String, _ value: JSONValue) throws(Status) -> Bool {
        let path = "metadata.\(key)"
        if stringFields.contains(key) {
            guard value.stringValue != nil else { throw wrongType(path, value, "string") }
        } else if integerFields.contains(key) {
            guard value.intValue != nil else { throw wrongType(path, value, "int64") }
        } else if mapFields.contains(key) {
            guard let map = value.objectValue else { throw wrongType(path, value, "map[string]string") }
            for (_, item) in map where item.stringValue == nil { throw wrongType(path, item, "string") }
        } else if key == "finalizers" {
            guard let list = value.arrayValue else { throw wrongType(path, value, "[]string") }
            for item in list where item.stringValue == nil { throw wrongType(path, item, "string") }
        } else if key == "ownerReferences" {
            guard let list = value.arrayValue, list.allSatisfy({ $0.objectValue != nil }) else {
                throw wrongType(path, value, "[]OwnerReference")
            }
        } else {
            return false
        }
        return true
    }

    private static func wrongType(_ path: String, _ value: JSONValue, _ wanted: String) -> Status {
        .badRequest(
            "json: cannot unmarshal \(value.typeName) into Go struct field .\(path) of type \(wanted): "
                + "give \(path) a value of that type")
    }

    /// - Parameters:
    ///   - object: a whole, sanitized object.
    ///   - definition: its resource.
    /// - Returns: what is wrong with its metadata.
    static func errors(in object: JSONValue, of definition: ResourceDefinition) -> [FieldError] {
        var errors: [FieldError] = []
        let name = object.name
        if name.isEmpty {
            errors.append(.required("metadata.name", "name or generateName is required"))
        } else if let why = definition.nameRule.error(name) {
            errors.append(.invalid("metadata.name", .string(name), why))
        }
        for (key, value) in object.labels.sorted(by: { $0.key < $1.key }) {
            if let why = LabelRules.keyError(key) { errors.append(.invalid("metadata.labels", .string(key), why)) }
            if let why = LabelRules.valueError(value.stringValue ?? "") {
                errors.append(.invalid("metadata.labels", value, why))
            }
        }
        errors += annotationErrors(object)
        return errors + finalizerErrors(object) + ownerErrors(object)
    }

    private static func annotationErrors(_ object: JSONValue) -> [FieldError] {
        let annotations = object["metadata"]?["annotations"]?.objectValue ?? [:]
        var errors: [FieldError] = []
        for key in annotations.keys.sorted() {
            // Annotation keys may have capitals: they are checked in lower case.
            if let why = LabelRules.keyError(key.lowercased()) {
                errors.append(.invalid("metadata.annotations", .string(key), why))
            }
        }
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + ($1.value.stringValue?.utf8.count ?? 0) }
        if size > annotationLimit { errors.append(.tooLong("metadata.annotations", limit: annotationLimit)) }
        return errors
    }

    private static func finalizerErrors(_ object: JSONValue) -> [FieldError] {
        let path = "metadata.finalizers"
        var errors: [FieldError] = object.finalizers.compactMap { name in
            LabelRules.keyError(name).map { .invalid(path, .string(name), $0) }
        }
        let standard = [ObjectOperations.orphanFinalizer, ObjectOperations.foregroundFinalizer]
        if standard.allSatisfy(object.finalizers.contains) {
            errors.append(
                .invalid(
                    path, .array(object.finalizers.map(JSONValue.string)),
                    "finalizer orphan and foregroundDeletion cannot be both set"))
        }
        return errors
    }

    private static func ownerErrors(_ object: JSONValue) -> [FieldError] {
        let path = "metadata.ownerReferences"
        let owners = object["metadata"]?["ownerReferences"]?.arrayValue ?? []
        var errors: [FieldError] = []
        for (index, owner) in owners.enumerated() {
            for (field, rule) in [
                ("apiVersion", "version must not be empty"), ("kind", "must not be empty"),
                ("name", "must not be empty"), ("uid", "must not be empty"),
            ] where owner[field]?.stringValue?.isEmpty ?? true {
                errors.append(.invalid("\(path)[\(index)].\(field)", owner[field] ?? "", rule))
            }
            for key in (owner.objectValue ?? [:]).keys.sorted() where !ownerFields.contains(key) {
                errors.append(.invalid("\(path)[\(index)].\(key)", owner[key] ?? .null, "unknown field"))
            }
        }
        let controllers = owners.filter { $0["controller"] == true }.map { owner in
            "\(owner["kind"]?.stringValue ?? "")/\(owner["name"]?.stringValue ?? "")"
        }
        if controllers.count > 1 {
            errors.append(
                .invalid(
                    path, .array(owners),
                    "Only one reference can have Controller set to true. Found \"true\" in references for "
                        + controllers.prefix(2).joined(separator: " and ")))
        }
        return errors
    }
}
