/// A core/v1 Event: why something happened to an object, as `kubectl describe` shows it.
public struct Event: KubeObject {
    public static let resource = ResourceType(group: "", version: "v1", kind: "Event", plural: "events")

    public enum Kind: String, Codable, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    public struct Source: Codable, Sendable, Equatable {
        public var component: String?
        public var host: String?

        public init(component: String?, host: String? = nil) {
            self.component = component
            self.host = host
        }
    }

    public var metadata: ObjectMeta
    public var involvedObject: ObjectReference
    public var type: Kind
    /// CamelCase, for programs.
    public var reason: String
    public var message: String
    public var source: Source
    public var firstTimestamp: Timestamp
    public var lastTimestamp: Timestamp
    /// How often it happened since `firstTimestamp`.
    public var count: Int
    public var reportingComponent: String
    public var reportingInstance: String

    public init(
        metadata: ObjectMeta, involvedObject: ObjectReference, type: Kind, reason: String, message: String,
        component: String, at time: Timestamp
    ) {
        self.metadata = metadata
        self.involvedObject = involvedObject
        self.type = type
        self.reason = reason
        self.message = message
        source = Source(component: component)
        firstTimestamp = time.wholeSeconds
        lastTimestamp = time.wholeSeconds
        count = 1
        reportingComponent = component
        reportingInstance = ""
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        involvedObject = try container.decode(.involvedObject, default: ObjectReference())
        type = try container.decode(.type, default: .normal)
        reason = try container.decode(.reason, default: "")
        message = try container.decode(.message, default: "")
        source = try container.decode(.source, default: Source(component: nil))
        firstTimestamp = try container.decode(.firstTimestamp, default: Timestamp(seconds: 0))
        lastTimestamp = try container.decode(.lastTimestamp, default: Timestamp(seconds: 0))
        count = try container.decode(.count, default: 1)
        reportingComponent = try container.decode(.reportingComponent, default: "")
        reportingInstance = try container.decode(.reportingInstance, default: "")
    }
}

/// Names one object (`core/v1 ObjectReference`).
public struct ObjectReference: Codable, Sendable, Hashable {
    public var apiVersion: String?
    public var kind: String?
    public var namespace: String?
    public var name: String?
    public var uid: String?
    public var resourceVersion: String?

    public init() {}

    public init(_ object: some KubeObject) {
        let type = Swift.type(of: object).resource
        apiVersion = type.apiVersion
        kind = type.kind
        namespace = object.metadata.namespace.isEmpty ? nil : object.metadata.namespace
        name = object.metadata.name
        uid = object.metadata.uid
        resourceVersion = object.metadata.resourceVersion
    }
}
