import KubeAPI

/// All that the server knows of one served resource in one version.
struct ResourceDefinition: Sendable {
    /// Where the scale subresource finds its numbers (`spec.versions[].subresources.scale`).
    struct ScalePaths: Sendable {
        var specReplicas: [String]
        var statusReplicas: [String]
        var labelSelector: [String]?
    }

    /// What a built-in kind does beyond what every resource does.
    enum Behaviour: Sendable { case plain, namespace, pod, secret, customResourceDefinition }

    enum NameRule: Sendable {
        case label, subdomain

        /// What is wrong with a name; nil when nothing is.
        func error(_ name: String) -> String? {
            switch self {
            case .label: NameRules.labelError(name)
            case .subdomain: NameRules.subdomainError(name)
            }
        }
    }

    var type: ResourceType
    var singular: String
    var listKind: String
    var shortNames: [String] = []
    var categories: [String] = []
    var hasStatus = false
    var scale: ScalePaths?
    var schema: Schema
    /// The schema's JSON, for OpenAPI.
    var schemaJSON: JSONValue
    var columns = TableColumn.standard
    /// The fields, besides name and namespace, that a field selector may name; dotted.
    var selectableFields: Set<String> = []
    var nameRule = NameRule.subdomain
    /// `metadata.generation` is kept.
    var tracksGeneration = true
    var behaviour = Behaviour.plain
    /// Compiled in: takes strategic merge patches, and is not removed with a CustomResourceDefinition.
    var isBuiltIn = false

    /// Names the resource in the store; the same for all versions.
    var storageKey: String { type.qualifiedPlural }

    static let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    static let subresourceVerbs = ["get", "patch", "update"]
}
