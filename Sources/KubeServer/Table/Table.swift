import KubeAPI

/// Renders objects as a `meta.k8s.io/v1` Table, the form that `kubectl get` prints.
struct Table: Sendable {
    /// What a row carries of its object.
    enum IncludedObject: String, Sendable {
        case none = "None"
        case metadata = "Metadata"
        case object = "Object"
    }

    var columns: [TableColumn]
    var included = IncludedObject.metadata

    /// - Parameters:
    ///   - objects: one row each.
    ///   - revision: the resourceVersion of the collection or object.
    ///   - withColumns: false in a watch after its first event.
    ///   - now: the time that ages are told at.
    /// - Returns: the Table.
    func render(_ objects: [JSONValue], revision: String, withColumns: Bool = true, now: Timestamp) -> JSONValue {
        [
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": ["resourceVersion": .string(revision)],
            "columnDefinitions": withColumns ? .array(columns.map(definition)) : nil,
            "rows": .array(objects.map { row($0, now: now) }),
        ]
    }

    private func definition(_ column: TableColumn) -> JSONValue {
        [
            "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
            "description": .string(column.description), "priority": .int(column.priority),
        ]
    }

    private func row(_ object: JSONValue, now: Timestamp) -> JSONValue {
        var row: JSONValue = ["cells": .array(columns.map { $0.cell(of: object, now: now) })]
        switch included {
        case .none: break
        case .object: row["object"] = object
        case .metadata:
            row["object"] = [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"] ?? .object([:]),
            ]
        }
        return row
    }
}
