import KubeAPI
import NestAPI
import Planning
import Testing

@Suite struct CrashLoopBackOffTests {
    @Test func startsAtOnceThenDoublesToFiveMinutesAndStartsOverAfterALongRun() {
        var backOff = CrashLoopBackOff()
        #expect(backOff.wait(at: 0) == 0)
        let delays = (0..<9).map { _ in
            backOff.ended(at: 1000, ran: 5)
            return backOff.delay
        }
        #expect(delays == [0, 10, 20, 40, 80, 160, 300, 300, 300])
        #expect(backOff.wait(at: 1100) == 200)
        backOff.ended(at: 5000, ran: 600)
        #expect(backOff.wait(at: 5000) == 0)
        backOff.ended(at: 5001, ran: 1)
        #expect(backOff.wait(at: 5001) == 10)
    }
}

@Suite struct HostPoolTests {
    @Test func keepsSparesAndServesThoseWhoWait() {
        var pool = HostPool(prewarmed: 2)
        #expect(pool.decide(waiting: 0, now: 0) == .boot(2))
        pool.bootStarted()
        #expect(pool.decide(waiting: 0, now: 0) == .boot(1))
        pool.bootStarted()
        #expect(pool.decide(waiting: 0, now: 0) == .boot(0))
        #expect(pool.decide(waiting: 50, now: 0) == .boot(HostPool.bootsAtOnce - 2))
        pool.booted()
        pool.booted()
        pool.taken(now: 7)
        #expect(pool.decide(waiting: 0, now: 8) == .boot(1))
    }

    /// Its boot would take the processor from the load and the first answer.
    @Test func theNextSpareWaitsUntilThatOneHasAnswered() {
        var pool = HostPool(prewarmed: 2)
        for _ in 0..<2 {
            pool.bootStarted()
            pool.booted()
        }
        pool.taken(now: 0)
        #expect(pool.decide(waiting: 0, now: 0) == .wait(HostPool.settleSeconds))
        pool.taken(now: 0)
        // Whoever waits is another matter.
        #expect(pool.decide(waiting: 1, now: 0) == .boot(1))
        // Calls without end do not put it off for ever.
        var busy = HostPool(prewarmed: 100)
        for _ in 0..<100 {
            busy.bootStarted()
            busy.booted()
        }
        var decisions: [HostPool.Decision] = []
        for tick in 0..<8 {
            decisions.append(busy.decide(waiting: 0, now: Double(tick) / 128))
            busy.taken(now: Double(tick) / 128)
        }
        #expect(decisions.contains(.boot(HostPool.bootsAtOnce)))
    }

    @Test func oneThatIsSharedServesAllWhoWait() {
        var pool = HostPool(prewarmed: 3, isShared: true)
        #expect(pool.decide(waiting: 50, now: 0) == .boot(1))
        pool.bootStarted()
        #expect(pool.decide(waiting: 50, now: 0) == .boot(0))
        pool.booted()
        #expect(pool.decide(waiting: 50, now: 0) == .boot(0))
        // It takes no more.
        pool.taken(now: -1)
        #expect(pool.decide(waiting: 0, now: 0) == .boot(1))
        let lazy = HostPool(prewarmed: 0, isShared: true)
        #expect(lazy.decide(waiting: 0, now: 0) == .boot(0))
        #expect(lazy.decide(waiting: 1, now: 0) == .boot(1))
    }

    @Test func sparesWaitForMemory() {
        var pool = HostPool(prewarmed: 2)
        #expect(pool.decide(waiting: 0, now: 0, allowsSpare: { false }) == .wait(1))
        #expect(pool.decide(waiting: 1, now: 0, allowsSpare: { false }) == .boot(1))
        #expect(pool.decide(waiting: 1, now: 0, allowsSpare: { true }) == .boot(3))
        pool.bootStarted()
        pool.booted()
        #expect(pool.decide(waiting: 1, now: 0, allowsSpare: { false }) == .wait(1))
        let shared = HostPool(prewarmed: 1, isShared: true)
        #expect(shared.decide(waiting: 0, now: 0, allowsSpare: { false }) == .wait(1))
        #expect(shared.decide(waiting: 5, now: 0, allowsSpare: { false }) == .boot(1))
    }

    @Test func backsOffWhenBootsFail() {
        var pool = HostPool(prewarmed: 4)
        var waits: [HostPool.Decision] = []
        for _ in 0..<8 {
            pool.bootStarted()
            pool.bootFailed(now: 100)
            waits.append(pool.decide(waiting: 0, now: 100))
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { .wait($0) })
        #expect(pool.isBroken)
        #expect(pool.decide(waiting: 0, now: 160) == .boot(1))
        pool.bootStarted()
        pool.booted()
        #expect(!pool.isBroken)
        #expect(pool.decide(waiting: 0, now: 160) == .boot(3))
    }
}

@Suite struct CursorAllocatorTests {
    @Test func usesWhatWasGivenBackAsLateAsPossible() {
        var numbers = CursorAllocator(1..<4)
        #expect([numbers.take(), numbers.take()] == [1, 2])
        numbers.giveBack(1)
        #expect([numbers.take(), numbers.take(), numbers.take()] == [3, 1, nil])
        numbers.giveBack(2)
        #expect(numbers.take() == 2)
        #expect(numbers.count == 3)
    }
}

@Suite struct NodeCapacityTests {
    @Test func overcommitsButNeverBelowWhatThereIs() {
        let node = NodeCapacity(
            cores: 2, memoryBytes: 1 << 30, maxSandboxes: 200, overcommit: .init(cpu: 10, memory: 0.5))
        #expect(node.capacity == .init(cpu: .milliCPU(2000), memory: .bytes(1 << 30), sandboxes: 200))
        #expect(node.allocatable == .init(cpu: .milliCPU(20000), memory: .bytes(1 << 30), sandboxes: 200))
    }
}

@Suite struct SandboxStatusReportTests {
    private let start = Timestamp(seconds: 1000)

    private func report(_ report: SandboxPlan.Report, on status: SandboxStatus, restarts: Int = 0) -> SandboxStatus {
        status.reporting(report, node: "pod", restarts: restarts, generation: 3, marks: [], now: start)
    }

    @Test func readyIsSaidOnceAndClearsTheFailure() {
        let failed = report(.notReady(.init(reason: "LoadError", message: "x"), packageReady: true), on: .init())
        #expect(failed.phase == .starting)
        #expect(failed.reason == "LoadError")
        #expect(failed.conditions["Ready"]?.status == .no)
        let ready = report(.ready(address: "127.1.0.1", port: 20001), on: failed, restarts: 1)
        #expect(ready.phase == .running)
        #expect(ready.reason == nil)
        #expect(ready.restartCount == 1)
        #expect(ready.conditions.isTrue("Ready") && ready.conditions.isTrue("PackageReady"))
        #expect(report(.ready(address: "127.1.0.1", port: 20001), on: ready, restarts: 1) == ready)
    }

    @Test func aCallInVainIsToldUntilAnotherIsAnswered() {
        let notice = SandboxObservation.Failure(reason: "InsufficientMemory", message: "x")
        let ready = report(.ready(address: "127.1.0.1", port: 20001, isParked: true), on: .init())
        let told = report(.ready(address: "127.1.0.1", port: 20001, isParked: true, notice: notice), on: ready)
        #expect(told.reason == "InsufficientMemory" && told.message == "x")
        #expect(told.conditions.isTrue("Ready") && told.phase == .running && told.state == .parked)
        #expect(report(.ready(address: "127.1.0.1", port: 20001), on: told).reason == nil)
    }

    @Test func anEndTakesTheAddressAway() {
        let ready = report(.ready(address: "127.1.0.1", port: 20001), on: .init())
        let ended = report(.notReady(.init(reason: "CrashLoopBackOff", message: "x"), packageReady: true), on: ready)
        #expect(ended.port == nil)
        #expect(ended.podIP == nil)
        #expect(report(.terminating, on: ended).phase == .terminating)
    }

    @Test func transitionsAreBounded() {
        var status = SandboxStatus()
        for round in 0..<30 {
            status = report(.notReady(.init(reason: "X", message: "\(round)"), packageReady: true), on: status)
        }
        #expect(status.lastTransitions.count == 20)
    }
}
