import KubeAPI
import TestProcesses

/// A resource that is written: a built-in one and one of a CustomResourceDefinition.
enum Subject: String, Sendable, CaseIterable {
    case configMaps = "configmaps"
    case records

    static let label = "robustness"
    static let counter = "/api/v1/namespaces/default/configmaps/counter"

    var path: String {
        switch self {
        case .configMaps: "/api/v1/namespaces/default/configmaps"
        case .records: "/apis/robustness.nest.dev/v1/namespaces/default/records"
        }
    }

    private var field: String { self == .configMaps ? "data" : "spec" }

    func key(_ name: String) -> History.Key { History.Key(resource: rawValue, name: name) }

    func content(_ token: String) -> JSONValue { .object([field: ["token": .string(token)]]) }

    func object(_ name: String, _ token: String) -> JSONValue {
        var object = content(token).with("metadata", ["name": .string(name), "labels": .object([Self.label: ""])])
        object["apiVersion"] = self == .configMaps ? "v1" : "robustness.nest.dev/v1"
        object["kind"] = self == .configMaps ? "ConfigMap" : "Record"
        return object
    }

    func token(of object: JSONValue) -> String { object.at("\(field).token")?.stringValue ?? "" }

    func state(of object: JSONValue) -> History.State {
        History.State(token: token(of: object), version: Int64(object.version) ?? 0)
    }

    /// The definition of the custom kind.
    static let definition: JSONValue = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "records.robustness.nest.dev"],
        "spec": [
            "group": "robustness.nest.dev", "scope": "Namespaced", "names": ["plural": "records", "kind": "Record"],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "schema": [
                        "openAPIV3Schema": [
                            "type": "object",
                            "properties": ["spec": ["type": "object", "properties": ["token": ["type": "string"]]]],
                        ]
                    ],
                ]
            ],
        ],
    ]

    /// Makes what the writers need.
    static func prepare(_ client: APIClient) async throws {
        try await client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition).expecting(201)
        try await client.post(
            configMaps.path, ["metadata": ["name": "counter"], "data": ["n": "0"]]
        ).expecting(201)
        try await Eventually.holds("the custom kind is served") { try await client.get(records.path).code == 200 }
    }
}
