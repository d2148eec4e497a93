import KubeAPI
import NestAPI

/// Everything that a decision about one ResourcePool looks at.
public struct PoolObserved: Sendable, Equatable {
    public var pool: ResourcePool
    /// Those that the pool owns.
    public var pods: [Pod]
    /// Those of the pods, by name.
    public var nodes: [String: SandboxNode]
    /// Those of the namespace that ask for this pool.
    public var sandboxes: [PoolTenant]
    /// Since when each empty pod has been seen to be empty: the plan's own answer of the last round.
    public var emptySince: [String: Timestamp]
    /// Whether so many pods of all pools are silent that the silence says nothing about them.
    public var isDisrupted: Bool

    public init(
        pool: ResourcePool, pods: [Pod], nodes: [String: SandboxNode] = [:], sandboxes: [PoolTenant] = [],
        emptySince: [String: Timestamp] = [:], isDisrupted: Bool = false
    ) {
        self.pool = pool
        self.pods = pods
        self.nodes = nodes
        self.sandboxes = sandboxes
        self.emptySince = emptySince
        self.isDisrupted = isDisrupted
    }
}

/// All of a sandbox that its pool depends on: a pool may have ten thousand.
public struct PoolTenant: Sendable, Equatable {
    /// The pod that it takes room in.
    public var node: String?
    /// The runtime that it wants, if the scheduler found no room for it.
    public var waitsFor: String?

    /// - Returns: nil for a sandbox that has ended.
    public init?(_ sandbox: Sandbox) {
        guard !sandbox.isFinished else { return nil }
        node = sandbox.spec.nodeName
        let isRefused = sandbox.status.conditions[SandboxCondition.scheduled]?.status == .no
        if node == nil, isRefused, !sandbox.isTerminating { waitsFor = sandbox.spec.runtime }
    }
}

/// What to do for one ResourcePool.
public struct PoolPlan: Sendable, Equatable {
    /// How many pods to make, each by `podManifest`.
    public var create = 0
    public var delete: [Pod] = []
    /// Nodes of pods that are to go: nothing more may be bound to them.
    ///
    /// They are deleted in a later round, if they are still empty then.
    public var cordon: [SandboxNode] = []
    /// Nodes whose pods stay after all.
    public var uncordon: [SandboxNode] = []
    /// To be given back in the next round.
    public var emptySince: [String: Timestamp] = [:]
    /// nil when it is what the pool already says.
    public var status: ResourcePoolStatus?
    /// Seconds after which to look again though nothing has changed; nil: not needed.
    public var lookAgainAfter: Double?

    public init() {}
}

extension NestGroup {
    /// On pods: a `ResourcePoolSpec` as JSON, without the template: what the machine and the sidecar need to know.
    public static let poolSpecAnnotation = "nest.dev/pool-spec"
    /// On SandboxNodes: the pool controller keeps new sandboxes away, to take the pod away.
    public static let drainAnnotation = "nest.dev/going-idle"
}

extension ResourcePool {
    /// One pod of the pool, as JSON: the pool's template may say more than Nest knows of.
    /// - Parameter name: the pod's name.
    /// - Returns: a core/v1 Pod that no machine has claimed yet.
    /// - Throws: `EncodingError`, for a spec that holds no number where JSON needs one.
    public func podManifest(name: String) throws -> JSONValue {
        var spec = self.spec
        spec.template = nil
        let labels: [String: JSONValue] = [NestGroup.poolLabel: .string(metadata.name)]
        let annotations: [String: JSONValue] = [
            NestGroup.poolSpecAnnotation: .string(
                String(decoding: try JSONValue(encoding: spec).serialized(), as: UTF8.self))
        ]
        let template = self.spec.template
        return [
            "apiVersion": .string(Pod.resource.apiVersion), "kind": .string(Pod.resource.kind),
            "metadata": [
                "name": .string(name), "namespace": .string(metadata.namespace),
                "labels": .object((template?[["metadata", "labels"]]?.objectValue ?? [:]).merging(labels) { $1 }),
                "annotations": .object(
                    (template.map { $0[["metadata", "annotations"]]?.objectValue ?? [:] } ?? Self.defaultAnnotations)
                        .merging(annotations) { $1 }),
                "ownerReferences": [try JSONValue(encoding: controllerReference)],
            ],
            "spec": template?["spec"] ?? Self.defaultPodSpec,
        ]
    }

    /// `kubectl logs POD` shows the sandboxes; the second name is that of kubectl before 1.21.
    private static let defaultAnnotations: [String: JSONValue] = [
        "kubectl.kubernetes.io/default-container": "app", "kubectl.kubernetes.io/default-logs-container": "app",
    ]

    /// A sidecar with the API credentials, and an app container with the sandboxes.
    private static let defaultPodSpec: JSONValue = [
        "containers": [["name": "sidecar", "image": "nest"], ["name": "app", "image": "nest"]]
    ]
}
