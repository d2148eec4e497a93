import KubeAPI
import NestAPI

/// The working copy of one decision: the sets as they will be once the writes so far are done.
struct Rollout {
    let deployment: SandboxDeployment
    let sandboxes: [Sandbox]
    let now: Timestamp
    /// The set of the newest template, once it exists.
    private(set) var new: SandboxReplicaSet?
    /// All others that are kept.
    private(set) var old: [SandboxReplicaSet]
    /// The sets as they were observed, by uid.
    private let observed: [String: SandboxReplicaSet]
    /// Names of the changed sets, in the order of their first change.
    private var touched: [String] = []
    /// Whether `new` does not exist yet.
    private var isNewCreated = false
    private var deleted: [SandboxReplicaSet] = []
    var events: [PlannedEvent] = []
    /// The Progressing condition that this round's deeds call for.
    var progress: Condition?

    var spec: SandboxDeploymentSpec { deployment.spec }
    var all: [SandboxReplicaSet] { old + (new.map { [$0] } ?? []) }
    /// Whether the controller of every set has planned for what the set now wants.
    var isTakenIn: Bool { all.allSatisfy(\.isTakenIn) }

    init(deployment: SandboxDeployment, replicaSets: [SandboxReplicaSet], sandboxes: [Sandbox], now: Timestamp) {
        self.deployment = deployment
        self.sandboxes = sandboxes
        self.now = now
        // The oldest that fits is the new one: a race may have made two (`FindNewReplicaSet`).
        let sorted = replicaSets.oldestFirst
        let found = sorted.first { $0.spec.template.isSame(as: deployment.spec.template) }
        new = found
        old = sorted.filter { $0.metadata.uid != found?.metadata.uid }
        observed = Dictionary(replicaSets.map { ($0.metadata.uid, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The writes so far: what was created first, since sandboxes wait for it.
    var writes: [DeploymentWrite] {
        let creates = isNewCreated ? new.map { [DeploymentWrite.create($0)] } ?? [] : []
        let updates = touched.compactMap { uid -> DeploymentWrite? in
            guard let from = observed[uid], let to = all.first(where: { $0.metadata.uid == uid }), from != to else {
                return nil
            }
            return .update(from: from, to: to)
        }
        return creates + updates + deleted.map(DeploymentWrite.delete)
    }

    mutating func create(_ set: SandboxReplicaSet) {
        isNewCreated = true
        new = set
    }

    /// Changes the set of that uid wherever it is kept.
    mutating func change(_ uid: String, _ body: (inout SandboxReplicaSet) -> Void) {
        if new?.metadata.uid == uid, var set = new {
            body(&set)
            new = set
        } else if let index = old.firstIndex(where: { $0.metadata.uid == uid }) {
            body(&old[index])
        }
        if !touched.contains(uid) { touched.append(uid) }
    }

    /// Gives a set its size, notes what the deployment asked for, and says so (`scaleReplicaSet`).
    /// - Returns: whether the size changed.
    @discardableResult
    mutating func scale(_ set: SandboxReplicaSet, to replicas: Int) -> Bool {
        let spec = spec
        change(set.metadata.uid) { set in
            set.spec.replicas = replicas
            set.setReplicasAnnotations(spec)
        }
        guard set.spec.replicas != replicas else { return false }
        let way = set.spec.replicas < replicas ? "up" : "down"
        events.append(
            PlannedEvent(
                reason: "ScalingReplicaSet",
                message: "Scaled \(way) replica set \(set.metadata.name) from \(set.spec.replicas) to \(replicas)"))
        return true
    }

    mutating func delete(_ set: SandboxReplicaSet) {
        old.removeAll { $0.metadata.uid == set.metadata.uid }
        deleted.append(set)
    }
}
