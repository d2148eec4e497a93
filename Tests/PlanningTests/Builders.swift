import KubeAPI
import NestAPI

@testable import Planning

let noon = Timestamp(seconds: 1_800_000_000)

extension SandboxTemplate {
    static func sample(_ handler: String = "index.handler") -> SandboxTemplate {
        SandboxTemplate(
            metadata: .init(labels: ["app": "hello"]),
            spec: SandboxTemplateSpec(handler: handler, package: PackageSource(inline: ["index.js": ""])))
    }
}

extension SandboxDeployment {
    static func sample(
        replicas: Int, surge: IntOrPercent = .percent(25), unavailable: IntOrPercent = .percent(25),
        handler: String = "index.handler"
    ) -> SandboxDeployment {
        var metadata = ObjectMeta(name: "hello", namespace: "default", uid: "deployment")
        metadata.generation = 1
        var deployment = SandboxDeployment(
            metadata: metadata,
            spec: SandboxDeploymentSpec(
                replicas: replicas, selector: LabelSelector(matchLabels: ["app": "hello"]),
                template: .sample(handler)))
        deployment.spec.strategy.rollingUpdate = .init(maxSurge: surge, maxUnavailable: unavailable)
        return deployment
    }

    /// A set of this deployment with `replicas` sandboxes, of which `available` work.
    ///
    /// The smaller the index, the older the set; its template is the newest when `isNew`.
    func set(_ index: Int, replicas: Int, available: Int? = nil, isNew: Bool = false) throws -> SandboxReplicaSet {
        var other = self
        if !isNew { other.spec.template.spec.handler = "index.old\(index)" }
        var set = SandboxReplicaSet(named: try other.spec.template.hash(collisions: nil), of: other)
        set.metadata.uid = "set\(index)"
        set.metadata.creationTimestamp = noon.adding(seconds: Double(index - 1000))
        set.metadata.generation = 1
        set.setRevision(Int64(index + 1))
        set.spec.replicas = replicas
        set.setReplicasAnnotations(spec)
        set.status.observedGeneration = 1
        set.status.replicas = replicas
        set.status.readyReplicas = available ?? replicas
        set.status.availableReplicas = available ?? replicas
        return set
    }

    func plan(_ sets: [SandboxReplicaSet], sandboxes: [Sandbox] = [], now: Timestamp = noon) throws -> DeploymentPlan {
        try Planning.plan(
            DeploymentObserved(deployment: self, replicaSets: sets, sandboxes: sandboxes), now: now)
    }
}

extension DeploymentPlan {
    /// uid → size of the sets that change size.
    var sizes: [String: Int] {
        var sizes: [String: Int] = [:]
        for case .update(let from, let to) in writes where from.spec.replicas != to.spec.replicas {
            sizes[to.metadata.uid] = to.spec.replicas
        }
        return sizes
    }

    var created: [SandboxReplicaSet] {
        writes.compactMap { if case .create(let set) = $0 { set } else { nil } }
    }

    var deleted: [String] {
        writes.compactMap { if case .delete(let set) = $0 { set.metadata.uid } else { nil } }
    }
}

extension Sandbox {
    static func sample(
        _ name: String, node: String? = nil, ready: Timestamp? = nil, labels: [String: String] = ["app": "hello"],
        owner: OwnerReference? = nil
    ) -> Sandbox {
        var metadata = ObjectMeta(
            name: name, namespace: "default", uid: "uid-\(name)", labels: labels,
            ownerReferences: owner.map { [$0] } ?? [])
        metadata.creationTimestamp = noon
        metadata.resourceVersion = "7"
        var sandbox = Sandbox(
            metadata: metadata, spec: SandboxSpec(template: SandboxTemplate.sample().spec, nodeName: node))
        if let ready {
            sandbox.status.phase = .running
            sandbox.status.conditions = [
                Condition(type: "Ready", status: .yes, reason: "Loaded", lastTransitionTime: ready)
            ]
        }
        return sandbox
    }

    func failed(after seconds: Double = 0, attempts: Int = 0) -> Sandbox {
        var sandbox = self
        sandbox.status.phase = .failed
        sandbox.status.startTime = noon.adding(seconds: -seconds)
        sandbox.status.lastTransitions = [.init(name: "Failed", time: noon)]
        if attempts > 0 { sandbox.metadata.annotations[NestGroup.attemptAnnotation] = "\(attempts)" }
        return sandbox
    }

    func terminating() -> Sandbox {
        var sandbox = self
        sandbox.metadata.deletionTimestamp = noon
        return sandbox
    }
}

/// Numbers that only depend on the seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
