import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// Nodes, their sidecars, the node lifecycle and an owner that replaces what is deleted, over hours in milliseconds.
private struct Lives {
    var nodes: [SandboxNode]
    var sandboxes: [Sandbox] = []
    /// Nodes whose sidecar is not heard.
    var silent: Set<String> = []
    /// What a sidecar writes as its time, less ours.
    var skew: [String: Double] = [:]
    var memory = NodesMemory()
    var since: [ObjectKey: [String: [Taint: Duration]]] = [:]
    private(set) var renewed: [ObjectKey: Timestamp] = [:]
    private(set) var evicted: [String] = []
    private(set) var lost: [String] = []
    private(set) var second = 0
    private var restartedAt = 0

    init(_ count: Int, sandboxesEach: Int = 1) {
        nodes = (0..<count).map { NodeLifecycleTests.node("n\($0)") }
        for node in nodes {
            for index in 0..<sandboxesEach {
                sandboxes.append(.sample("\(node.metadata.name)-\(index)", node: node.metadata.name))
            }
        }
    }

    /// The controller dies and another starts: it remembers nothing, and its clock begins anew.
    mutating func restart() {
        memory = NodesMemory()
        since = [:]
        restartedAt = second
    }

    mutating func pass(_ seconds: Int) {
        for _ in 0..<(seconds / 5) {
            second += 5
            if second % 10 == 0 { for node in nodes { heartbeat(node) } } else if seconds > 600 { continue }
            judge()
            evict()
        }
    }

    private mutating func heartbeat(_ node: SandboxNode) {
        let name = node.metadata.name
        guard !silent.contains(name) else { return }
        renewed[node.key] = noon.adding(seconds: Double(second) + (skew[name] ?? 0))
        // A sidecar that is heard says itself that it is ready.
        guard node.isSilent, let index = nodes.firstIndex(where: { $0.key == node.key }) else { return }
        nodes[index].status.conditions = NodeLifecycleTests.node(name).status.conditions
    }

    private var elapsed: Duration { .seconds(second - restartedAt) }

    private mutating func judge() {
        let leases = renewed.mapValues { Lease(metadata: ObjectMeta(), spec: .init(renewTime: $0)) }
        let occupied = Set(sandboxes.filter { !$0.isTerminating }.compactMap(\.nodeKey))
        let plan = plan(
            NodesObserved(nodes: nodes, leases: leases, occupied: occupied, memory: memory), elapsed: elapsed,
            now: noon.adding(seconds: Double(second)))
        memory = plan.memory
        for changed in plan.statuses + plan.taints {
            guard let index = nodes.firstIndex(where: { $0.key == changed.key }) else { continue }
            nodes[index].spec = changed.spec
            nodes[index].status = changed.status
        }
        lost += plan.lost.map(\.metadata.name)
    }

    private mutating func evict() {
        for node in nodes {
            let here = sandboxes.filter { $0.nodeKey == node.key }
            let plan = plan(
                EvictionObserved(node: node, sandboxes: here, since: since[node.key] ?? [:]), elapsed: elapsed)
            since[node.key] = plan.since
            for sandbox in plan.evict {
                evicted.append(sandbox.metadata.name)
                guard let index = sandboxes.firstIndex(where: { $0.key == sandbox.key }) else { continue }
                sandboxes[index] = sandbox.terminating()
                if let open = nodes.first(where: { $0.spec.taints.isEmpty && $0.key != node.key }) {
                    sandboxes.append(.sample(sandbox.metadata.name + "'", node: open.metadata.name))
                }
            }
        }
    }
}

@Suite struct NodeLifecycleSimulationTests {
    @Test func aLostPodsSandboxesAreReplacedOnce() {
        var lives = Lives(5, sandboxesEach: 3)
        lives.pass(3600)
        lives.silent = ["n0"]
        lives.pass(330)
        #expect(lives.evicted.isEmpty)
        lives.pass(30)
        #expect(lives.evicted.sorted() == ["n0-0", "n0-1", "n0-2"])
        lives.pass(3600)
        #expect(lives.evicted.count == 3)
        #expect(Set(lives.lost) == ["n0"])
        lives.silent = []
        lives.pass(3600)
        #expect(lives.evicted.count == 3)
        #expect(lives.nodes.allSatisfy { $0.spec.taints.isEmpty })
    }

    @Test(arguments: [1, 2, 3, 11])
    func nothingIsEvictedWhenMostFallSilentAtOnce(_ count: Int) {
        var lives = Lives(count)
        lives.pass(600)
        let most = (count * 55 + 99) / 100
        lives.silent = Set((0..<most).map { "n\($0)" })
        lives.pass(4 * 3600)
        #expect(lives.evicted.isEmpty && lives.lost.isEmpty)
        lives.silent = []
        lives.pass(3600)
        #expect(lives.evicted.isEmpty && lives.lost.isEmpty)
    }

    @Test func afterAnOutageThoseThatStaySilentGetTheirFullTime() {
        var lives = Lives(5)
        lives.pass(600)
        lives.silent = ["n0", "n1", "n2", "n3", "n4"]
        lives.pass(7200)
        lives.silent = ["n0"]
        lives.pass(295)
        #expect(lives.evicted.isEmpty)
        lives.pass(120)
        #expect(lives.evicted == ["n0-0"])
    }

    @Test(arguments: [5, 35])
    func aLeaseThatFlapsWithinItsGraceHurtsNobody(_ pause: Int) {
        var lives = Lives(4)
        for _ in 0..<60 {
            lives.silent = ["n0"]
            lives.pass(pause)
            lives.silent = []
            lives.pass(10)
        }
        #expect(lives.evicted.isEmpty)
    }

    @Test func aLeaseThatFlapsBeyondItsGraceIsTaintedAndHealedButNeverEvicted() {
        var lives = Lives(4)
        for _ in 0..<30 {
            lives.silent = ["n0"]
            lives.pass(200)
            #expect(lives.nodes[0].spec.taints == NodeLifecycleTests.unreachable)
            lives.silent = []
            lives.pass(20)
            #expect(lives.nodes[0].spec.taints.isEmpty)
        }
        #expect(lives.evicted.isEmpty)
    }

    @Test(arguments: [-3600.0, 3600, 1e9])
    func clockJumpsEvictNothing(_ jump: Double) {
        var lives = Lives(3)
        for round in 0..<50 {
            lives.skew = ["n\(round % 3)": jump]
            lives.pass(100)
        }
        #expect(lives.evicted.isEmpty)
        #expect(lives.nodes.allSatisfy { $0.isReady && $0.spec.taints.isEmpty })
    }

    @Test func aRestartOfTheControllerGivesAFreshGracePeriodAndReplacesOnce() {
        var lives = Lives(5)
        lives.pass(600)
        lives.silent = ["n0"]
        for _ in 0..<10 {
            lives.pass(250)
            lives.restart()
        }
        #expect(lives.evicted.isEmpty)
        lives.pass(400)
        lives.restart()
        lives.pass(3600)
        #expect(lives.evicted == ["n0-0"])
    }

    /// Any history of silences, clock jumps and restarts.
    @Test(arguments: 1...8)
    func neverTwiceAndNeverWhileMostAreSilent(_ seed: UInt64) {
        var random = SeededRandom(state: seed)
        var lives = Lives(9, sandboxesEach: 2)
        for _ in 0..<25 {
            let count = Int.random(in: 0...9, using: &random)
            lives.silent = Set((0..<9).shuffled(using: &random).prefix(count).map { "n\($0)" })
            lives.skew["n\(Int.random(in: 0..<9, using: &random))"] = Double(
                Int.random(in: -9999...9999, using: &random))
            if Int.random(in: 0..<5, using: &random) == 0 { lives.restart() }
            let before = lives.evicted.count
            // The judgement takes its grace; what was on its way before that may come through.
            lives.pass(60)
            let settled = lives.evicted.count
            lives.pass(Int.random(in: 1...60, using: &random) * 10)
            if count >= 5 { #expect(lives.evicted.count == settled, "seed \(seed)") }
            if count == 0 { #expect(settled - before <= 18, "seed \(seed)") }
        }
        #expect(Set(lives.evicted).count == lives.evicted.count, "seed \(seed)")
    }
}
