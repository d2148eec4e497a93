import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite struct WorkQueueCoreTests {
    private func drain(_ core: inout WorkQueueCore<String>) -> [String] {
        var keys: [String] = []
        while let key = core.next() { keys.append(key) }
        return keys
    }

    private func core() -> WorkQueueCore<String> { WorkQueueCore(backoff: .workQueue) }

    @Test func holdsAKeyOnceAndInOrder() {
        var core = core()
        for key in ["b", "a", "b", "c"] { core.add(key) }
        #expect(core.count == 3)
        #expect(drain(&core) == ["b", "a", "c"])
    }

    @Test func bringsAKeyBackThatWasAddedWhileWorkedOn() {
        var core = core()
        core.add("a")
        #expect(core.next() == "a")
        core.add("a")
        core.add("a")
        #expect(core.next() == nil)
        core.done("a")
        #expect(core.next() == "a")
        core.done("a")
        #expect(core.next() == nil)
    }

    @Test func releasesDelayedKeysWhenDue() {
        var core = core()
        core.add("late", due: .seconds(2), now: .zero)
        core.add("soon", due: .seconds(1), now: .zero)
        core.add("now", due: .zero, now: .zero)
        #expect(core.nextDue == .seconds(1))
        #expect(drain(&core) == ["now"])
        core.release(now: .seconds(1))
        #expect(drain(&core) == ["soon"])
        core.release(now: .seconds(3))
        #expect(drain(&core) == ["late"])
        #expect(core.nextDue == nil)
    }

    @Test func theDelayThatEndsFirstCounts() {
        var core = core()
        core.add("a", due: .seconds(5), now: .zero)
        core.add("a", due: .seconds(1), now: .zero)
        core.add("a", due: .seconds(9), now: .zero)
        core.release(now: .seconds(1))
        #expect(drain(&core) == ["a"])
        core.done("a")
        core.release(now: .seconds(20))
        #expect(drain(&core) == [])
    }

    @Test func backsOffTwiceAsLongEachTimeUntilForgotten() {
        var core = core()
        var delays: [Duration?] = []
        for _ in 0..<4 {
            core.addRateLimited("a", now: .zero)
            delays.append(core.nextDue)
            core.release(now: .seconds(1))
            _ = core.next()
            core.done("a")
        }
        #expect(delays == [5, 10, 20, 40].map { .milliseconds($0) })
        core.forget("a")
        core.addRateLimited("a", now: .zero)
        #expect(core.nextDue == .milliseconds(5))
        core.addRateLimited("b", atLeast: .seconds(3), now: .zero)
        core.release(now: .seconds(2))
        #expect(drain(&core) == ["a"])
    }

    @Test func handsOutWhatItHasAfterShutDownAndTakesNoMore() {
        var core = core()
        core.add("a")
        core.add("b", due: .seconds(1), now: .zero)
        core.shutDown()
        core.add("c")
        core.release(now: .seconds(2))
        #expect(drain(&core) == ["a"])
    }

    @Test func delaysComeInTheOrderOfTheirTimes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var heap = DelayHeap<Int>()
            var model: [Int: Int] = [:]
            for _ in 0..<100 {
                let key = Int.random(in: 0..<40, using: &generator)
                let due = Int.random(in: 0..<1000, using: &generator)
                heap.insert(key, due: .seconds(due))
                model[key] = min(model[key] ?? due, due)
            }
            var popped: [Int] = []
            while let key = heap.pop(now: .seconds(1000)) { popped.append(key) }
            #expect(popped.map { model[$0] ?? -1 } == model.values.sorted())
            #expect(heap.isEmpty)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkQueueTests {
    @Test func handsAKeyToWhoeverWaits() async {
        let queue = WorkQueue<String>()
        async let key = queue.next()
        queue.add("a")
        #expect(await key == "a")
    }

    @Test func delaysByTheClock() async {
        let clock = ManualClock()
        let queue = WorkQueue<String>(clock: clock)
        queue.add("late", after: .seconds(60))
        await clock.waitForSleepers()
        queue.add("soon", after: .seconds(5))
        await clock.waitForSleepers()
        async let first = queue.next()
        clock.advance(by: .seconds(5))
        #expect(await first == "soon")
        async let second = queue.next()
        await clock.waitForSleepers()
        clock.advance(by: .seconds(55))
        #expect(await second == "late")
    }

    @Test func endsAWaitWhenItsTaskIsCancelled() async {
        let queue = WorkQueue<String>()
        let task = Task { await queue.next() }
        task.cancel()
        #expect(await task.value == nil)
        queue.add("a")
        #expect(await queue.next() == "a")
    }

    @Test func endsEveryWaitWhenShutDown() async {
        let queue = WorkQueue<String>()
        let tasks = (0..<3).map { _ in Task { await queue.next() } }
        queue.shutDown()
        for task in tasks { #expect(await task.value == nil) }
    }
}
