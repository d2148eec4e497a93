import KubeAPI
import NestAPI

@testable import Planning

/// A deployment with its sets and sandboxes, driven by the decisions alone: no clock, no API, no chance but the seed.
///
/// The replica set controller runs at its own times, so the deployment controller plans from statuses that are old.
struct SimulatedCluster {
    private(set) var deployment: SandboxDeployment
    private var sets: [SandboxReplicaSet] = []
    private var sandboxes: [Sandbox] = []
    private var random: SeededRandom
    private var now = noon
    private var names = 0
    private(set) var story = ""

    init(seed: UInt64) {
        random = SeededRandom(state: seed)
        let bounds: [IntOrPercent] = [.count(0), .count(1), .count(2), .percent(25), .percent(50), .percent(100)]
        deployment = .sample(
            replicas: Int.random(in: 1...9, using: &random), surge: bounds.randomElement(using: &random) ?? .count(1),
            unavailable: bounds.randomElement(using: &random) ?? .count(0))
        say("replicas \(deployment.spec.replicas) \(deployment.spec.strategy.rollingUpdate)")
    }

    var live: Int { sandboxes.count(where: \.isActive) }
    var available: Int { sandboxes.count { $0.isActive && $0.isReady } }

    var isComplete: Bool {
        let spec = deployment.spec
        let active = sandboxes.filter(\.isActive)
        return active.count == spec.replicas && active.allSatisfy(\.isReady)
            && active.allSatisfy { $0.spec.handler == spec.template.spec.handler }
            && deployment.status.isComplete(deployment)
            && deployment.status.conditions["Progressing"]?.reason == "NewReplicaSetAvailable"
    }

    /// One thing happens.
    mutating func step(changesSize: Bool) throws {
        now = now.adding(seconds: Double.random(in: 0..<2, using: &random))
        switch Int.random(in: 0..<(changesSize ? 22 : 20), using: &random) {
        case 0: changeTemplate()
        case 1..<8: try runDeploymentController()
        case 8..<14: if let index = sets.indices.randomElement(using: &random) { runSetController(index) }
        case 14..<18: makeOneReady()
        case 18, 19: finishOne()
        case 20: changeSize()
        default: failOne()
        }
    }

    /// Lets everybody work until nobody has anything to do.
    mutating func settle() throws {
        for _ in 0..<200 {
            let before = (deployment, sets, sandboxes)
            now = now.adding(seconds: 400)
            try runDeploymentController()
            for index in sets.indices { runSetController(index) }
            while makeOneReady() {}
            while finishOne() {}
            if before == (deployment, sets, sandboxes) { return }
        }
    }

    private mutating func changeTemplate() {
        deployment.metadata.generation += 1
        deployment.spec.template.spec.handler = "index.v\(Int.random(in: 0..<4, using: &random))"
        say("template \(deployment.spec.template.spec.handler)")
    }

    private mutating func changeSize() {
        deployment.metadata.generation += 1
        deployment.spec.replicas = Int.random(in: 0...9, using: &random)
        say("replicas \(deployment.spec.replicas)")
    }

    private mutating func runDeploymentController() throws {
        let plan = try deployment.plan(sets, sandboxes: sandboxes, now: now)
        for write in plan.writes { carryOut(write) }
        if let status = plan.status { deployment.status = status }
        if let revision = plan.revision {
            deployment.metadata.annotations[NestGroup.revisionAnnotation] = "\(revision)"
        }
    }

    private mutating func carryOut(_ write: DeploymentWrite) {
        switch write {
        case .create(var set):
            names += 1
            set.metadata.uid = "set\(names)"
            set.metadata.generation = 1
            set.metadata.creationTimestamp = now
            sets.append(set)
            say("create \(set.metadata.uid) of \(set.spec.replicas)")
        case .update(let from, var to):
            if from.spec != to.spec { to.metadata.generation += 1 }
            if let index = sets.firstIndex(where: { $0.metadata.uid == to.metadata.uid }) { sets[index] = to }
            say("\(to.metadata.uid): \(from.spec.replicas) -> \(to.spec.replicas)")
        case .delete(let set): sets.removeAll { $0.metadata.uid == set.metadata.uid }
        case .adopt, .release, .rollBack: break
        }
    }

    private mutating func runSetController(_ index: Int) {
        let set = sets[index]
        let plan = Planning.plan(observe(set), now: now)
        for gone in plan.delete { delete(gone) }
        for var sandbox in plan.create {
            names += 1
            sandbox.metadata.name = "sandbox\(names)"
            sandbox.metadata.uid = sandbox.metadata.name
            sandbox.metadata.creationTimestamp = now
            sandboxes.append(sandbox)
        }
        if let status = status(of: observe(set), failure: nil, now: now) { sets[index].status = status }
        say("\(set.metadata.uid) reports \(sets[index].status.replicas)/\(sets[index].status.availableReplicas)")
    }

    private func observe(_ set: SandboxReplicaSet) -> ReplicaSetObserved {
        let mine = sandboxes.filter { $0.metadata.controller?.uid == set.metadata.uid }
        return ReplicaSetObserved(replicaSet: set, sandboxes: mine)
    }

    private mutating func delete(_ sandbox: Sandbox) {
        guard let index = sandboxes.firstIndex(where: { $0.metadata.uid == sandbox.metadata.uid }) else { return }
        sandboxes[index].metadata.deletionTimestamp = now
    }

    @discardableResult
    private mutating func makeOneReady() -> Bool {
        let waiting = sandboxes.indices.filter { sandboxes[$0].isActive && !sandboxes[$0].isReady }
        guard let index = waiting.randomElement(using: &random) else { return false }
        sandboxes[index].spec.nodeName = "node"
        sandboxes[index].status.phase = .running
        sandboxes[index].status.startTime = now
        sandboxes[index].status.conditions = [
            Condition(type: "Ready", status: .yes, reason: "Loaded", lastTransitionTime: now)
        ]
        return true
    }

    @discardableResult
    private mutating func finishOne() -> Bool {
        guard let index = sandboxes.firstIndex(where: \.isTerminating) else { return false }
        sandboxes.remove(at: index)
        return true
    }

    private mutating func failOne() {
        guard let index = sandboxes.indices.filter({ sandboxes[$0].isActive }).randomElement(using: &random) else {
            return
        }
        sandboxes[index].status.phase = .failed
        sandboxes[index].status.conditions = []
        sandboxes[index].status.lastTransitions.append(.init(name: "Failed", time: now))
        say("\(sandboxes[index].metadata.name) fails")
    }

    private mutating func say(_ line: String) { story += line + "\n" }
}
