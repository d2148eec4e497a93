/// The messages of the built-in kinds that clients send as protobuf.
///
/// Source: the `generated.proto` of k8s.io/apimachinery/pkg/apis/meta/v1, k8s.io/api/core/v1 and coordination/v1.
indirect enum ProtobufType: Sendable {
    case text
    /// base64 in JSON.
    case bytes
    case number
    case flag
    /// `metav1.Time` or `metav1.MicroTime`.
    case time
    case message([Int: (name: String, type: ProtobufType)])
    case list(ProtobufType)
    case map(ProtobufType)

    /// The message of a kind; nil for kinds that have to be sent as JSON.
    static func message(ofKind kind: String) -> ProtobufType? {
        switch kind {
        case "Namespace": namespace
        case "Secret": secret
        case "ConfigMap": configMap
        case "Event": event
        case "Lease": lease
        case "DeleteOptions": deleteOptions
        case "SelfSubjectAccessReview": accessReview
        case "SelfSubjectRulesReview":
            .message([1: ("metadata", metadata), 2: ("spec", .message([1: ("namespace", .text)]))])
        case "SelfSubjectReview": .message([1: ("metadata", metadata)])
        case "ServiceAccount": .message([1: ("metadata", metadata), 4: ("automountServiceAccountToken", .flag)])
        default: nil
        }
    }

    private static let owner = ProtobufType.message([
        1: ("kind", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text), 6: ("controller", .flag),
        7: ("blockOwnerDeletion", .flag),
    ])

    private static let metadata = ProtobufType.message([
        1: ("name", .text), 2: ("generateName", .text), 3: ("namespace", .text), 5: ("uid", .text),
        6: ("resourceVersion", .text), 7: ("generation", .number), 8: ("creationTimestamp", .time),
        9: ("deletionTimestamp", .time), 10: ("deletionGracePeriodSeconds", .number), 11: ("labels", .map(.text)),
        12: ("annotations", .map(.text)), 13: ("ownerReferences", .list(owner)), 14: ("finalizers", .list(.text)),
    ])

    private static let namespace = ProtobufType.message([
        1: ("metadata", metadata), 2: ("spec", .message([1: ("finalizers", .list(.text))])),
        3: ("status", .message([1: ("phase", .text)])),
    ])

    private static let secret = ProtobufType.message([
        1: ("metadata", metadata), 2: ("data", .map(.bytes)), 3: ("type", .text), 4: ("stringData", .map(.text)),
        5: ("immutable", .flag),
    ])

    private static let configMap = ProtobufType.message([
        1: ("metadata", metadata), 2: ("data", .map(.text)), 3: ("binaryData", .map(.bytes)), 4: ("immutable", .flag),
    ])

    private static let reference = ProtobufType.message([
        1: ("kind", .text), 2: ("namespace", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text),
        6: ("resourceVersion", .text), 7: ("fieldPath", .text),
    ])

    private static let event = ProtobufType.message([
        1: ("metadata", metadata), 2: ("involvedObject", reference), 3: ("reason", .text), 4: ("message", .text),
        5: ("source", .message([1: ("component", .text), 2: ("host", .text)])), 6: ("firstTimestamp", .time),
        7: ("lastTimestamp", .time), 8: ("count", .number), 9: ("type", .text), 10: ("eventTime", .time),
        11: ("series", .message([1: ("count", .number), 2: ("lastObservedTime", .time)])), 12: ("action", .text),
        13: ("related", reference), 14: ("reportingComponent", .text), 15: ("reportingInstance", .text),
    ])

    private static let lease = ProtobufType.message([
        1: ("metadata", metadata),
        2: (
            "spec",
            .message([
                1: ("holderIdentity", .text), 2: ("leaseDurationSeconds", .number), 3: ("acquireTime", .time),
                4: ("renewTime", .time), 5: ("leaseTransitions", .number), 6: ("strategy", .text),
                7: ("preferredHolder", .text),
            ])
        ),
    ])

    private static let accessReview = ProtobufType.message([
        1: ("metadata", metadata),
        2: (
            "spec",
            .message([
                1: (
                    "resourceAttributes",
                    .message([
                        1: ("namespace", .text), 2: ("verb", .text), 3: ("group", .text), 4: ("version", .text),
                        5: ("resource", .text), 6: ("subresource", .text), 7: ("name", .text),
                    ])
                ),
                2: ("nonResourceAttributes", .message([1: ("path", .text), 2: ("verb", .text)])),
            ])
        ),
    ])

    private static let deleteOptions = ProtobufType.message([
        1: ("gracePeriodSeconds", .number),
        2: ("preconditions", .message([1: ("uid", .text), 2: ("resourceVersion", .text)])),
        3: ("orphanDependents", .flag), 4: ("propagationPolicy", .text), 5: ("dryRun", .list(.text)),
    ])
}
