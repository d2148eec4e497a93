import KubeAPI
import NestAPI

/// One object of each kind with every field set, so that its JSON shows every field that the Swift type has.
enum Samples {
    static let time = Timestamp(seconds: 1_700_000_000)
    static let condition = Condition(
        type: "Ready", status: .yes, reason: "Loaded", message: "serving", observedGeneration: 2,
        lastTransitionTime: time)
    static let layer = LayerSource(url: "file:///layer.tar.zst", sha256: String(repeating: "a", count: 64))
    static let selector = LabelSelector(
        matchLabels: ["app": "hello"], matchExpressions: [.init(key: "tier", operator: .in, values: ["web"])])

    static var templateSpec: SandboxTemplateSpec {
        var spec = SandboxTemplateSpec(
            pool: "edge", runtime: "nodejs", signature: "http", handler: "index.handler",
            package: PackageSource(
                url: layer.url, sha256: layer.sha256, inline: ["index.js": ""], secretRef: .init(name: "s")))
        let key = EnvVar.KeyReference(name: "settings", key: "token", optional: true, onUpdate: .restart)
        spec.layers = [layer]
        spec.env = [EnvVar(name: "A", value: "1", valueFrom: .init(secretKeyRef: key, configMapKeyRef: key))]
        spec.resources = ResourceRequirements(
            requests: .init(cpu: Quantity("10m"), memory: Quantity("32Mi")),
            limits: .init(cpu: Quantity("1"), memory: Quantity("128Mi")))
        spec.concurrency = 7
        spec.standby = Standby(idleSeconds: 60)
        let probe = Probe(
            httpGet: .init(path: "/healthz", httpHeaders: [.init(name: "A", value: "b")]), tcpSocket: .init(),
            exec: .init(command: ["true"]))
        (spec.startupProbe, spec.readinessProbe, spec.livenessProbe) = (probe, probe, probe)
        var constraint = TopologySpreadConstraint(topologyKey: "zone", labelSelector: selector)
        constraint.matchLabelKeys = ["tier"]
        constraint.minDomains = 2
        constraint.nodeAffinityPolicy = .honor
        constraint.nodeTaintsPolicy = .ignore
        spec.topologySpreadConstraints = [constraint]
        spec.nodeSelector = ["disk": "ssd"]
        spec.affinity = affinity
        spec.tolerations = [
            Toleration(key: "k", operator: .equal, value: "v", effect: .noExecute, tolerationSeconds: 60)
        ]
        spec.priority = 5
        spec.preemptionPolicy = .never
        return spec
    }

    static var affinity: Affinity {
        let term = NodeSelectorTerm([.init("disk", .in, ["ssd"])])
        let near = SandboxAffinity.Term(selector, topologyKey: "zone")
        let sandboxes = SandboxAffinity(required: [near], preferred: [.init(weight: 1, near)])
        return Affinity(
            nodeAffinity: NodeAffinity(required: .init([term]), preferred: [.init(weight: 1, term)]),
            sandboxAffinity: sandboxes, sandboxAntiAffinity: sandboxes)
    }

    static var template: SandboxTemplate {
        SandboxTemplate(metadata: .init(labels: ["app": "hello"], annotations: ["a": "b"]), spec: templateSpec)
    }

    static var deployment: SandboxDeployment {
        var spec = SandboxDeploymentSpec(replicas: 3, selector: selector, template: template)
        spec.rollbackTo = RollbackTarget(revision: 1)
        var status = SandboxDeploymentStatus()
        status.observedGeneration = 2
        status.collisionCount = 1
        status.selector = "app=hello"
        status.conditions = [condition]
        return SandboxDeployment(metadata: ObjectMeta(name: "hello"), spec: spec, status: status)
    }

    static var replicaSet: SandboxReplicaSet {
        var status = SandboxReplicaSetStatus()
        status.observedGeneration = 2
        status.selector = "app=hello"
        status.conditions = [condition]
        return SandboxReplicaSet(
            metadata: ObjectMeta(name: "hello-1"), spec: .init(selector: selector, template: template), status: status)
    }

    static var sandbox: Sandbox {
        var status = SandboxStatus()
        status.state = .active
        status.conditions = [condition]
        status.reason = "LoadError"
        status.message = "boom"
        status.nodeName = "default-0"
        status.nominatedNodeName = "default-1"
        status.podIP = "127.1.0.2"
        status.port = 20_001
        status.startTime = time
        status.lastTermination = .init(
            reason: "Crashed", message: "boom", exitCode: 1, signal: 9, startedAt: time, finishedAt: time)
        status.observedGeneration = 1
        status.usage = ResourceUsage(cpu: .milliCPU(12), memory: .bytes(9 << 20))
        status.lastTransitions = [.init(name: "Ready", time: time)]
        return Sandbox(
            metadata: ObjectMeta(name: "hello-1-x"), spec: SandboxSpec(template: templateSpec, nodeName: "default-0"),
            status: status)
    }

    static var endpoints: SandboxEndpoints {
        let endpoint = Endpoint(
            sandbox: "hello-1-x", revision: "1", address: "127.1.0.2", port: 20_001, node: "default-0", zone: "a",
            conditions: .init(ready: true, serving: true, terminating: false))
        var endpoints = SandboxEndpoints(metadata: ObjectMeta(name: "hello"), endpoints: [endpoint])
        endpoints.trouble = EndpointsTrouble(reason: "LoadError", message: "boom")
        return endpoints
    }

    static var node: SandboxNode {
        let resources = SandboxNodeStatus.Resources(
            cpu: .milliCPU(2000), memory: .bytes(1 << 30), sandboxes: 200)
        var status = SandboxNodeStatus()
        status.capacity = resources
        status.allocatable = resources
        status.podIP = "127.1.0.2"
        status.runtimes = [.init(name: "nodejs", version: "20", prewarmed: 2)]
        status.packages = [layer.sha256]
        status.confinement = .init(level: "Full", mechanisms: ["Seccomp"], missing: ["UserPerSandbox: not root"])
        status.usage = ResourceUsage(cpu: .milliCPU(12), memory: .bytes(9 << 20))
        status.conditions = [condition]
        let taint = Taint(key: "k", value: "v", effect: .noSchedule)
        return SandboxNode(
            metadata: ObjectMeta(name: "default-0"), spec: SandboxNodeSpec(pool: "default", taints: [taint]),
            status: status)
    }

    static var pool: ResourcePool {
        var spec = ResourcePoolSpec()
        spec.runtimes = [.init(name: "nodejs", args: ["--no-warnings"])]
        spec.preload = .init(layers: [layer])
        spec.template = ["spec": [:]]
        var status = ResourcePoolStatus()
        status.observedGeneration = 1
        status.conditions = [condition]
        return ResourcePool(metadata: ObjectMeta(name: "default"), spec: spec, status: status)
    }

    static var autoscaler: SandboxAutoscaler {
        var spec = SandboxAutoscalerSpec(target: "hello", maxReplicas: 20)
        spec.metrics = [ScalingMetric(.concurrency, target: 50), ScalingMetric(.cpu, targetPercent: 80)]
        spec.schedules = [
            ScalingSchedule(
                name: "lunch", cron: "0 11 * * 1-5", timeZone: "Asia/Shanghai", durationSeconds: 7200, minReplicas: 8)
        ]
        var status = SandboxAutoscalerStatus()
        status.observedGeneration = 1
        status.currentReplicas = 3
        status.desiredReplicas = 4
        status.lastScaleTime = time
        status.currentMetrics = [.init(.concurrency, load: 142.5, desiredReplicas: 4)]
        status.conditions = [condition]
        return SandboxAutoscaler(metadata: ObjectMeta(name: "hello"), spec: spec, status: status)
    }
}
