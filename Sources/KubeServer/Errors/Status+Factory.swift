import KubeAPI

/// The errors of an API server, worded as apimachinery's `errors` package has them.
extension Status {
    static func notFound(_ type: ResourceType, _ name: String) -> Status {
        Status(
            code: 404, reason: "NotFound", message: "\(type.qualifiedPlural) \"\(name)\" not found",
            details: details(type, name))
    }

    /// A path that nothing is served at.
    static let noSuchResource = Status(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource", details: Details())

    static func alreadyExists(_ type: ResourceType, _ name: String) -> Status {
        Status(
            code: 409, reason: "AlreadyExists", message: "\(type.qualifiedPlural) \"\(name)\" already exists",
            details: details(type, name))
    }

    static func conflict(_ type: ResourceType, _ name: String, _ why: String) -> Status {
        Status(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(type.qualifiedPlural) \"\(name)\": \(why)",
            details: details(type, name))
    }

    static func modified(_ type: ResourceType, _ name: String) -> Status {
        conflict(
            type, name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    static func invalid(_ type: ResourceType, _ name: String, _ errors: [FieldError]) -> Status {
        let list = errors.map(\.description)
        let text = list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]"
        let kind = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
        var details = Details(name: name, group: type.group, kind: type.kind)
        details.causes = errors.map(\.cause)
        return Status(
            code: 422, reason: "Invalid", message: "\(kind) \"\(name)\" is invalid: \(text)", details: details)
    }

    static func badRequest(_ message: String) -> Status {
        Status(code: 400, reason: "BadRequest", message: message)
    }

    static func forbidden(_ type: ResourceType, _ name: String, _ why: String) -> Status {
        Status(
            code: 403, reason: "Forbidden", message: "\(type.qualifiedPlural) \"\(name)\" is forbidden: \(why)",
            details: details(type, name))
    }

    static let unauthorized = Status(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static let methodNotAllowed = Status(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource", details: Details())

    /// Something that a cluster can do and this server cannot.
    static func notImplemented(_ message: String) -> Status {
        Status(code: 501, reason: "NotImplemented", message: message)
    }

    static let notAcceptable = Status(
        code: 406, reason: "NotAcceptable",
        message: "only the following media types are accepted: application/json, "
            + "application/json;as=Table;v=v1;g=meta.k8s.io")

    static func unsupportedMediaType(_ given: String, allowed: [String]) -> Status {
        Status(
            code: 415, reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format (\(given)) - accepted media types include: "
                + allowed.joined(separator: ", "))
    }

    static let tooLarge = Status(
        code: 413, reason: "RequestEntityTooLarge",
        message: "the request body is larger than the limit of 3145728 bytes")

    static func expired(_ message: String) -> Status { Status(code: 410, reason: "Expired", message: message) }

    static func internalError(_ message: String) -> Status {
        Status(code: 500, reason: "InternalError", message: "Internal error occurred: \(message)")
    }

    private static func details(_ type: ResourceType, _ name: String) -> Details {
        Details(name: name, group: type.group, kind: type.plural)
    }
}

extension ResourceType {
    /// The plural with its group, as messages name a resource: `pods`, `leases.coordination.k8s.io`.
    var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
}
