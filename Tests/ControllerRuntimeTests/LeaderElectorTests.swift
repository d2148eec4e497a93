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
        #expect(election.decide(lease("a", renewed: 1), now: .seconds(0), time: time) == .wait)
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(15), time: time) == .wait)
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(30), time: time) == .wait)
        #expect(election.decide(lease("a", renewed: 2), now: .seconds(31), time: time) != .wait)
    }
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
            try await elector.run {
                journal.append("+\(identity)")
                defer { journal.append("-\(identity)") }
                try await ContinuousClock().sleep(for: .seconds(3600))
            }
        }
    }

    @Test func handsOverWhenTheLeaderStops() async throws {
        let journal = Journal<String>()
        let first = start("a", journal)
        await journal.wait(1)
        let second = start("b", journal)
        await clock.waitForSleepers(2)
        #expect(try holder() == "a")
        first.cancel()
        _ = await first.result
        #expect(try holder() == "")
        clock.advance(by: .seconds(3))
        #expect(await journal.wait(3) == ["+a", "-a", "+b"])
        second.cancel()
        _ = await second.result
    }

    @Test func stopsWhenItCannotRenew() async throws {
        let journal = Journal<String>()
        let task = start("a", journal)
        await journal.wait(1)
        server.fail { _ in KubeClientError(.connectFailed, "refused") }
        for _ in 0..<5 {
            await clock.waitForSleepers()
            clock.advance(by: .seconds(2))
        }
        await #expect(throws: LeaderElector.LeadershipLost.self) { try await task.value }
        #expect(journal.entries == ["+a", "-a"])
    }

    @Test func returnsWhatItsWorkReturns() async throws {
        try await elector("a").run {}
        #expect(try holder() == "")
        await #expect(throws: LineError.self) { try await elector("a").run { throw LineError() } }
    }

    private struct LineError: Error {}
}
