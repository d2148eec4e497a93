import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct SchedulingQueueTests {
    private static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    private static func drain(_ queue: inout SchedulingQueue, now: Duration = .zero) -> [String] {
        var names: [String] = []
        while let key = queue.next(now: now) { names.append(key.name) }
        return names
    }

    private static let full = Refusal(
        message: "0/1 pods are available: 1 Too many sandboxes.", plugins: .nodeResourcesFit)

    private static func freed(_ amounts: Amounts = Amounts(sandboxes: 1), pool: String? = "default") -> ClusterEvent {
        ClusterEvent(namespace: "default", pool: pool, cures: .nodeResourcesFit, room: .init(free: amounts))
    }

    private static func queue(_ names: String..., refused refusal: Refusal = full) -> SchedulingQueue {
        var queue = SchedulingQueue()
        for name in names { queue.add(key(name), SchedulingClass(sandbox(name))) }
        while let key = queue.next(now: .zero) { queue.refuse(key, refusal, now: .zero) }
        return queue
    }

    @Test func higherPriorityFirstThenFirstComeFirstServed() {
        var queue = SchedulingQueue()
        for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)] {
            queue.add(Self.key(name), SchedulingClass(sandbox(name, priority: priority)))
        }
        // Again: it keeps its place.
        queue.add(Self.key("a"), SchedulingClass(sandbox("a")))
        queue.remove(Self.key("c"))
        #expect(Self.drain(&queue) == ["b", "d", "a", "e"])
    }

    @Test func aSandboxThatChangesIsTriedAnew() {
        var queue = Self.queue("a")
        #expect(queue.next(now: .zero) == nil)
        queue.add(Self.key("a"), SchedulingClass(sandbox("a", priority: 9)))
        #expect(queue.next(now: .zero) == Self.key("a"))
    }

    @Test func whatDoesNotFitWaitsForSomethingHelpfulAndItsBackoff() {
        var queue = Self.queue("a")
        #expect(queue.nextDue == .seconds(60))
        queue.wake(for: Self.freed(pool: "other"))
        #expect(queue.next(now: .seconds(1)) == nil)
        queue.wake(for: Self.freed())
        #expect(queue.nextDue == .milliseconds(20))
        #expect(queue.next(now: .milliseconds(19)) == nil)
        #expect(queue.next(now: .milliseconds(20)) == Self.key("a"))
    }

    struct Hint: Sendable {
        var refused: Plugins
        var event: ClusterEvent
        var wakes: Bool
    }

    private static func node(_ cures: Plugins) -> ClusterEvent {
        ClusterEvent(namespace: "default", pool: "default", cures: cures)
    }

    private static func gone(_ cures: Plugins, labels: [String: String], isRepellent: Bool = false) -> ClusterEvent {
        ClusterEvent(namespace: "default", pool: nil, cures: cures, labels: labels, isRepellent: isRepellent)
    }

    /// Which event may help which refusal: the sandbox asks for 100 bytes and has anti-affinity to `app: web`.
    @Test(arguments: [
        Hint(refused: .nodeResourcesFit, event: freed(Amounts(memory: 100, sandboxes: 1)), wakes: true),
        Hint(refused: .nodeResourcesFit, event: freed(Amounts(memory: 99, sandboxes: 1)), wakes: false),
        Hint(refused: .nodeResourcesFit, event: node(.nodeAffinity), wakes: false),
        Hint(refused: .nodeResourcesFit, event: node(.nodeReady), wakes: false),
        Hint(refused: .nodeResourcesFit, event: node(.nodeResourcesFit), wakes: true),
        Hint(refused: [.nodeResourcesFit, .nodeReady], event: node(.nodeReady), wakes: true),
        Hint(refused: .taintToleration, event: node(.taintToleration), wakes: true),
        Hint(refused: .taintToleration, event: freed(Amounts(memory: 100, sandboxes: 1)), wakes: false),
        Hint(refused: .interSandboxAffinity, event: gone(.interSandboxAffinity, labels: ["app": "web"]), wakes: true),
        Hint(refused: .interSandboxAffinity, event: gone(.interSandboxAffinity, labels: ["app": "db"]), wakes: false),
        Hint(
            refused: .interSandboxAffinity, event: gone(.interSandboxAffinity, labels: [:], isRepellent: true),
            wakes: true),
        Hint(refused: .sandboxTopologySpread, event: gone(.sandboxTopologySpread, labels: ["app": "s"]), wakes: true),
        Hint(refused: .sandboxTopologySpread, event: gone(.sandboxTopologySpread, labels: ["app": "t"]), wakes: false),
        Hint(refused: .sandboxTopologySpread, event: node([.nodeAffinity, .sandboxTopologySpread]), wakes: true),
    ])
    func anEventWakesWhomItMayHelp(_ row: Hint) {
        let picky = sandbox("a", memory: 100) {
            let web = SandboxAffinity.Term(LabelSelector(matchLabels: ["app": "web"]), topologyKey: "host")
            $0.affinity = Affinity(sandboxAntiAffinity: SandboxAffinity(required: [web]))
            $0.topologySpreadConstraints = [
                TopologySpreadConstraint(topologyKey: "zone", labelSelector: LabelSelector(matchLabels: ["app": "s"]))
            ]
        }
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), SchedulingClass(picky))
        _ = queue.next(now: .zero)
        queue.refuse(Self.key("a"), Refusal(message: "", plugins: row.refused), now: .zero)
        queue.wake(for: row.event)
        #expect((queue.next(now: .seconds(1)) != nil) == row.wakes)
    }

    /// Each function keeps its own replicas apart, so each is a class of its own: what others do is not its business.
    @Test(arguments: [10, 1000])
    func anEventAboutOneFunctionIsNotLookedAtForAllOthers(_ functions: Int) {
        var queue = SchedulingQueue()
        for index in 0..<functions {
            let waiting = sandbox("s\(index)", of: "f\(index)") {
                $0.topologySpreadConstraints = [
                    TopologySpreadConstraint(topologyKey: "zone", whenUnsatisfiable: .doNotSchedule)
                ]
            }
            queue.add(Self.key("s\(index)"), SchedulingClass(waiting))
        }
        let refusal = Refusal(message: "", plugins: [.nodeResourcesFit, .sandboxTopologySpread])
        while let key = queue.next(now: .zero) { queue.refuse(key, refusal, now: .zero) }
        let full = Amounts(sandboxes: 0)
        var event = Self.gone([.nodeResourcesFit, .sandboxTopologySpread], labels: [NestGroup.deploymentLabel: "f7"])
        event.room = .init(free: full)
        queue.wake(for: event)
        #expect(queue.looks == 2)
        #expect(queue.next(now: .seconds(1)) == Self.key("s7"))
        #expect(queue.next(now: .seconds(1)) == nil)
    }

    @Test func changesOfANodeCureWhatTheyChange() {
        func cures(_ change: (inout SandboxNode) -> Void) -> Plugins {
            ClusterEvent.node(example(change), before: example { _ in })?.cures ?? []
        }
        #expect(cures { _ in } == [])
        #expect(cures { $0.status.packages = ["d"] } == [])
        #expect(
            cures { $0.metadata.labels["x"] = "y" } == [.nodeAffinity, .sandboxTopologySpread, .interSandboxAffinity])
        #expect(cures { $0.spec.unschedulable = true } == [])
        #expect(cures { $0.spec.taints = [Taint(key: "x", effect: .noSchedule)] }.contains(.taintToleration))
        #expect(cures { $0.status.allocatable?.sandboxes = 9 } == .nodeResourcesFit)
        #expect(ClusterEvent.node(example { _ in }, before: nil)?.cures == .all)
    }

    private func example(_ change: (inout SandboxNode) -> Void) -> SandboxNode {
        PlanningTests.node("a", change: change)
    }

    @Test func anEventWakesTheFirstOfAClassAndEachThatFitsTheNext() {
        var queue = Self.queue("a", "b", "c")
        queue.wake(for: Self.freed())
        #expect(Self.drain(&queue, now: .seconds(1)) == ["a"])
        queue.assumed(Self.key("a"))
        #expect(Self.drain(&queue, now: .seconds(1)) == ["b"])
        queue.refuse(Self.key("b"), Self.full, now: .seconds(1))
        #expect(Self.drain(&queue, now: .seconds(30)) == [])
        #expect(queue.refusal(of: Self.key("c")) == Self.full)
    }

    @Test func anAwakeOneThatGoesWakesTheNext() {
        var queue = Self.queue("a", "b")
        queue.wake(for: Self.freed())
        queue.remove(Self.key("a"))
        #expect(Self.drain(&queue, now: .seconds(1)) == ["b"])
        queue.remove(Self.key("b"))
        #expect(queue.count == 0)
    }

    @Test func backoffDoublesUpToTenSeconds() {
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), SchedulingClass(sandbox("a")))
        var now = Duration.zero
        var waits: [Duration] = []
        for _ in 0..<12 {
            #expect(queue.next(now: now) != nil)
            queue.retry(Self.key("a"), now: now)
            let due = queue.nextDue ?? .zero
            waits.append(due - now)
            now = due
        }
        let expected = (0..<9).map { Duration.milliseconds(20 << $0) } + Array(repeating: .seconds(10), count: 3)
        #expect(waits == expected)
    }

    @Test func isTriedAgainAfterAMinuteWhateverHappens() {
        var queue = Self.queue("a")
        #expect(queue.next(now: .seconds(59)) == nil)
        #expect(queue.next(now: .seconds(60)) == Self.key("a"))
        queue.refuse(Self.key("a"), Self.full, now: .seconds(60))
        #expect(queue.next(now: .seconds(119)) == nil)
        #expect(queue.next(now: .seconds(121)) == Self.key("a"))
    }

    @Test(arguments: 1...20)
    func theHeapSorts(_ seed: UInt64) {
        var random = SeededRandom(state: seed)
        var heap = BinaryHeap<Int>()
        let numbers = (0..<100).map { _ in Int.random(in: 0..<50, using: &random) }
        for number in numbers { heap.insert(number) }
        heap.compact(wanted: 10) { $0 % 2 == 0 }
        var sorted: [Int] = []
        while let number = heap.removeMinimum() { sorted.append(number) }
        #expect(sorted == numbers.filter { $0 % 2 == 0 }.sorted())
    }
}
