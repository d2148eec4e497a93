import KubeAPI
import NestTestKit
import Synchronization
import Testing

@testable import ControllerRuntime

@Suite(.timeLimit(.minutes(1))) struct ControllerTests {
    private struct Trouble: Error {}

    /// Runs workers while `body` does.
    private func withWorkers(
        _ queue: WorkQueue<String>, _ count: Int, _ reconcile: @escaping @Sendable (String) async throws -> Reconciled,
        _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await runWorkers(queue, workers: count, logger: .silent, reconcile: reconcile) }
            try await body()
            group.cancelAll()
        }
    }

    @Test func triesAgainAfterAnErrorWithBackOff() async throws {
        let clock = ManualClock()
        let queue = WorkQueue<String>(clock: clock)
        let calls = Journal<String>()
        try await withWorkers(queue, 1) { key in
            calls.append(key)
            if calls.entries.count < 3 { throw Trouble() }
            return .done
        } _: {
            queue.add("a")
            for delay in [5, 10] {
                await clock.waitForSleepers()
                #expect(clock.sleepers == [.milliseconds(delay)])
                clock.advance(by: .milliseconds(delay))
            }
            await calls.wait(3)
        }
        #expect(queue.failures("a") == 0)
    }

    @Test func waitsAsLongAsTheServerAsks() async throws {
        let clock = ManualClock()
        let queue = WorkQueue<String>(clock: clock)
        try await withWorkers(queue, 1) { _ in
            throw Status(code: 429, reason: "TooManyRequests", message: "", details: .init(retryAfterSeconds: 9))
        } _: {
            queue.add("a")
            await clock.waitForSleepers()
            #expect(clock.sleepers == [.seconds(9)])
        }
    }

    @Test func comesBackWhenAskedTo() async throws {
        let clock = ManualClock()
        let queue = WorkQueue<String>(clock: clock)
        let calls = Journal<String>()
        try await withWorkers(queue, 1) { key in
            calls.append(key)
            return .requeue(after: .seconds(30))
        } _: {
            queue.add("a")
            await clock.waitForSleepers()
            clock.advance(by: .seconds(30))
            await calls.wait(2)
        }
    }

    @Test func neverWorksOnAKeyTwiceAtOnceAndLosesNoAddition() async throws {
        let queue = WorkQueue<String>()
        let busy = Mutex<Set<String>>([])
        let overlaps = Journal<String>()
        let calls = Journal<String>()
        let keys = (0..<10).map { "key-\($0)" }
        let last = Mutex<[String: Int]>([:])
        let added = Mutex<[String: Int]>([:])
        try await withWorkers(queue, 8) { key in
            if !busy.withLock({ $0.insert(key).inserted }) { overlaps.append(key) }
            last.withLock { last in last[key] = added.withLock { $0[key] } }
            await Task.yield()
            _ = busy.withLock { $0.remove(key) }
            if last.withLock({ $0.values.filter { $0 == 100 }.count }) == keys.count { calls.append(key) }
            return .done
        } _: {
            for round in 1...100 {
                for key in keys {
                    added.withLock { $0[key] = round }
                    queue.add(key)
                }
                await Task.yield()
            }
            await calls.wait(1)
        }
        #expect(overlaps.entries.isEmpty)
    }

    @Test func stopsWithItsTask() async throws {
        let queue = WorkQueue<String>()
        let started = Journal<String>()
        let task = Task {
            await runWorkers(queue, workers: 2, logger: .silent) { key in
                started.append(key)
                try await ContinuousClock().sleep(for: .seconds(3600))
                return .done
            }
        }
        queue.add("a")
        await started.wait(1)
        task.cancel()
        await task.value
        #expect(queue.failures("a") == 0)
    }
}
