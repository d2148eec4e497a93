import Glibc
import Synchronization
import Testing

@testable import Packages

@Suite struct FlightsTests {
    /// Opens once; whoever waits before goes on then.
    actor Gate {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func pass() async {
            if !isOpen { await withCheckedContinuation { waiting.append($0) } }
        }

        func open() {
            isOpen = true
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }

    /// How many are inside, and how many were at most.
    final class Occupancy: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }
        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test func theFlightGoesOnWhileOneWaits() async throws {
        let flights = Flights<Int>()
        let gate = Gate()
        let started = Gate()
        let work: @Sendable () async throws(PackageError) -> Int = { () async throws(PackageError) in
            await started.open()
            await gate.pass()
            if Task.isCancelled { throw PackageError(.cancelled, "the flight itself") }
            return 7
        }
        let first = Task { try await flights.join("a", work: work) }
        await started.pass()
        let second = Task { try await flights.join("a") { () async throws(PackageError) in 8 } }
        first.cancel()
        await #expect(throws: PackageError(.cancelled, "cancelled while waiting for the package")) {
            try await first.value
        }
        await gate.open()
        // Either it boarded the first flight while that waited, or flew alone: never an error of the one that left.
        #expect([7, 8].contains(try await second.value))
    }

    @Test func anAbandonedFlightIsCancelledAndReplaced() async throws {
        let flights = Flights<Int>()
        let started = Gate()
        let ended = Gate()
        let work: @Sendable () async throws(PackageError) -> Int = { () async throws(PackageError) in
            await started.open()
            do { try await Task.sleep(for: .seconds(60)) } catch { await ended.open() }
            return 1
        }
        let only = Task { try await flights.join("a", work: work) }
        await started.pass()
        only.cancel()
        await ended.pass()
        #expect(try await flights.join("a") { () async throws(PackageError) in 2 } == 2)
    }

    @Test func jobsNeverExceedTheWidth() async throws {
        let pool = BlockingPool(width: 3)
        let seen = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await pool.run { _ throws(PackageError) in
                        seen.enter()
                        sched_yield()
                        seen.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(seen.most <= 3)
    }
}
