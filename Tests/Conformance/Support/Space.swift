import KubeAPI
import TestProcesses

/// A namespace that belongs to one test, with the paths and objects that most tests need.
struct Space: Sendable {
    let cluster: Cluster
    let namespace: String

    var client: APIClient { cluster.client }
    /// A folder for the caches of programs.
    var home: String { "/tmp/nest-\(namespace)" }
    var kubectl: Kubectl { Kubectl(kubeconfig: cluster.kubeconfig, home: home) }

    /// Where the objects of a core resource are.
    func core(_ plural: String, _ name: String? = nil) -> String {
        "/api/v1/namespaces/\(namespace)/\(plural)" + (name.map { "/\($0)" } ?? "")
    }

    /// Where the objects of another resource are.
    func path(_ groupVersion: String, _ plural: String, _ name: String? = nil) -> String {
        "/apis/\(groupVersion)/namespaces/\(namespace)/\(plural)" + (name.map { "/\($0)" } ?? "")
    }

    func configMap(_ name: String? = nil) -> String { core("configmaps", name) }

    /// Creates a ConfigMap, as the plainest object that every server has.
    @discardableResult
    func createConfigMap(
        _ name: String, _ data: [String: String] = ["a": "1"], labels: [String: String] = [:]
    ) async throws -> JSONValue {
        try await client.post(configMap(), Self.configMap(name, data, labels: labels)).expecting(201)
    }

    static func configMap(
        _ name: String, _ data: [String: String] = ["a": "1"], labels: [String: String] = [:]
    ) -> JSONValue {
        var object: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)],
            "data": .object(data.mapValues(JSONValue.string)),
        ]
        if !labels.isEmpty { object = object.with("metadata.labels", .object(labels.mapValues(JSONValue.string))) }
        return object
    }
}
