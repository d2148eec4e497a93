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
    enum Behaviour: Sendable {
        case plain, namespace, pod, secret, configMap, serviceAccount, customResourceDefinition
        /// A question that is answered and not stored.
        case review(Review)
        /// There is never one; clients that ask find out.
        case absent
    }

    /// In which form the objects are stored that this definition shows.
    enum StoredForm: Sendable {
        /// As they are shown.
        case same
        /// In another version of the same CustomResourceDefinition, which prunes by its own schema.
        case version(_ apiVersion: String, Schema)
        /// As core/v1 Events, shown as those of events.k8s.io/v1.
        case coreEvents
    }

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
    /// The CustomResourceDefinition serves this version.
    var isServed = true
    var isStorageVersion = true
    var storedForm = StoredForm.same
    /// What clients of a deprecated version are warned with.
    var deprecationWarning: String?
    var schema: Schema
    /// The schema's JSON, for OpenAPI.
    var schemaJSON: JSONValue
    var columns = TableColumn.standard
    /// The fields, besides name and namespace, that a field selector may name; dotted.
    var selectableFields: Set<String> = []
    /// Where a selectable field is stored, if not under its own name; dotted.
    var fieldAliases: [String: String] = [:]
    var nameRule = NameRule.subdomain
    /// `metadata.generation` is kept.
    var tracksGeneration = true
    var behaviour = Behaviour.plain
    /// Compiled in: takes strategic merge patches, and is not removed with a CustomResourceDefinition.
    var isBuiltIn = false

    /// Names the resource in the store; the same for all versions.
    var storageKey: String {
        if case .coreEvents = storedForm { "events" } else { type.qualifiedPlural }
    }

    var verbs: [String] {
        switch behaviour {
        case .review: ["create"]
        case .absent: ["get", "list", "watch"]
        default: Self.allVerbs
        }
    }

    private static let allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
}
