import KubeAPI

/// One operation of one path, free of the version of OpenAPI that tells of it.
struct OpenAPIOperation: Sendable {
    /// `get`, `put`, `post`, `patch` or `delete`.
    var method: String
    /// `x-kubernetes-action`.
    var action: String
    var type: ResourceType
    var query: [String] = []
    /// The schema of the body; nil: it has none.
    var body: String?
    /// The media types of the body.
    var bodyTypes: [String] = []
    var response: String
    var name: String
}

struct OpenAPIPath: Sendable {
    var path: String
    /// The names in braces.
    var parameters: [String]
    var operations: [OpenAPIOperation]
}

/// The paths at which a resource is served.
enum OpenAPIPaths {
    private static let write = ["dryRun", "fieldManager", "fieldValidation"]
    private static let delete = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"]
    private static let list = [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
        "resourceVersionMatch", "timeoutSeconds", "watch",
    ]

    static func paths(_ definition: ResourceDefinition) -> [OpenAPIPath] {
        let root = definition.type.group.isEmpty ? "/api/v1" : "/apis/\(definition.type.apiVersion)"
        let space = definition.type.isNamespaced ? ["namespace"] : []
        let collection = root + (space.isEmpty ? "" : "/namespaces/{namespace}") + "/\(definition.type.plural)"
        if case .review = definition.behaviour {
            let post = operation(definition, "post", "post", write, body: OpenAPINames.schema(definition))
            return [OpenAPIPath(path: collection, parameters: [], operations: [post])]
        }
        if case .absent = definition.behaviour {
            return [OpenAPIPath(path: collection, parameters: space, operations: [listOperation(definition)])]
        }
        var paths = [
            OpenAPIPath(path: collection, parameters: space, operations: collectionOperations(definition)),
            OpenAPIPath(
                path: "\(collection)/{name}", parameters: space + ["name"], operations: objectOperations(definition)),
        ]
        if definition.type.isNamespaced {
            var listing = listOperation(definition)
            listing.name += "ForAllNamespaces"
            paths.append(
                OpenAPIPath(path: "\(root)/\(definition.type.plural)", parameters: [], operations: [listing]))
        }
        return paths
            + definition.subresources.map { subresource in
                OpenAPIPath(
                    path: "\(collection)/{name}/\(subresource.name)", parameters: space + ["name"],
                    operations: subresourceOperations(subresource, definition))
            }
    }

    private static func operation(
        _ definition: ResourceDefinition, _ method: String, _ action: String, _ query: [String], body: String? = nil,
        response: String? = nil
    ) -> OpenAPIOperation {
        OpenAPIOperation(
            method: method, action: action, type: definition.type, query: query, body: body,
            bodyTypes: method == "patch" ? patchTypes(definition) : ["*/*"],
            response: response ?? OpenAPINames.schema(definition),
            name: "\(action)\(definition.type.group.split(separator: ".").map(\.capitalized).joined())"
                + "\(definition.type.version.capitalized)\(definition.type.kind)")
    }

    /// kubectl makes a strategic merge patch by the schema of what says that it takes one.
    ///
    /// Pods take them too, but do not say so: kubectl's own types know more of a pod than the schema here.
    private static func patchTypes(_ definition: ResourceDefinition) -> [String] {
        let types = ["application/json-patch+json", "application/merge-patch+json"]
        if case .pod = definition.behaviour { return types }
        return definition.isBuiltIn ? types + ["application/strategic-merge-patch+json"] : types
    }

    private static func listOperation(_ definition: ResourceDefinition) -> OpenAPIOperation {
        operation(definition, "get", "list", list, response: OpenAPINames.listSchema(definition))
    }

    private static func collectionOperations(_ definition: ResourceDefinition) -> [OpenAPIOperation] {
        [
            listOperation(definition),
            operation(definition, "post", "post", write, body: OpenAPINames.schema(definition)),
            operation(
                definition, "delete", "deletecollection", list + delete, body: "\(OpenAPINames.meta)DeleteOptions",
                response: "\(OpenAPINames.meta)Status"),
        ]
    }

    private static func objectOperations(_ definition: ResourceDefinition) -> [OpenAPIOperation] {
        [
            operation(definition, "get", "get", []),
            operation(definition, "put", "put", write, body: OpenAPINames.schema(definition)),
            operation(definition, "patch", "patch", write, body: "\(OpenAPINames.meta)Patch"),
            operation(
                definition, "delete", "delete", delete, body: "\(OpenAPINames.meta)DeleteOptions",
                response: "\(OpenAPINames.meta)Status"),
        ]
    }

    private static func subresourceOperations(
        _ subresource: Subresource, _ definition: ResourceDefinition
    ) -> [OpenAPIOperation] {
        let schema = OpenAPINames.schema(of: subresource, definition)
        return subresource.verbs.map { verb in
            let method = verb == "update" ? "put" : verb
            let body: String? =
                verb == "get" ? nil : verb == "patch" ? "\(OpenAPINames.meta)Patch" : schema
            var operation = operation(
                definition, method, method, verb == "get" ? [] : write, body: body, response: schema)
            operation.type = subresource.type
            operation.name += subresource.name.capitalized
            return operation
        }
    }
}

extension StringProtocol {
    /// The text with a capital first letter.
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
