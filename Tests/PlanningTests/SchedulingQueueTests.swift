import KubeAPI
import Testing

@testable import Planning

@Suite struct SchedulingQueueTests {
    private static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    private static func drain(_ queue: inout SchedulingQueue, now: Duration = .zero) -> [String] {
        var names: [String] = []
        while let key = queue.next(now: now) { names.append(key.name) }
        return names
    }

    @Test func higherPriorityFirstThenFirstComeFirstServed() {
        var queue = SchedulingQueue()
        for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)] {
            queue.add(Self.key(name), priority: priority)
        }
        queue.add(Self.key("a"), priority: 9)
        queue.remove(Self.key("c"))
        #expect(Self.drain(&queue) == ["b", "d", "a", "e"])
    }

    @Test func whatDoesNotFitWaitsForSomethingHelpfulAndItsBackoff() {
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), priority: 0)
        _ = queue.next(now: .zero)
        queue.setAside(Self.key("a"), now: .zero)
        #expect(queue.nextDue == .seconds(60))
        #expect(queue.next(now: .seconds(1)) == nil)
        queue.moveAside { $0.namespace == "elsewhere" }
        #expect(queue.next(now: .seconds(1)) == nil)
        queue.moveAside()
        #expect(queue.nextDue == .milliseconds(20))
        #expect(queue.next(now: .milliseconds(19)) == nil)
        #expect(queue.next(now: .milliseconds(20)) == Self.key("a"))
    }

    @Test func backoffDoublesUpToTenSeconds() {
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), priority: 0)
        var now = Duration.zero
        var waits: [Duration] = []
        for _ in 0..<12 {
            #expect(queue.next(now: now) != nil)
            queue.setAside(Self.key("a"), now: now, retries: true)
            let due = queue.nextDue ?? .zero
            waits.append(due - now)
            now = due
        }
        let expected = (0..<9).map { Duration.milliseconds(20 << $0) } + Array(repeating: .seconds(10), count: 3)
        #expect(waits == expected)
    }

    @Test func whatHappensDuringATryIsNotLost() {
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), priority: 0)
        _ = queue.next(now: .zero)
        queue.moveAside()
        queue.setAside(Self.key("a"), now: .zero)
        #expect(queue.next(now: .milliseconds(20)) == Self.key("a"))
    }

    @Test func isTriedAgainAfterAMinuteWhateverHappens() {
        var queue = SchedulingQueue()
        queue.add(Self.key("a"), priority: 0)
        _ = queue.next(now: .zero)
        queue.setAside(Self.key("a"), now: .zero)
        #expect(queue.next(now: .seconds(59)) == nil)
        #expect(queue.next(now: .seconds(60)) == Self.key("a"))
    }

    @Test(arguments: 1...20)
    func theHeapSorts(_ seed: UInt64) {
        var random = SeededRandom(state: seed)
        var heap = BinaryHeap<Int>()
        let numbers = (0..<100).map { _ in Int.random(in: 0..<50, using: &random) }
        for number in numbers { heap.insert(number) }
        var sorted: [Int] = []
        while let number = heap.removeMinimum() { sorted.append(number) }
        #expect(sorted == numbers.sorted())
    }
}
