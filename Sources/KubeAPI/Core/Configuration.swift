/// A core/v1 Secret.
///
/// `data` holds base64 text, as on the wire.
public struct Secret: KubeObject {
    public static let resource = ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets")

    public var metadata: ObjectMeta
    public var type: String?
    public var data: [String: String]?

    public init(metadata: ObjectMeta, type: String? = nil, data: [String: String]? = nil) {
        self.metadata = metadata
        self.type = type
        self.data = data
    }
}

/// A core/v1 ConfigMap.
public struct ConfigMap: KubeObject {
    public static let resource = ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")

    public var metadata: ObjectMeta
    public var data: [String: String]?

    public init(metadata: ObjectMeta, data: [String: String]? = nil) {
        self.metadata = metadata
        self.data = data
    }
}

/// A core/v1 Namespace.
public struct Namespace: KubeObject {
    public static let resource = ResourceType(
        group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)

    public var metadata: ObjectMeta

    public init(metadata: ObjectMeta) { self.metadata = metadata }
}
