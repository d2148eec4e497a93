/// One served resource: its group, version, kind and place in URLs (Kubernetes API concepts, "Resource URIs").
public struct ResourceType: Sendable, Hashable {
    /// Empty for the core group.
    public let group: String
    public let version: String
    public let kind: String
    /// The lower-case plural that URLs use.
    public let plural: String
    public let isNamespaced: Bool

    public init(group: String, version: String, kind: String, plural: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// `version` for the core group, else `group/version`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The URL path of a collection, or of one object, or of its subresource.
    ///
    /// Without a namespace it is the path for all namespaces, or of a cluster-scoped resource.
    public func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace { path += "/namespaces/\(namespace)" }
        path += "/\(plural)"
        if let name { path += "/\(name)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

/// A typed Kubernetes object.
///
/// `apiVersion` and `kind` follow from the type; `Envelope` adds them on the wire.
public protocol KubeObject: Codable, Sendable, Equatable {
    static var resource: ResourceType { get }
    var metadata: ObjectMeta { get set }
}

extension KubeObject {
    public var key: ObjectKey { ObjectKey(namespace: metadata.namespace, name: metadata.name) }

    /// A reference with which this object owns another as its controller.
    public var controllerReference: OwnerReference {
        OwnerReference(
            apiVersion: Self.resource.apiVersion, kind: Self.resource.kind, name: metadata.name, uid: metadata.uid,
            controller: true, blockOwnerDeletion: true)
    }
}

/// An object with a status, which is written apart from all else.
public protocol StatusObject: KubeObject {
    associatedtype Status: Codable, Sendable, Equatable
    var status: Status { get set }
}

/// Where an object lives: its namespace ("" when cluster-scoped) and its name.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var namespace: String
    public var name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// An object as it goes over the wire: itself plus `apiVersion` and `kind`.
public struct Envelope<Object: KubeObject>: Codable, Sendable, Equatable {
    public var object: Object

    public init(_ object: Object) { self.object = object }

    private enum CodingKeys: String, CodingKey { case apiVersion, kind }

    public init(from decoder: any Decoder) throws { object = try Object(from: decoder) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Object.resource.apiVersion, forKey: .apiVersion)
        try container.encode(Object.resource.kind, forKey: .kind)
        try object.encode(to: encoder)
    }
}

/// What the status subresource takes of an object: which one, of what version, and its status.
public struct StatusEnvelope<Object: StatusObject>: Encodable, Sendable {
    private let object: Object

    public init(_ object: Object) { self.object = object }

    private enum CodingKeys: String, CodingKey { case apiVersion, kind, metadata, status }

    public func encode(to encoder: any Encoder) throws {
        var metadata = ObjectMeta(
            name: object.metadata.name, namespace: object.metadata.namespace, uid: object.metadata.uid)
        metadata.resourceVersion = object.metadata.resourceVersion
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Object.resource.apiVersion, forKey: .apiVersion)
        try container.encode(Object.resource.kind, forKey: .kind)
        try container.encode(metadata, forKey: .metadata)
        try container.encode(object.status, forKey: .status)
    }
}

/// One page of a collection.
public struct ObjectList<Object: KubeObject>: Decodable, Sendable, Equatable {
    public struct Metadata: Codable, Sendable, Equatable {
        public var resourceVersion: String?
        /// Given back as `continue` for the next page; nil or empty on the last.
        public var `continue`: String?
    }

    public var metadata: Metadata
    public var items: [Object]

    public init(items: [Object], resourceVersion: String?) {
        self.items = items
        metadata = Metadata(resourceVersion: resourceVersion)
    }
}
