import KubeAPI

/// Turns what a client sent into an object of a resource: checks its type, refuses or drops unknown fields, fills in
/// defaults.
struct ObjectDecoding: Sendable {
    var definition: ResourceDefinition
    var validation: FieldValidation

    /// - Parameters:
    ///   - body: what the client sent, or what a patch came to.
    ///   - duplicates: members that the body names twice.
    /// - Returns: the object, and warnings about dropped fields.
    /// - Throws: a 400 for another type, and under Strict for unknown fields.
    func decode(_ body: JSONValue, duplicates: [String] = []) throws(Status) -> WriteOutcome {
        guard case .object = body else { throw .badRequest("the body must be a JSON object, not \(body.typeName)") }
        var left = APIResponder.maximumBody
        guard body.fits(bytes: &left) else { throw .tooLarge }
        var object = body
        if definition.isBuiltIn { completeType(&object) }
        try checkType(object)
        var complaints = duplicates.map { "duplicate field \"\($0)\"" }
        var unknown = try MetadataRules.sanitize(&object)
        unknown += definition.schema.prune(&object, isRoot: true)
        if case .customResourceDefinition = definition.behaviour { unknown += SchemaKeywords.prune(&object) }
        complaints += unknown.map { "unknown field \"\($0)\"" }
        if validation == .strict, !complaints.isEmpty {
            throw refusal("strict decoding error: \(complaints.joined(separator: ", "))")
        }
        if definition.isBuiltIn { try checkDecodable(object) }
        definition.schema.applyDefaults(to: &object)
        return WriteOutcome(object: object, warnings: validation == .warn ? complaints : [])
    }

    /// What is not said of the type of a built-in object, its path says.
    private func completeType(_ object: inout JSONValue) {
        if object["kind"]?.stringValue?.isEmpty ?? true { object["kind"] = .string(definition.type.kind) }
        if object["apiVersion"]?.stringValue?.isEmpty ?? true {
            object["apiVersion"] = .string(definition.type.apiVersion)
        }
    }

    /// A value that Kubernetes' own struct of the kind could not hold makes a bad request, not an invalid object.
    private func checkDecodable(_ object: JSONValue) throws(Status) {
        let wrong = definition.schema.validate(object).first {
            $0.kind == .typeInvalid || $0.body.contains("must be of type byte")
        }
        if let wrong { throw refusal(wrong.description) }
    }

    private func checkType(_ body: JSONValue) throws(Status) {
        guard let kind = body["kind"]?.stringValue, !kind.isEmpty else {
            throw .badRequest("Object 'Kind' is missing in '\(body.shown)'")
        }
        guard let version = body["apiVersion"]?.stringValue, !version.isEmpty else {
            throw .badRequest("Object 'apiVersion' is missing in '\(body.shown)'")
        }
        guard version == definition.type.apiVersion else {
            throw .badRequest(
                "the API version in the data (\(version)) does not match the expected API version "
                    + "(\(definition.type.apiVersion))")
        }
        guard kind == definition.type.kind else {
            throw .badRequest(
                "the kind in the data (\(kind)) does not match the expected kind (\(definition.type.kind))")
        }
    }

    private func refusal(_ why: String) -> Status {
        let kind = definition.type.kind
        return .badRequest(
            "\(kind) in version \"\(definition.type.version)\" cannot be handled as a \(kind): "
                + why)
    }
}
