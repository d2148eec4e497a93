import KubeAPI

/// The resources that are served without a CustomResourceDefinition.
enum BuiltIns {
    static let namespaces = make(
        ResourceType(group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false),
        short: ["ns"], schema: BuiltInSchemas.namespace, columns: BuiltInColumns.namespaces
    ) {
        $0.behaviour = .namespace
        $0.nameRule = .label
        $0.hasStatus = true
        $0.selectableFields = ["status.phase"]
    }

    static let pods = make(
        ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods"), short: ["po"],
        schema: BuiltInSchemas.pod, columns: BuiltInColumns.pods
    ) {
        $0.schemaJSON = PodSchema.json
        $0.behaviour = .pod
        $0.categories = ["all"]
        $0.hasStatus = true
        $0.selectableFields = ["spec.nodeName", "status.phase", "status.podIP", "spec.restartPolicy"]
    }

    static let events = make(
        ResourceType(group: "", version: "v1", kind: "Event", plural: "events"), short: ["ev"],
        schema: BuiltInSchemas.event, columns: BuiltInColumns.events
    ) {
        $0.selectableFields = [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ]
        $0.fieldAliases = ["source": "source.component"]
    }

    /// The same objects as `events`, with other names for their fields.
    static let groupEvents = make(
        ResourceType(group: "events.k8s.io", version: "v1", kind: "Event", plural: "events"), short: ["ev"],
        schema: BuiltInSchemas.groupEvent, columns: BuiltInColumns.events
    ) {
        $0.storedForm = .coreEvents
        $0.isStorageVersion = false
        for field in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
            $0.fieldAliases["regarding.\(field)"] = "involvedObject.\(field)"
        }
        $0.fieldAliases["reportingController"] = "reportingComponent"
        $0.selectableFields = Set($0.fieldAliases.keys).union(["reason", "type"])
    }

    static let secrets = make(
        ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets"), schema: BuiltInSchemas.secret,
        columns: BuiltInColumns.secrets
    ) {
        $0.behaviour = .secret
        $0.selectableFields = ["type"]
    }

    static let configMaps = make(
        ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps"), short: ["cm"],
        schema: BuiltInSchemas.configMap, columns: BuiltInColumns.configMaps
    ) { $0.behaviour = .configMap }

    static let serviceAccounts = make(
        ResourceType(group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts"), short: ["sa"],
        schema: BuiltInSchemas.serviceAccount, columns: BuiltInColumns.serviceAccounts
    ) { $0.behaviour = .serviceAccount }

    static let leases = make(
        ResourceType(group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases"),
        schema: BuiltInSchemas.lease, columns: BuiltInColumns.leases)

    static let customResourceDefinitions = make(
        ResourceType(
            group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition",
            plural: "customresourcedefinitions", isNamespaced: false),
        short: ["crd", "crds"], schema: BuiltInSchemas.customResourceDefinition,
        columns: BuiltInColumns.customResourceDefinitions
    ) {
        $0.behaviour = .customResourceDefinition
        $0.categories = ["api-extensions"]
        $0.hasStatus = true
        $0.tracksGeneration = true
    }

    /// There are no services here, but `kubectl cluster-info` looks for some.
    static let services = make(
        ResourceType(group: "", version: "v1", kind: "Service", plural: "services"), short: ["svc"],
        schema: BuiltInSchemas.service, columns: TableColumn.standard
    ) {
        $0.behaviour = .absent
        $0.isStorageVersion = false
    }

    static let definitions =
        [
            namespaces, pods, events, groupEvents, secrets, configMaps, serviceAccounts, leases,
            customResourceDefinitions, services,
        ] + Review.allCases.map(review)

    private static func review(_ review: Review) -> ResourceDefinition {
        make(review.type, schema: review.schema, columns: TableColumn.standard) {
            $0.behaviour = .review(review)
            $0.isStorageVersion = false
        }
    }

    private static func make(
        _ type: ResourceType, short: [String] = [], schema: JSONValue, columns: [TableColumn],
        _ adjust: (inout ResourceDefinition) -> Void = { _ in }
    ) -> ResourceDefinition {
        var errors: [FieldError] = []
        let parsed = Schema.parse(schema, at: type.kind, errors: &errors)
        precondition(errors.isEmpty, "the schema of the built-in kind \(type.kind) is wrong: \(errors)")
        var definition = ResourceDefinition(
            type: type, singular: type.kind.lowercased(), listKind: "\(type.kind)List", shortNames: short,
            schema: parsed, schemaJSON: schema, columns: columns)
        definition.tracksGeneration = false
        definition.isBuiltIn = true
        adjust(&definition)
        return definition
    }
}
