import KubeAPI
import NestAPI

@testable import Planning

/// A deployment with its sets and sandboxes, driven by the decisions alone: no clock, no API, no chance but the seed.
///
/// Everything that a real control plane does to a decision is here: controllers plan from caches that are behind, by any
/// number of changes and each kind by its own; they run when nothing has happened, or long after something has; their
/// writes fail when the object has changed; and they are started again at any moment.
struct SimulatedCluster {
    /// What may happen in a history.
    struct Kind: Sendable {
        var strategy: RolloutStrategy.Kind?
        var changesSize = false
        var pauses = false
        var kills = false
        var breaks = false
        var orphans = false
    }

    /// What a set's controller has written and not seen yet; given up after five minutes.
    struct Expected {
        var creations = 0
        var deletions: Set<String> = []
        var since: Timestamp

        func isOutstanding(_ now: Timestamp) -> Bool {
            (creations > 0 || !deletions.isEmpty) && now.seconds(since: since) <= 300
        }
    }

    static let deploymentUID = "deployment"

    let kind: Kind
    var deployments = SimulatedStore<SandboxDeployment>()
    var sets = SimulatedStore<SandboxReplicaSet>()
    var sandboxes = SimulatedStore<Sandbox>()
    var seenDeployments = SimulatedCache<SandboxDeployment>()
    var seenSets = SimulatedCache<SandboxReplicaSet>()
    /// The set controller's own writes are of status, the deployment controller's of spec: each knows only its own.
    var seenSetsOfSets = SimulatedCache<SandboxReplicaSet>()
    var seenSandboxes = SimulatedCache<Sandbox>()
    var expectations: [String: Expected] = [:]
    var random: SeededRandom
    var now = noon
    var bounds = RolloutBounds()
    private(set) var story: [String] = []
    private var names = 0

    init(seed: UInt64, _ kind: Kind) {
        self.kind = kind
        random = SeededRandom(state: seed)
        let bounds: [IntOrPercent] = [.count(0), .count(1), .count(2), .percent(25), .percent(50), .percent(100)]
        var deployment = SandboxDeployment.sample(
            replicas: Int.random(in: 1...9, using: &random), surge: bounds.randomElement(using: &random) ?? .count(1),
            unavailable: bounds.randomElement(using: &random) ?? .count(0))
        deployment.metadata.uid = Self.deploymentUID
        deployment.spec.minReadySeconds = Bool.random(using: &random) ? 5 : 0
        deployment.spec.revisionHistoryLimit = Int.random(in: 0...3, using: &random)
        deployment.spec.progressDeadlineSeconds = 60
        deployment.spec.strategy.type = kind.strategy ?? (Bool.random(using: &random) ? .rollingUpdate : .recreate)
        deployments.create(deployment)
        say("replicas \(deployment.spec.replicas) \(deployment.spec.strategy)")
    }

    var deployment: SandboxDeployment { deployments[Self.deploymentUID] ?? .sample(replicas: 0) }

    /// All that could be told apart from another state.
    private var state: String { "\(deployments.log.count) \(sets.log.count) \(sandboxes.log.count)" }

    mutating func newName(_ prefix: String) -> String {
        names += 1
        return "\(prefix)\(String(1000 + names).dropFirst())"
    }

    mutating func say(_ line: String) { story.append(line) }

    /// One thing happens.
    mutating func step() throws {
        now = now.adding(seconds: Double.random(in: 0..<2, using: &random))
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<9: try runDeploymentController()
        case 9..<18: runSetController()
        case 18..<26: follow(Int.random(in: 1...12, using: &random))
        case 26..<32: makeOneReady()
        case 32..<34: finishOne()
        case 34: restart()
        case 35: changeTemplate()
        default: happen()
        }
        bounds.check(self)
    }

    private mutating func happen() {
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where kind.changesSize: changeSize()
        case 1 where kind.pauses: changePause()
        case 2 where kind.kills: killOne()
        case 3 where kind.breaks: breakOne()
        case 4 where kind.orphans: orphanOne()
        case 5 where kind.pauses: askForRollback()
        case 6 where kind.strategy == nil: changeStrategy()
        default: break
        }
    }

    /// Lets everybody work until nobody has anything to do.
    mutating func settle() throws {
        if deployment.spec.paused { changePause() }
        for _ in 0..<300 {
            let before = state
            now = now.adding(seconds: 400)
            follow(.max)
            try runDeploymentController()
            follow(.max)
            for set in sets.list { runSetController(set.metadata.uid) }
            while makeOneReady() {}
            while finishOne() {}
            bounds.check(self)
            if before == state { return }
        }
    }

    /// The caches come nearer to what is.
    private mutating func follow(_ count: Int) {
        let all = count == .max
        if all || Bool.random(using: &random) { seenDeployments.follow(deployments, count) }
        if all || Bool.random(using: &random) {
            seenSets.follow(sets, count)
            seenSetsOfSets.follow(sets, count)
        }
        guard all || Bool.random(using: &random) else { return }
        var expectations = expectations
        seenSandboxes.follow(sandboxes, count) { before, after in
            guard let set = (after ?? before)?.metadata.controller?.uid, let uid = (after ?? before)?.metadata.uid
            else {
                return
            }
            if before == nil, after != nil { expectations[set]?.creations -= 1 }
            if after?.isTerminating ?? true { expectations[set]?.deletions.remove(uid) }
        }
        self.expectations = expectations
    }

    private mutating func restart() {
        seenDeployments.restart(deployments)
        seenSets.restart(sets)
        seenSetsOfSets.restart(sets)
        seenSandboxes.restart(sandboxes)
        expectations = [:]
        say("the controllers start again")
    }
}
