import KubeAPI
import KubeClient
import NestTestKit
import Testing

@testable import ControllerRuntime

@Suite struct LeaderElectionTests {
    private let time = Timestamp(seconds: 1000)

    private func election(_ identity: String) -> LeaderElection {
        LeaderElection(key: ObjectKey(namespace: "n", name: "l"), identity: identity, timing: .init())
    }

    private func lease(_ holder: String, renewed: Int64 = 0) -> Lease {
        Lease(
            metadata: ObjectMeta(name: "l", namespace: "n"),
            spec: .init(
                holderIdentity: holder, leaseDurationSeconds: 15, acquireTime: Timestamp(seconds: 1),
                renewTime: Timestamp(seconds: renewed), leaseTransitions: 3))
    }

    @Test func createsTheLeaseThatIsNotThere() throws {
        var election = election("a")
        guard case .create(let lease) = election.decide(nil, now: .zero, time: time) else {
            throw KubeClientError(.invalidRequest, "no creation")
        }
        #expect(lease.spec.holderIdentity == "a")
        #expect(lease.spec.leaseTransitions == 0)
    }

    @Test(arguments: [("a", 3, Timestamp(seconds: 1)), ("", 4, Timestamp(seconds: 1000))])
    func takesWhatIsItsOwnOrFree(_ holder: String, transitions: Int, acquired: Timestamp) throws {
        var election = election("a")
        guard case .update(let lease) = election.decide(lease(holder), now: .zero, time: time) else {
            throw KubeClientError(.invalidRequest, "no update")
        }
        #expect(lease.spec.leaseTransitions == transitions)
        #expect(lease.spec.acquireTime == acquired)
        #expect(lease.spec.renewTime == time)
    }

    @Test func takesAnothersOnlyAfterItHasLookedTheSameForItsWholeTime() {
        var election = election("b")
        #expect(election.decide(lease("a", renewed: 1), now: .seconds(0), time: time) == .wait(.seconds(15)))
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(15), time: time) == .wait(.seconds(15)))
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(29), time: time) == .wait(.seconds(1)))
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(30), time: time).isUpdate)
    }

    /// Clocks differ: the times in a lease mean nothing, however far they are off.
    @Test(arguments: [-1_000_000, 0, 5_000_000_000]) func anothersClockDoesNotMatter(_ renewed: Int64) {
        var election = election("b")
        #expect(election.decide(lease("a", renewed: renewed), now: .seconds(3), time: time) == .wait(.seconds(15)))
        #expect(election.decide(lease("a", renewed: renewed), now: .seconds(18), time: time).isUpdate)
    }

    /// The duration that the holder has written counts, not one's own.
    @Test func theHoldersOwnDurationCounts() {
        var election = election("b")
        var short = lease("a")
        short.spec.leaseDurationSeconds = 3
        #expect(election.decide(short, now: .zero, time: time) == .wait(.seconds(3)))
    }

    struct Succession: Sendable {
        /// Who had the lease when it was looked at, and its version; nil: there was none.
        var look: (holder: String, version: String)?
        /// The version that was written over.
        var found: String?
        var isSuccessor: Bool
    }

    @Test(arguments: [
        Succession(isSuccessor: false),
        Succession(found: "2", isSuccessor: true),
        Succession(look: ("", "1"), found: "1", isSuccessor: false),
        Succession(look: ("", "1"), found: "2", isSuccessor: true),
        Succession(look: ("me", "1"), found: "1", isSuccessor: false),
        Succession(look: ("me", "1"), found: "2", isSuccessor: true),
        // It may have written until a moment before its time was over.
        Succession(look: ("other", "1"), found: "1", isSuccessor: true),
        Succession(look: ("other", "1"), isSuccessor: true),
    ])
    func knowsWhetherAnotherMayHaveLedMeanwhile(_ row: Succession) {
        func versioned(_ holder: String, _ version: String) -> Lease {
            var lease = lease(holder)
            lease.metadata.resourceVersion = version
            return lease
        }
        var election = election("me")
        _ = election.decide(row.found.map { versioned("", $0) }, now: .zero, time: time)
        let look = LeaderElector.Look(lease: row.look.map { versioned($0.holder, $0.version) })
        #expect(election.isSuccessor(since: look) == row.isSuccessor)
        #expect(election.isSuccessor(since: nil))
    }

    @Test func anotherWorksWithin15SecondsOfAKill() {
        #expect(LeaderElector.Timing().lease <= .seconds(14))
        #expect(LeaderElector.Timing().problem == nil)
    }

    @Test(arguments: [(15, 10, 2, true), (10, 10, 2, false), (15, 10, 9, false), (15, 10, 0, false)])
    func timesMustFit(_ lease: Int, renew: Int, retry: Int, isFine: Bool) {
        var timing = LeaderElector.Timing()
        (timing.lease, timing.renew, timing.retry) = (.seconds(lease), .seconds(renew), .seconds(retry))
        #expect((timing.problem == nil) == isFine)
    }
}

extension LeaderElection.Decision {
    fileprivate var isUpdate: Bool { if case .update = self { true } else { false } }
}

@Suite(.timeLimit(.minutes(1))) struct LeaderElectorTests {
    private let server = FakeAPIServer()
    private let clock = ManualClock()
    private let key = ObjectKey(namespace: "n", name: "l")

    private func elector(_ identity: String) -> LeaderElector {
        LeaderElector(client: server.client(), lease: key, identity: identity, clock: clock, logger: .silent)
    }

    private func holder() throws -> String? { try server.objects(Lease.self).first?.spec.holderIdentity }

    /// Leads until cancelled.
    private func start(_ identity: String, _ journal: Journal<String>) -> Task<Void, any Error> {
        let elector = elector(identity)
        return Task {
            let look = try await elector.look()
            try await elector.run(since: look) { isSuccessor in
                journal.append("+\(identity)\(isSuccessor ? "!" : "")")
                defer { journal.append("-\(identity)") }
                try await ContinuousClock().sleep(for: .seconds(3600))
            }
        }
    }

    /// Waits until `count` requests of that kind have come.
    private func waitForWrites(_ count: Int) async throws {
        while server.requests.entries.count(where: { $0.method == "PUT" }) < count {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// What a leader sleeps for: its next renewal, and its deadline.
    private static let ofALeader = 2

    /// Lets `a` lead, does `body`, expects it to lead still, and ends it.
    private func staysLeader(_ body: () async throws -> Void) async throws {
        let journal = Journal<String>()
        let task = start("a", journal)
        await journal.wait(1)
        await clock.waitForSleepers(Self.ofALeader)
        try await body()
        #expect(journal.entries == ["+a"])
        task.cancel()
        _ = await task.result
    }

    @Test func handsOverAtOnceWhenTheLeaderStops() async throws {
        let journal = Journal<String>()
        let first = start("a", journal)
        await journal.wait(1)
        let second = start("b", journal)
        await clock.waitForSleepers(Self.ofALeader + 1)
        #expect(try holder() == "a")
        first.cancel()
        _ = await first.result
        // The clock stands still: the watch tells.
        #expect(await journal.wait(3) == ["+a", "-a", "+b!"])
        #expect(try holder() == "b")
        second.cancel()
        _ = await second.result
    }

    @Test func takesOverExactlyWhenTheLeaseOfADeadLeaderIsOver() async throws {
        try server.put(
            Lease(
                metadata: ObjectMeta(name: "l", namespace: "n"),
                spec: .init(holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: Timestamp(seconds: 1))))
        let journal = Journal<String>()
        let task = start("a", journal)
        var waited = Duration.zero
        while journal.entries.isEmpty, waited < .seconds(60) {
            await clock.waitForSleepers(1)
            // One that slept may have been woken by the watch meanwhile.
            guard let next = clock.sleepers.first else { continue }
            clock.advance(by: next)
            waited += next
            if waited >= .seconds(15) { await journal.wait(1) }
        }
        #expect(waited == .seconds(15))
        task.cancel()
        _ = await task.result
    }

    /// The lease may have been renewed while it was asked for, so its time counts from the answer.
    @Test func whatASlowServerSaysIsNotTakenForOld() async throws {
        try server.put(
            Lease(
                metadata: ObjectMeta(name: "l", namespace: "n"),
                spec: .init(holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: Timestamp(seconds: 1))))
        let journal = Journal<String>()
        let elector = elector("a")
        let looks = Journal<Void>()
        server.fail { [clock] request in
            guard request.method == "GET", request.path.hasSuffix("/leases/l") else { return nil }
            if looks.entries.isEmpty { clock.advance(by: .seconds(6)) }
            looks.append(())
            return nil
        }
        let task = Task {
            try await elector.run { _ in
                journal.append("+")
                try await ContinuousClock().sleep(for: .seconds(3600))
            }
        }
        while journal.entries.isEmpty, clock.now.offset < .seconds(60) {
            await clock.waitForSleepers(1)
            guard let next = clock.sleepers.first else { continue }
            clock.advance(by: next)
            if clock.now.offset >= .seconds(21) { await journal.wait(1) }
        }
        #expect(clock.now.offset == .seconds(21))
        task.cancel()
        _ = await task.result
    }

    @Test func stopsWhenItCannotRenew() async throws {
        let journal = Journal<String>()
        let task = start("a", journal)
        await journal.wait(1)
        await clock.waitForSleepers(Self.ofALeader)
        server.fail { _ in KubeClientError(.connectFailed, "refused") }
        for _ in 0..<4 {
            clock.advance(by: .seconds(2))
            await clock.waitForSleepers(Self.ofALeader)
            #expect(journal.entries == ["+a"])
        }
        clock.advance(by: .seconds(2))
        await #expect(throws: LeaderElector.LeadershipLost.self) { try await task.value }
        #expect(journal.entries == ["+a", "-a"])
    }

    @Test func goesOnWhenTheServerIsAwayForLessThanTheDeadline() async throws {
        try await staysLeader {
            for round in 1...3 {
                server.fail { _ in KubeClientError(.connectFailed, "refused") }
                for _ in 0..<3 {
                    clock.advance(by: .seconds(2))
                    await clock.waitForSleepers(Self.ofALeader)
                }
                server.fail(nil)
                clock.advance(by: .seconds(2))
                try await waitForWrites(round)
                await clock.waitForSleepers(Self.ofALeader)
            }
        }
    }

    @Test func tryingAgainAfterAConflictIsEnough() async throws {
        try await staysLeader {
            server.fail { $0.method == "PUT" ? Status(code: 409, reason: "Conflict", message: "modified") : nil }
            clock.advance(by: .seconds(2))
            await clock.waitForSleepers(Self.ofALeader)
            let before = server.requests.entries.count { $0.method == "PUT" }
            server.fail(nil)
            clock.advance(by: .seconds(2))
            try await waitForWrites(before + 1)
        }
    }

    @Test func makesALeaseThatWasDeletedAgain() async throws {
        try await staysLeader {
            try server.remove(Lease.self, key)
            clock.advance(by: .seconds(2))
            while try holder() != "a" { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    @Test func stopsAtOnceWhenAnotherHasTheLease() async throws {
        let journal = Journal<String>()
        let task = start("a", journal)
        await journal.wait(1)
        await clock.waitForSleepers(Self.ofALeader)
        var lease = try #require(try server.objects(Lease.self).first)
        lease.spec.holderIdentity = "b"
        try server.put(lease)
        clock.advance(by: .seconds(2))
        await #expect(throws: LeaderElector.LeadershipLost.self) { try await task.value }
        #expect(journal.entries == ["+a", "-a"])
        #expect(try holder() == "b")
    }

    @Test func leadsAtOnceUnderTheNameThatHasTheLease() async throws {
        try server.put(
            Lease(
                metadata: ObjectMeta(name: "l", namespace: "n"),
                spec: .init(holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 4)))
        try await staysLeader {
            let lease = try server.objects(Lease.self).first
            #expect(lease?.spec.leaseTransitions == 4)
        }
    }

    @Test func makesTheNamespaceThatIsNotThere() async throws {
        let server = server
        server.fail { request in
            let isMissing = ((try? server.objects(Namespace.self)) ?? []).isEmpty
            return isMissing && request.method == "POST" && request.path.hasSuffix("/leases")
                ? Status(code: 404, reason: "NotFound", message: "namespaces \"n\" not found") : nil
        }
        try await elector("a").run { _ in }
        #expect(try server.objects(Namespace.self).map(\.metadata.name) == ["n"])
        #expect(try holder() == "")
    }

    @Test func returnsWhatItsWorkReturns() async throws {
        try await elector("a").run { _ in }
        #expect(try holder() == "")
        await #expect(throws: LineError.self) { try await elector("a").run { _ in throw LineError() } }
    }

    private struct LineError: Error {}
}
