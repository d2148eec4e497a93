import KubeAPI

/// How OpenAPI documents name the kinds that are served.
enum OpenAPINames {
    static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1."
    static let scale = "io.k8s.api.autoscaling.v1.Scale"

    /// As upstream: built-in kinds by their Go package, custom ones by their reversed group.
    static func schema(_ definition: ResourceDefinition) -> String {
        prefix(definition) + ".\(definition.type.version).\(definition.type.kind)"
    }

    static func listSchema(_ definition: ResourceDefinition) -> String {
        prefix(definition) + ".\(definition.type.version).\(definition.listKind)"
    }

    static func schema(of subresource: Subresource, _ definition: ResourceDefinition) -> String {
        subresource.type == definition.type ? schema(definition) : scale
    }

    private static func prefix(_ definition: ResourceDefinition) -> String {
        let group = definition.type.group
        if !definition.isBuiltIn { return group.split(separator: ".").reversed().joined(separator: ".") }
        if group == "apiextensions.k8s.io" { return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions" }
        return "io.k8s.api." + (group.split(separator: ".").first.map(String.init) ?? "core")
    }

    static func gvk(_ type: ResourceType) -> JSONValue {
        ["group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind)]
    }
}

/// The schemas that all kinds share, without references: both versions of OpenAPI add their own.
enum OpenAPISharedSchemas {
    private static func text(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }

    private static func time(_ description: String) -> JSONValue {
        ["type": "string", "format": "date-time", "description": .string(description)]
    }

    private static func number(_ description: String) -> JSONValue {
        ["type": "integer", "format": "int64", "description": .string(description)]
    }

    private static func flag(_ description: String) -> JSONValue {
        ["type": "boolean", "description": .string(description)]
    }

    private static func map(_ description: String) -> JSONValue {
        ["type": "object", "additionalProperties": ["type": "string"], "description": .string(description)]
    }

    static let all: [String: JSONValue] = [
        "ObjectMeta": objectMeta, "ListMeta": listMeta, "DeleteOptions": deleteOptions, "Status": status,
        "Patch": ["type": "object", "description": "A JSON, merge or strategic merge patch."],
    ].reduce(into: [:]) { $0[OpenAPINames.meta + $1.key] = $1.value }

    private static let objectMeta: JSONValue = [
        "type": "object", "description": "ObjectMeta is metadata that all persisted resources must have.",
        "properties": [
            "name": text("Unique within a namespace; cannot be changed."),
            "generateName": text("A prefix from which the server makes a unique name when name is empty."),
            "namespace": text("The space within which the name must be unique."),
            "uid": text("Unique in time and space; set by the server."),
            "resourceVersion": text("Changes with every write; for optimistic concurrency and watches."),
            "generation": number("Counts changes of the spec."),
            "creationTimestamp": time("When the object was created."),
            "deletionTimestamp": time("When the object is to go; set when its deletion has begun."),
            "deletionGracePeriodSeconds": number("How long the object is given to end."),
            "labels": map("Keys and values to select the object by."),
            "annotations": map("Keys and values for tools."),
            "finalizers": [
                "type": "array", "items": ["type": "string"], "description": "Hold a deletion back.",
                "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge",
            ],
            "ownerReferences": [
                "type": "array", "items": owner, "description": "The object goes when the last of these is gone.",
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "uid",
            ],
            "managedFields": [
                "type": "array", "items": ["type": "object"],
                "description": "Who manages which fields; this server does not keep it.",
            ],
            "selfLink": text("Deprecated: not set."),
        ],
    ]

    private static let owner: JSONValue = [
        "type": "object", "required": ["apiVersion", "kind", "name", "uid"],
        "description": "An object in the same namespace, or a cluster-scoped one, that owns this one.",
        "properties": [
            "apiVersion": text("API version of the owner."), "kind": text("Kind of the owner."),
            "name": text("Name of the owner."), "uid": text("UID of the owner."),
            "controller": flag("The owner manages the object."),
            "blockOwnerDeletion": flag("A foreground deletion of the owner waits for the object."),
        ],
    ]

    private static let listMeta: JSONValue = [
        "type": "object", "description": "ListMeta describes a list.",
        "properties": [
            "resourceVersion": text("The version at which the list was taken; watches go on from it."),
            "continue": text("Names the next page; empty on the last."),
            "remainingItemCount": number("How many items follow on later pages."),
            "selfLink": text("Deprecated: not set."),
        ],
    ]

    private static let deleteOptions: JSONValue = [
        "type": "object", "description": "DeleteOptions may be given when an object is deleted.",
        "properties": [
            "apiVersion": text("v1."), "kind": text("DeleteOptions."),
            "gracePeriodSeconds": number("How long the object is given to end."),
            "propagationPolicy": text("Background, Foreground or Orphan."),
            "orphanDependents": flag("Deprecated: use propagationPolicy."),
            "dryRun": ["type": "array", "items": ["type": "string"], "description": "All: nothing is changed."],
            "preconditions": [
                "type": "object", "description": "What must hold.",
                "properties": ["uid": text("The UID."), "resourceVersion": text("The resourceVersion.")],
            ],
        ],
    ]

    private static let status: JSONValue = [
        "type": "object", "description": "Status is an answer that is no object.",
        "properties": [
            "apiVersion": text("v1."), "kind": text("Status."), "status": text("Success or Failure."),
            "message": text("For people."), "reason": text("For programs."), "code": number("The HTTP code."),
            "details": ["type": "object", "description": "More about the reason."],
        ],
    ]

    /// autoscaling/v1 Scale, without its metadata.
    static let scale: JSONValue = [
        "type": "object", "description": "Scale is the number of replicas of an object.",
        "properties": [
            "spec": [
                "type": "object", "description": "What is wanted.",
                "properties": ["replicas": ["type": "integer", "format": "int32", "description": "How many."]],
            ],
            "status": [
                "type": "object", "description": "What there is.", "required": ["replicas"],
                "properties": [
                    "replicas": ["type": "integer", "format": "int32", "description": "How many."],
                    "selector": text("Selects the replicas, in its text form."),
                ],
            ],
        ],
    ]
}
