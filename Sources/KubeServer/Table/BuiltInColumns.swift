import KubeAPI

/// The columns that kubectl shows for the built-in kinds (kubernetes `printers/internalversion`).
enum BuiltInColumns {
    static let pods: [TableColumn] = [
        .name,
        .computed("Ready") { pod in
            let statuses = pod["status"]?["containerStatuses"]?.arrayValue ?? []
            let total = pod["spec"]?["containers"]?.arrayValue?.count ?? statuses.count
            return .string("\(statuses.count { $0["ready"] == true })/\(total)")
        },
        .computed("Status") { .string(podStatus($0)) },
        .computed("Restarts") { pod in
            let statuses = pod["status"]?["containerStatuses"]?.arrayValue ?? []
            return .string(String(statuses.reduce(0) { $0 + ($1["restartCount"]?.intValue ?? 0) }))
        },
        .age,
        .computed("IP", wide: true) { $0["status"]?["podIP"] ?? "<none>" },
        .computed("Node", wide: true) { $0["spec"]?["nodeName"] ?? "<none>" },
        .computed("Nominated Node", wide: true) { $0["status"]?["nominatedNodeName"] ?? "<none>" },
        .computed("Readiness Gates", wide: true) { _ in .string("<none>") },
    ]

    /// The phase, unless something more telling is known: a reason, a waiting container, deletion.
    private static func podStatus(_ pod: JSONValue) -> String {
        if pod.isBeingDeleted { return "Terminating" }
        if let reason = pod["status"]?["reason"]?.stringValue, !reason.isEmpty { return reason }
        for status in pod["status"]?["containerStatuses"]?.arrayValue ?? [] {
            for state in ["waiting", "terminated"] {
                if let reason = status["state"]?[state]?["reason"]?.stringValue { return reason }
            }
        }
        return pod["status"]?["phase"]?.stringValue ?? "Pending"
    }

    static let namespaces: [TableColumn] = [.name, .path("Status", ".status.phase"), .age]

    static let secrets: [TableColumn] = [
        .name, .path("Type", ".type"),
        .computed("Data", type: "integer") { .int(Int64($0["data"]?.objectValue?.count ?? 0)) }, .age,
    ]

    static let configMaps: [TableColumn] = [
        .name,
        .computed("Data", type: "integer") { map in
            .int(Int64((map["data"]?.objectValue?.count ?? 0) + (map["binaryData"]?.objectValue?.count ?? 0)))
        },
        .age,
    ]

    static let serviceAccounts: [TableColumn] = [
        .name,
        .computed("Secrets", type: "string") { .string(String($0["secrets"]?.arrayValue?.count ?? 0)) }, .age,
    ]

    static let leases: [TableColumn] = [.name, .path("Holder", ".spec.holderIdentity"), .age]

    static let customResourceDefinitions: [TableColumn] = [
        .name, TableColumn(name: "Created At", type: "date", source: TableColumn.createdAt),
    ]

    /// Of an Event in either of its forms.
    static let events: [TableColumn] = [
        .computed("Last Seen") { event in
            let time =
                event["series"]?["lastObservedTime"]?.stringValue
                ?? either(event, "lastTimestamp", "deprecatedLastTimestamp")?.stringValue
                ?? event["eventTime"]?.stringValue
                ?? either(event, "firstTimestamp", "deprecatedFirstTimestamp")?.stringValue
                ?? event["metadata"]?["creationTimestamp"]?.stringValue
            guard let time = time.flatMap({ Timestamp($0) }) else { return .string("<unknown>") }
            return .string(HumanDuration.text(seconds: Timestamp.now().seconds - time.seconds))
        },
        .path("Type", ".type"), .path("Reason", ".reason"),
        .computed("Object") { event in
            let object = either(event, "involvedObject", "regarding")
            let kind = object?["kind"]?.stringValue?.lowercased() ?? ""
            return .string("\(kind)/\(object?["name"]?.stringValue ?? "")")
        },
        .computed("Subobject", wide: true) { either($0, "involvedObject", "regarding")?["fieldPath"] ?? "" },
        .computed("Source", wide: true) { event in
            let source = either(event, "source", "deprecatedSource")?["component"]?.stringValue
            let reporter = either(event, "reportingComponent", "reportingController")?.stringValue
            return .string(source ?? reporter ?? "")
        },
        .computed("Message") { .string(either($0, "message", "note")?.stringValue?.trimmed ?? "") },
        .computed("First Seen", wide: true) { event in
            let time =
                either(event, "firstTimestamp", "deprecatedFirstTimestamp")?.stringValue
                ?? event["eventTime"]?.stringValue
            guard let time = time.flatMap({ Timestamp($0) }) else { return .string("<unknown>") }
            return .string(HumanDuration.text(seconds: Timestamp.now().seconds - time.seconds))
        },
        .computed("Count", type: "string", wide: true) { event in
            let count = event["series"]?["count"] ?? either(event, "count", "deprecatedCount")
            return .string(String(count?.intValue ?? 1))
        },
        TableColumn(name: "Name", type: "string", format: "name", priority: 1, source: TableColumn.name.source),
    ]

    private static func either(_ event: JSONValue, _ core: String, _ grouped: String) -> JSONValue? {
        event[core] ?? event[grouped]
    }
}

extension TableColumn {
    fileprivate static let createdAt: Source =
        JSONPath(".metadata.creationTimestamp").map(Source.path) ?? .computed { _ in .null }
}
