import KubeAPI

/// The schemas of the built-in kinds, as far as the server checks them.
///
/// What is left open keeps whatever it is given.
enum BuiltInSchemas {
    private static let string: JSONValue = ["type": "string"]
    private static let integer: JSONValue = ["type": "integer"]
    private static let boolean: JSONValue = ["type": "boolean"]
    private static let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
    private static let time: JSONValue = ["type": "string", "format": "date-time", "nullable": true]
    private static let texts: JSONValue = ["type": "object", "additionalProperties": ["type": "string"]]
    private static let bytes: JSONValue = [
        "type": "object", "additionalProperties": ["type": "string", "format": "byte"],
    ]

    private static func object(
        _ description: String, _ properties: [String: JSONValue], required: [JSONValue] = []
    ) -> JSONValue {
        var schema: JSONValue = ["type": "object", "properties": .object(properties)]
        if !description.isEmpty { schema["description"] = .string(description) }
        if !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }

    static let namespace = object(
        "Namespace provides a scope for Names.",
        [
            "spec": object("", ["finalizers": ["type": "array", "items": string]]),
            "status": object("", ["phase": string, "conditions": ["type": "array", "items": open]]),
        ])

    static let configMap = object(
        "ConfigMap holds configuration data.",
        ["data": texts, "binaryData": bytes, "immutable": boolean])

    static let secret = object(
        "Secret holds secret data; data is base64, stringData is plain text and write-only.",
        ["data": bytes, "stringData": texts, "type": string, "immutable": boolean])

    static let serviceAccount = object(
        "ServiceAccount names an identity.",
        [
            "secrets": ["type": "array", "items": open], "imagePullSecrets": ["type": "array", "items": open],
            "automountServiceAccountToken": boolean,
        ])

    static let lease = object(
        "Lease is a heartbeat, or the seat of a leader.",
        [
            "spec": object(
                "",
                [
                    "holderIdentity": string, "leaseDurationSeconds": ["type": "integer", "minimum": 1],
                    "acquireTime": time, "renewTime": time, "leaseTransitions": ["type": "integer", "minimum": 0],
                    "preferredHolder": string, "strategy": string,
                ])
        ])

    private static let reference = object(
        "",
        [
            "apiVersion": string, "kind": string, "namespace": string, "name": string, "uid": string,
            "resourceVersion": string, "fieldPath": string,
        ])

    static let event = object(
        "Event is a report of something that happened to an object.",
        [
            "involvedObject": reference, "reason": string, "message": string,
            "source": object("", ["component": string, "host": string]), "firstTimestamp": time,
            "lastTimestamp": time, "count": integer, "type": string, "eventTime": time,
            "series": object("", ["count": integer, "lastObservedTime": time]), "action": string,
            "related": reference, "reportingComponent": string, "reportingInstance": string,
        ], required: ["involvedObject"])

    static let groupEvent = object(
        "Event is a report of something that happened to an object.",
        [
            "regarding": reference, "reason": string, "note": string, "action": string, "type": string,
            "eventTime": time, "series": object("", ["count": integer, "lastObservedTime": time]),
            "related": reference, "reportingController": string, "reportingInstance": string,
            "deprecatedSource": object("", ["component": string, "host": string]),
            "deprecatedFirstTimestamp": time, "deprecatedLastTimestamp": time, "deprecatedCount": integer,
        ])

    private static let container: JSONValue = [
        "type": "object", "required": ["name"], "x-kubernetes-preserve-unknown-fields": true,
        "properties": ["name": ["type": "string"], "image": ["type": "string"]],
    ]

    static let pod = object(
        "Pod is a collection of containers that run on one machine.",
        [
            "spec": [
                "type": "object", "required": ["containers"], "x-kubernetes-preserve-unknown-fields": true,
                "properties": [
                    "containers": ["type": "array", "minItems": 1, "items": container],
                    "nodeName": ["type": "string"],
                    "terminationGracePeriodSeconds": ["type": "integer", "minimum": 0],
                ],
            ],
            "status": open,
        ], required: ["spec"])

    static let service = object("Service is not served here: there is never one.", ["spec": open, "status": open])

    private static let names = object(
        "",
        [
            "plural": string, "singular": string, "kind": string, "listKind": string,
            "shortNames": ["type": "array", "items": string], "categories": ["type": "array", "items": string],
        ], required: ["plural", "kind"])

    private static let version = object(
        "",
        [
            "name": string, "served": boolean, "storage": boolean, "deprecated": boolean,
            "deprecationWarning": string, "schema": object("", ["openAPIV3Schema": open]),
            "subresources": object(
                "",
                [
                    "status": open,
                    "scale": object(
                        "",
                        ["specReplicasPath": string, "statusReplicasPath": string, "labelSelectorPath": string]),
                ]),
            "additionalPrinterColumns": [
                "type": "array",
                "items": object(
                    "",
                    [
                        "name": string, "type": string, "format": string, "description": string,
                        "priority": integer, "jsonPath": string,
                    ]),
            ],
            "selectableFields": ["type": "array", "items": object("", ["jsonPath": string])],
        ], required: ["name", "served", "storage"])

    static let customResourceDefinition = object(
        "CustomResourceDefinition makes the server serve a new kind of resource.",
        [
            "spec": object(
                "",
                [
                    "group": string, "names": names, "scope": ["type": "string", "enum": ["Namespaced", "Cluster"]],
                    "versions": ["type": "array", "minItems": 1, "items": version], "conversion": open,
                    "preserveUnknownFields": boolean,
                ], required: ["group", "names", "scope", "versions"]),
            "status": object(
                "",
                [
                    "conditions": ["type": "array", "items": open], "acceptedNames": open,
                    "storedVersions": ["type": "array", "items": string],
                ]),
        ], required: ["spec"])
}
