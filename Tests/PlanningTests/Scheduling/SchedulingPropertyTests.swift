import KubeAPI
import NestAPI
import Testing

@testable import Planning

/// What must hold whatever happens; the seed is the test's argument.
@Suite struct SchedulingPropertyTests {
    private struct World {
        var simulation: SchedulingSimulation
        var random: SeededRandom
        var made = 0

        init(_ seed: UInt64) {
            simulation = SchedulingSimulation(seed: seed)
            simulation.failures = 7
            random = SeededRandom(state: seed &* 77)
        }

        mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func aNode() -> SandboxNode {
            let zone = "\(pick(0..<3))"
            let (memory, room, kind) = (Int64(pick(1..<5)) * 100, pick(1..<6), pick(0..<10))
            return PlanningTests.node("n\(pick(0..<6))", labels: ["zone": zone]) {
                $0.status.allocatable = .init(cpu: .milliCPU(1000), memory: .bytes(memory), sandboxes: room)
                if kind == 0 { $0.spec.taints = [Taint(key: "t", effect: .noSchedule)] }
                if kind == 1 { $0.status.conditions = [] }
            }
        }

        mutating func aSandbox() -> Sandbox {
            made += 1
            let (app, memory, priority, kind) = ("\(pick(0..<3))", Int64(pick(0..<4)) * 50, pick(0..<3), pick(0..<12))
            var one = sandbox("s\(made)", of: app, memory: memory, priority: priority, labels: ["app": app])
            let same = SandboxAffinity.Term(LabelSelector(matchLabels: ["app": app]), topologyKey: "host")
            switch kind {
            case 0: one.spec.template.affinity = Affinity(sandboxAntiAffinity: SandboxAffinity(required: [same]))
            case 1: one.spec.template.nodeSelector = ["zone": "1"]
            case 2: one.spec.template.tolerations = [Toleration(key: "t", operator: .exists)]
            case 3: one.spec.template.preemptionPolicy = .never
            default: break
            }
            return one
        }

        mutating func step() {
            switch pick(0..<10) {
            case 0, 1: simulation.set(aNode())
            case 2:
                if let key = simulation.sandboxes.keys.sorted().randomElement(using: &random) { simulation.delete(key) }
            default: simulation.add(aSandbox())
            }
        }
    }

    @Test(arguments: 1...30)
    func holds(_ seed: UInt64) {
        var world = World(seed)
        for _ in 0..<4 { world.simulation.set(world.aNode()) }
        for round in 0..<12 {
            for _ in 0..<6 { world.step() }
            world.simulation.settle()
            // A node may have shrunk, or changed its labels, under what it holds: only new binds are judged then.
            check(world, "seed \(seed), round \(round)")
        }
        #expect(world.simulation.preempted.allSatisfy { $0.victim.spec.priority < $0.by }, "seed \(seed)")
    }

    private func check(_ world: World, _ comment: Comment) {
        let simulation = world.simulation
        let waiting = simulation.sandboxes.values.filter { $0.spec.nodeName == nil }
        #expect(simulation.state.pending == waiting.count, comment)
        var cache = fresh(simulation)
        for sandbox in waiting.sorted(by: { $0.key < $1.key }) {
            // Whoever waits fits nowhere, and has nobody below it whose place would do.
            let decision = cache.schedule(sandbox)
            let isReserved = simulation.state.cache.nomination(of: sandbox) != nil
            #expect(decision.node == nil || isReserved, "\(comment): \(sandbox.key) fits \(decision.node ?? "")")
            #expect(decision.refusal?.preemption == nil || isReserved, "\(comment): \(sandbox.key) could preempt")
            #expect(simulation.refused.contains(sandbox.key), "\(comment): \(sandbox.key) was not told")
        }
    }

    /// What another scheduler would see.
    private func fresh(_ simulation: SchedulingSimulation) -> SchedulerCache {
        var cache = cache(Array(simulation.nodes.values))
        for sandbox in simulation.sandboxes.values { cache.observe(sandbox) }
        return cache
    }

    /// Nodes that stay as they are: then no bind ever breaks a rule.
    @Test(arguments: 1...15)
    func neverOverAllocatableNeverWhereAFilterRefuses(_ seed: UInt64) {
        var world = World(seed)
        for index in 0..<5 {
            var node = world.aNode()
            node.metadata.name = "n\(index)"
            node.metadata.labels["host"] = "n\(index)"
            world.simulation.set(node)
        }
        for _ in 0..<10 {
            for _ in 0..<5 { world.simulation.add(world.aSandbox()) }
            world.simulation.settle()
            let byNode = Dictionary(grouping: world.simulation.sandboxes.values) { $0.spec.nodeName }
            for (name, node) in world.simulation.nodes {
                let here = byNode[name] ?? []
                let sum = here.reduce(Amounts()) { $0 + $1.amounts }
                let all = node.allocatable(nil)
                #expect(sum.memory <= all.memory && sum.sandboxes <= all.sandboxes, "seed \(seed)")
                for sandbox in here {
                    var without = fresh(world.simulation)
                    without.remove(sandbox)
                    var free = sandbox
                    free.spec.nodeName = nil
                    without.nominate(free, on: name)
                    #expect(without.schedule(free).node == name, "seed \(seed): \(sandbox.key) on \(name)")
                }
            }
        }
    }

    @Test func preemptionComesToAnEnd() {
        var simulation = SchedulingSimulation(seed: 1)
        for index in 0..<3 { simulation.set(node("n\(index)")) }
        for priority in 0..<8 {
            for index in 0..<6 {
                simulation.add(sandbox("p\(priority)-\(index)", of: "p\(priority)", priority: priority))
            }
            simulation.settle()
        }
        let bound = simulation.sandboxes.values.filter { $0.spec.nodeName != nil }
        #expect(bound.count == 6 && bound.allSatisfy { $0.spec.priority == 7 })
        // Each priority pushes the one below out once; nothing is pushed back and forth.
        #expect(simulation.preempted.count == 7 * 6)
    }
}
