import KubeAPI

/// One instance of one function version: to its pod what a Pod is to a Node.
public struct Sandbox: StatusObject {
    public static let resource = NestGroup.resource("Sandbox", "sandboxes")

    public var metadata: ObjectMeta
    public var spec: SandboxSpec
    public var status: SandboxStatus

    public init(metadata: ObjectMeta, spec: SandboxSpec, status: SandboxStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(SandboxSpec.self, forKey: .spec)
        status = try container.decode(.status, default: SandboxStatus())
    }

    public var isReady: Bool { status.conditions.isTrue(SandboxCondition.ready) }
    public var isTerminating: Bool { metadata.deletionTimestamp != nil }
    /// Ended for good: it counts for nothing and is replaced.
    public var isFinished: Bool { status.phase == .failed }
}

/// A template's spec, flat on the wire, plus the SandboxNode that the sandbox is bound to.
@dynamicMemberLookup
public struct SandboxSpec: Codable, Sendable, Equatable {
    public var template: SandboxTemplateSpec
    /// The SandboxNode; nil until the scheduler has bound the sandbox, then immutable.
    public var nodeName: String?

    public init(template: SandboxTemplateSpec, nodeName: String? = nil) {
        self.template = template
        self.nodeName = nodeName
    }

    private enum CodingKeys: String, CodingKey { case nodeName }

    public init(from decoder: any Decoder) throws {
        template = try SandboxTemplateSpec(from: decoder)
        nodeName = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .nodeName)
    }

    public func encode(to encoder: any Encoder) throws {
        try template.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(nodeName, forKey: .nodeName)
    }

    public subscript<Value>(dynamicMember path: KeyPath<SandboxTemplateSpec, Value>) -> Value {
        template[keyPath: path]
    }
}

public enum SandboxPhase: String, Codable, Sendable, CaseIterable {
    case pending = "Pending"
    case starting = "Starting"
    case running = "Running"
    case failed = "Failed"
    case terminating = "Terminating"
    case unknown = "Unknown"
}

public enum SandboxState: String, Codable, Sendable {
    case active = "Active"
    case parked = "Parked"
}

/// The condition types of a Sandbox.
public enum SandboxCondition {
    public static let scheduled = "Scheduled"
    public static let packageReady = "PackageReady"
    public static let ready = "Ready"
}

/// What the sidecar (and, before binding, the scheduler) has seen.
public struct SandboxStatus: Codable, Sendable, Equatable {
    public var phase: SandboxPhase
    public var state: SandboxState?
    /// `Scheduled`, `PackageReady`, `Ready`.
    public var conditions: [Condition]
    /// Of the last failure; CamelCase.
    public var reason: String?
    /// Of the last failure, in the user's words; at most 4 KiB.
    public var message: String?
    public var nodeName: String?
    /// Where lower priorities make room for the sandbox; nil once it is bound, and for most it never is set.
    public var nominatedNodeName: String?
    public var podIP: String?
    public var port: Int?
    public var restartCount: Int
    /// How its last process ended.
    public var lastTermination: Termination?
    public var startTime: Timestamp?
    public var observedGeneration: Int64?
    /// What its process uses; nil while it has none, and in its first half minute.
    public var usage: ResourceUsage?
    /// When each state (`Bound`, `PackageReady`, `Ready` and so on) was entered, newest last.
    public var lastTransitions: [Transition]

    public struct Transition: Codable, Sendable, Equatable {
        public var name: String
        public var time: Timestamp

        public init(name: String, time: Timestamp) {
            self.name = name
            self.time = time
        }
    }

    /// The end of one process (core/v1 `ContainerStateTerminated`).
    public struct Termination: Codable, Sendable, Equatable {
        /// CamelCase.
        public var reason: String
        /// The uncaught error, or the last lines of the log; at most 2 KiB.
        public var message: String?
        /// Nil when a signal ended it.
        public var exitCode: Int?
        public var signal: Int?
        /// When it had been loaded; nil when it never was.
        public var startedAt: Timestamp?
        public var finishedAt: Timestamp?

        public init(
            reason: String, message: String? = nil, exitCode: Int? = nil, signal: Int? = nil,
            startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil
        ) {
            self.reason = reason
            self.message = message
            self.exitCode = exitCode
            self.signal = signal
            self.startedAt = startedAt
            self.finishedAt = finishedAt
        }
    }

    public init() {
        phase = .pending
        conditions = []
        restartCount = 0
        lastTransitions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        phase = try container.decode(.phase, default: .pending)
        state = try container.decodeIfPresent(SandboxState.self, forKey: .state)
        conditions = try container.decode(.conditions, default: [])
        reason = try container.decodeIfPresent(String.self, forKey: .reason)
        message = try container.decodeIfPresent(String.self, forKey: .message)
        nodeName = try container.decodeIfPresent(String.self, forKey: .nodeName)
        nominatedNodeName = try container.decodeIfPresent(String.self, forKey: .nominatedNodeName)
        podIP = try container.decodeIfPresent(String.self, forKey: .podIP)
        port = try container.decodeIfPresent(Int.self, forKey: .port)
        restartCount = try container.decode(.restartCount, default: 0)
        lastTermination = try container.decodeIfPresent(Termination.self, forKey: .lastTermination)
        startTime = try container.decodeIfPresent(Timestamp.self, forKey: .startTime)
        observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
        usage = try container.decodeIfPresent(ResourceUsage.self, forKey: .usage)
        lastTransitions = try container.decode(.lastTransitions, default: [])
    }
}
