import NestAPI
import Planning
import Testing

private func probe(period: Int = 10, delay: Int = 0, successes: Int = 1, failures: Int = 3) -> Probe {
    var probe = Probe(httpGet: .init(path: "/"))
    probe.periodSeconds = period
    probe.initialDelaySeconds = delay
    probe.successThreshold = successes
    probe.failureThreshold = failures
    return probe
}

@Suite struct ProbeTrackTests {
    @Test func aFailureCountsOnceAPeriodAndAsksEagerlyUntilTheFirstSuccess() {
        var track = ProbeTrack(probe(), isEager: true, start: 100)
        #expect(track.nextCheck == 100)
        var checks: [Double] = []
        // Everything fails: the pauses double up to the period.
        while track.verdict == .pending, checks.count < 50 {
            checks.append(track.nextCheck)
            track.take(.failure("no"), at: track.nextCheck)
        }
        let pauses = zip(checks.dropFirst(), checks).map { ($0 - $1) }
        #expect(pauses.prefix(4).map { ($0 * 100).rounded() } == [2, 4, 8, 16])
        #expect(pauses.allSatisfy { $0 <= 10 })
        #expect(track.verdict == .failing("no"))
        // Three failures, counted 10 s apart.
        #expect((checks.last ?? 0) >= 120 && (checks.last ?? 0) < 131)
    }

    @Test func afterASuccessItAsksOnceAPeriod() {
        var track = ProbeTrack(probe(), isEager: true, start: 0)
        track.take(.failure("no"), at: 0)
        #expect(track.nextCheck == ProbeTrack.eagerly)
        track.take(.success, at: 0.02)
        #expect(track.verdict == .passing)
        #expect(abs(track.nextCheck - 10.02) < 1e-6)
        track.take(.failure("a"), at: 10.02)
        track.take(.failure("b"), at: 20.02)
        #expect(track.verdict == .passing)
        #expect(track.lastFailure == "b")
        track.take(.failure("c"), at: 30.02)
        #expect(track.verdict == .failing("c"))
        #expect(abs(track.nextCheck - 40.02) < 1e-6)
        track.take(.success, at: 40.02)
        #expect(track.verdict == .passing)
    }

    @Test func aSuccessInBetweenStartsTheCountAnew() {
        var track = ProbeTrack(probe(failures: 2), isEager: false, verdict: .passing, start: 0)
        for (time, outcome) in [(0.0, ProbeOutcome.failure("a")), (10, .success), (20, .failure("b"))] {
            track.take(outcome, at: time)
        }
        #expect(track.verdict == .passing)
        track.take(.failure("c"), at: 30)
        #expect(track.verdict == .failing("c"))
    }

    @Test func thresholdsAndTheDelayCount() {
        var track = ProbeTrack(probe(delay: 7, successes: 3), isEager: false, start: 100)
        #expect(track.nextCheck == 107)
        track.take(.success, at: 107)
        track.take(.success, at: 117)
        #expect(track.verdict == .pending)
        track.take(.success, at: 127)
        #expect(track.verdict == .passing)
    }
}

@Suite struct SandboxHealthTests {
    private func spec(startup: Probe? = nil, readiness: Probe? = nil, liveness: Probe? = nil) -> SandboxTemplateSpec {
        var spec = SandboxTemplateSpec(handler: "index.handler", package: .init(inline: ["index.js": ""]))
        (spec.startupProbe, spec.readinessProbe, spec.livenessProbe) = (startup, readiness, liveness)
        return spec
    }

    @Test func withoutProbesItIsReady() {
        let health = SandboxHealth(spec(), wasReady: false, start: 0)
        #expect(health.verdict == .ready)
        #expect(!health.isProbed && health.next == nil)
    }

    @Test func theStartupProbeComesFirst() {
        var health = SandboxHealth(
            spec(startup: probe(), readiness: probe(), liveness: probe()), wasReady: false, start: 50)
        #expect(health.next?.kind == .startup)
        #expect(
            health.verdict
                == .unready(.init(reason: "Probing", message: "The startup probe has not been answered yet.")))
        health.take(.failure("refused"), of: .startup, at: 50)
        #expect(
            health.verdict
                == .unready(.init(reason: "StartupProbeFailed", message: "Startup probe failed: refused.")))
        health.take(.success, of: .startup, at: 51)
        #expect(health.next?.kind == .readiness)
        #expect(
            health.verdict
                == .unready(.init(reason: "Probing", message: "The readiness probe has not been answered yet.")))
        health.take(.success, of: .readiness, at: 51)
        #expect(health.verdict == .ready)
        #expect(health.next?.kind == .liveness)
    }

    @Test func aStartupProbeThatKeepsFailingMakesItUnhealthy() {
        var health = SandboxHealth(spec(startup: probe(failures: 1)), wasReady: false, start: 0)
        health.take(.failure("503"), of: .startup, at: 0)
        #expect(
            health.verdict == .unhealthy(.init(reason: "StartupProbeFailed", message: "Startup probe failed: 503.")))
    }

    @Test func livenessEndsItAndReadinessOnlyKeepsRequestsAway() {
        var health = SandboxHealth(
            spec(readiness: probe(failures: 1), liveness: probe(failures: 2)), wasReady: false, start: 0)
        health.take(.success, of: .readiness, at: 0)
        health.take(.failure("x"), of: .readiness, at: 10)
        #expect(
            health.verdict == .unready(.init(reason: "ReadinessProbeFailed", message: "Readiness probe failed: x.")))
        health.take(.failure("y"), of: .liveness, at: 10)
        health.take(.failure("y"), of: .liveness, at: 20)
        #expect(
            health.verdict == .unhealthy(.init(reason: "LivenessProbeFailed", message: "Liveness probe failed: y.")))
    }

    @Test func oneThatIsAdoptedStaysReadyUntilAProbeSaysOtherwise() {
        var health = SandboxHealth(
            spec(startup: probe(), readiness: probe(failures: 2)), wasReady: true, start: 0)
        #expect(health.verdict == .ready)
        health.take(.failure("x"), of: .readiness, at: 1000)
        #expect(health.verdict == .ready)
        health.take(.failure("x"), of: .readiness, at: 1010)
        #expect(
            health.verdict == .unready(.init(reason: "ReadinessProbeFailed", message: "Readiness probe failed: x.")))
    }
}
