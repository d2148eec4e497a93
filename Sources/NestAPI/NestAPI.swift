import KubeAPI

/// The group and version of every Nest kind, and the labels that Nest sets.
public enum NestGroup {
    public static let name = "nest.dev"
    /// Of Nest itself.
    public static let release = "0.1.0"
    public static let version = "v1alpha1"

    static func resource(_ kind: String, _ plural: String) -> ResourceType {
        ResourceType(group: name, version: version, kind: kind, plural: plural)
    }

    /// On pods and SandboxNodes: the ResourcePool that they belong to.
    public static let poolLabel = "nest.dev/pool"
    /// On sandboxes and replica sets: the hash of the template that they were made from (apps/v1 `pod-template-hash`).
    public static let templateHashLabel = "nest.dev/sandbox-template-hash"
    /// On replica sets: the revision number of their deployment (apps/v1 `deployment.kubernetes.io/revision`).
    public static let revisionAnnotation = "nest.dev/revision"
    /// On sandboxes and endpoints: the SandboxDeployment that they serve.
    public static let deploymentLabel = "nest.dev/deployment"
    /// On SandboxNodes: the machine that runs the pod.
    public static let machineLabel = "nest.dev/machine"
    /// On SandboxNodes: their own name, so that replicas can be kept on different ones (core/v1 `LabelHostname`).
    public static let hostnameLabel = "kubernetes.io/hostname"
    /// On SandboxNodes: the zone (core/v1 `LabelTopologyZone`).
    public static let zoneLabel = "topology.kubernetes.io/zone"
    /// On SandboxNodes whose Ready condition is False (core/v1 `TaintNodeNotReady`).
    public static let notReadyTaint = "nest.dev/not-ready"
    /// On SandboxNodes whose Ready condition is Unknown (core/v1 `TaintNodeUnreachable`).
    public static let unreachableTaint = "nest.dev/unreachable"
    /// On SandboxNodes that are short of memory (core/v1 `TaintNodeMemoryPressure`).
    public static let memoryPressureTaint = "nest.dev/memory-pressure"
    /// On SandboxNodes that are short of disk space (core/v1 `TaintNodeDiskPressure`).
    public static let diskPressureTaint = "nest.dev/disk-pressure"
    /// On SandboxNodes that are short of process numbers (core/v1 `TaintNodePIDPressure`).
    public static let pidPressureTaint = "nest.dev/pid-pressure"
    /// On Leases of parts that others must find: what they are.
    public static let roleLabel = "nest.dev/role"
    /// The role of gateways.
    public static let gatewayRole = "gateway"
    /// On the Leases of gateways: where their readings are, `http://HOST:PORT`.
    public static let readingsAnnotation = "nest.dev/readings"
    /// The namespace of Nest's own Leases.
    public static let systemNamespace = "nest-system"
}
