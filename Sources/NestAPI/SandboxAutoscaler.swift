import KubeAPI

/// Keeps the number of a SandboxDeployment's sandboxes in step with what is asked of them.
public struct SandboxAutoscaler: StatusObject {
    public static let resource = NestGroup.resource("SandboxAutoscaler", "sandboxautoscalers")

    public var metadata: ObjectMeta
    public var spec: SandboxAutoscalerSpec
    public var status: SandboxAutoscalerStatus

    public init(metadata: ObjectMeta, spec: SandboxAutoscalerSpec, status: SandboxAutoscalerStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(SandboxAutoscalerSpec.self, forKey: .spec)
        status = try container.decode(.status, default: SandboxAutoscalerStatus())
    }
}

public struct SandboxAutoscalerSpec: Codable, Sendable, Equatable {
    /// What is scaled, in the autoscaler's own namespace.
    public struct Target: Codable, Sendable, Equatable {
        public var apiVersion: String
        public var kind: String
        public var name: String

        public init(name: String) {
            apiVersion = SandboxDeployment.resource.apiVersion
            kind = SandboxDeployment.resource.kind
            self.name = name
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            apiVersion = try container.decode(.apiVersion, default: SandboxDeployment.resource.apiVersion)
            kind = try container.decode(.kind, default: SandboxDeployment.resource.kind)
            name = try container.decode(String.self, forKey: .name)
        }
    }

    public var scaleTargetRef: Target
    /// 0: none while nobody asks.
    public var minReplicas: Int
    public var maxReplicas: Int
    /// The largest answer wins.
    public var metrics: [ScalingMetric]
    /// The share of a `target` at which a further sandbox is added.
    public var utilization: Double
    /// Over how many seconds load is averaged.
    public var stableWindowSeconds: Int
    /// Over how many seconds load is averaged to find a burst.
    public var panicWindowSeconds: Int
    /// For how many seconds the largest wish holds before it is gone below.
    public var scaleDownDelaySeconds: Int
    /// Seconds without a request before the last sandbox goes.
    public var scaleToZeroGraceSeconds: Int
    public var schedules: [ScalingSchedule]

    public init(target: String, minReplicas: Int = 0, maxReplicas: Int) {
        scaleTargetRef = Target(name: target)
        self.minReplicas = minReplicas
        self.maxReplicas = maxReplicas
        metrics = [.standard]
        utilization = 0.7
        stableWindowSeconds = 60
        panicWindowSeconds = 6
        scaleDownDelaySeconds = 60
        scaleToZeroGraceSeconds = 30
        schedules = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        scaleTargetRef = try container.decode(Target.self, forKey: .scaleTargetRef)
        minReplicas = try container.decode(.minReplicas, default: 0)
        maxReplicas = try container.decode(Int.self, forKey: .maxReplicas)
        metrics = try container.decode(.metrics, default: [.standard])
        utilization = try container.decode(.utilization, default: 0.7)
        stableWindowSeconds = try container.decode(.stableWindowSeconds, default: 60)
        panicWindowSeconds = try container.decode(.panicWindowSeconds, default: 6)
        scaleDownDelaySeconds = try container.decode(.scaleDownDelaySeconds, default: 60)
        scaleToZeroGraceSeconds = try container.decode(.scaleToZeroGraceSeconds, default: 30)
        schedules = try container.decode(.schedules, default: [])
    }
}

/// What one sandbox is meant to bear.
public struct ScalingMetric: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case concurrency = "Concurrency"
        case qps = "QPS"
        case cpu = "CPU"
        case memory = "Memory"
    }

    public var type: Kind
    /// Of Concurrency: requests at once; of QPS: requests a second; in one sandbox.
    public var target: Double?
    /// Of CPU and Memory: percent of what a sandbox requests.
    public var targetPercent: Int?

    public init(_ type: Kind, target: Double? = nil, targetPercent: Int? = nil) {
        self.type = type
        self.target = target
        self.targetPercent = targetPercent
    }

    /// A hundred requests at once.
    public static let standard = ScalingMetric(.concurrency, target: 100)
}

/// A time at which there are to be more sandboxes, whatever is asked.
public struct ScalingSchedule: Codable, Sendable, Equatable {
    public var name: String
    /// When it begins: minute, hour, day of the month, month, day of the week.
    public var cron: String
    /// By whose clocks `cron` goes: a name of the tz database.
    public var timeZone: String
    public var durationSeconds: Int
    public var minReplicas: Int

    public init(name: String, cron: String, timeZone: String = "UTC", durationSeconds: Int, minReplicas: Int) {
        self.name = name
        self.cron = cron
        self.timeZone = timeZone
        self.durationSeconds = durationSeconds
        self.minReplicas = minReplicas
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        cron = try container.decode(String.self, forKey: .cron)
        timeZone = try container.decode(.timeZone, default: "UTC")
        durationSeconds = try container.decode(Int.self, forKey: .durationSeconds)
        minReplicas = try container.decode(Int.self, forKey: .minReplicas)
    }
}

public struct SandboxAutoscalerStatus: Codable, Sendable, Equatable {
    /// What a metric has shown, and what follows from it.
    public struct Metric: Codable, Sendable, Equatable {
        public var type: ScalingMetric.Kind
        /// The load of all sandboxes together, as the mean over the stable window: requests at once, requests a second,
        /// or percent of what one sandbox requests.
        public var load: Double
        /// The sandboxes that this load asks for.
        public var desiredReplicas: Int

        public init(_ type: ScalingMetric.Kind, load: Double, desiredReplicas: Int) {
            self.type = type
            self.load = load
            self.desiredReplicas = desiredReplicas
        }
    }

    public var observedGeneration: Int64?
    /// Sandboxes that there are.
    public var currentReplicas: Int
    /// Sandboxes that the target was last told to have.
    public var desiredReplicas: Int
    public var lastScaleTime: Timestamp?
    public var currentMetrics: [Metric]
    /// `Ready`, `Active`, `ScalingLimited`.
    public var conditions: [Condition]

    public init() {
        currentReplicas = 0
        desiredReplicas = 0
        currentMetrics = []
        conditions = []
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
        currentReplicas = try container.decode(.currentReplicas, default: 0)
        desiredReplicas = try container.decode(.desiredReplicas, default: 0)
        lastScaleTime = try container.decodeIfPresent(Timestamp.self, forKey: .lastScaleTime)
        currentMetrics = try container.decode(.currentMetrics, default: [])
        conditions = try container.decode(.conditions, default: [])
    }
}
