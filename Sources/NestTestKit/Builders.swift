import KubeAPI
import Logging

extension ConfigMap {
    /// A config map in namespace `default`, for tests that need any object.
    public static func sample(_ name: String, _ value: String = "", labels: [String: String] = [:]) -> ConfigMap {
        ConfigMap(
            metadata: ObjectMeta(name: name, namespace: "default", labels: labels),
            data: value.isEmpty ? nil : ["value": value])
    }

    /// What `sample` was given as value.
    public var value: String { data?["value"] ?? "" }
}

extension Logger {
    /// A logger that says nothing.
    public static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
