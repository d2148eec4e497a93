/// A core/v1 Pod, as far as Nest reads it.
///
/// Change pods with patches only: a full update would drop what is not here.
public struct Pod: KubeObject {
    public static let resource = ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods")

    public struct Spec: Codable, Sendable, Equatable {
        /// The machine that runs the pod; nil until one has claimed it.
        public var nodeName: String?
        public var containers: [JSONValue]
        public var terminationGracePeriodSeconds: Int64?

        public init(nodeName: String? = nil, containers: [JSONValue] = [], terminationGracePeriodSeconds: Int64? = nil)
        {
            self.nodeName = nodeName
            self.containers = containers
            self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            nodeName = try container.decodeIfPresent(String.self, forKey: .nodeName)
            containers = try container.decode(.containers, default: [])
            terminationGracePeriodSeconds = try container.decodeIfPresent(
                Int64.self, forKey: .terminationGracePeriodSeconds)
        }
    }

    public struct Status: Codable, Sendable, Equatable {
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`; nil before anyone has reported.
        public var phase: String?
        public var podIP: String?
        public var hostIP: String?
        public var startTime: Timestamp?
        public var reason: String?
        public var message: String?
        public var conditions: [PodCondition]?
        public var containerStatuses: [ContainerStatus]?

        public init() {}
    }

    /// core/v1's own condition: unlike `metav1.Condition` its reason, message and times may be absent.
    public struct PodCondition: Codable, Sendable, Equatable {
        public var type: String
        public var status: Condition.Status
        public var reason: String?
        public var message: String?
        public var lastTransitionTime: Timestamp?

        public init(
            type: String, status: Condition.Status, reason: String? = nil, message: String? = nil,
            lastTransitionTime: Timestamp? = nil
        ) {
            self.type = type
            self.status = status
            self.reason = reason
            self.message = message
            self.lastTransitionTime = lastTransitionTime
        }
    }

    public struct ContainerStatus: Codable, Sendable, Equatable {
        public var name: String
        public var ready: Bool
        public var restartCount: Int
        public var image: String
        public var imageID: String

        public init(name: String, ready: Bool, restartCount: Int, image: String = "", imageID: String = "") {
            self.name = name
            self.ready = ready
            self.restartCount = restartCount
            self.image = image
            self.imageID = imageID
        }
    }

    public var metadata: ObjectMeta
    public var spec: Spec
    public var status: Status

    public init(metadata: ObjectMeta, spec: Spec = Spec(), status: Status = Status()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(.spec, default: Spec())
        status = try container.decode(.status, default: Status())
    }

    public var isReady: Bool {
        status.conditions?.contains { $0.type == "Ready" && $0.status == .yes } ?? false
    }
}
