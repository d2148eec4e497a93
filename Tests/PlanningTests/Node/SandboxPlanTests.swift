import Planning
import Testing

private typealias Failure = SandboxObservation.Failure

private let broken = Failure(reason: "LoadError", message: "no database")

/// One row: what is seen, and what follows.
private struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expected: SandboxPlan
    var change: @Sendable (inout SandboxObservation) -> Void

    init(_ name: String, _ expected: SandboxPlan, _ change: @escaping @Sendable (inout SandboxObservation) -> Void) {
        testDescription = name
        self.expected = expected
        self.change = change
    }
}

private func crashed(at time: Double) -> CrashLoopBackOff {
    var backOff = CrashLoopBackOff()
    backOff.ended(at: time, ran: 1)
    return backOff
}

private let rows: [Row] = [
    Row("new: prepare", SandboxPlan(effect: .prepare)) { _ in },
    Row("half prepared: prepare what is missing", SandboxPlan(effect: .prepare)) { $0.package = .ready },
    Row("fetching: say nothing until the deadline", SandboxPlan(again: 20)) {
        $0.package = .fetching
        $0.environment = .ready
        $0.startDeadline = 120
    },
    Row("prepared: plug, without a write before it", SandboxPlan(effect: .plug)) {
        $0.package = .ready
        $0.environment = .ready
    },
    Row("the API server was not heard for long: ask before it is plugged", SandboxPlan(effect: .confirm)) {
        $0.package = .ready
        $0.environment = .ready
        $0.assignment = .unconfirmed(retryAt: nil)
    },
    Row("asked in vain: wait", SandboxPlan(again: 5)) {
        $0.package = .ready
        $0.environment = .ready
        $0.assignment = .unconfirmed(retryAt: 105)
    },
    Row("asked: wait for the answer", SandboxPlan()) {
        $0.package = .ready
        $0.environment = .ready
        $0.assignment = .confirming
    },
    Row(
        "running on without the API server: it goes on",
        SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001))
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.assignment = .unconfirmed(retryAt: nil)
    },
    Row("loading: wait, the shim holds the deadline", SandboxPlan()) {
        $0.actual = .loading
        $0.startDeadline = 120
    },
    Row("running: ready", SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001))) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
    },
    Row("package failed: say why, try later", SandboxPlan(report: .notReady(broken, packageReady: false), again: 5)) {
        $0.package = .failed(broken, retryAt: 105)
        $0.environment = .ready
    },
    Row("package failed and due: try again", SandboxPlan(effect: .prepare)) {
        $0.package = .failed(broken, retryAt: 100)
        $0.environment = .ready
    },
    Row("package can never work: say why, once", SandboxPlan(report: .notReady(broken, packageReady: false))) {
        $0.package = .failed(broken, retryAt: nil)
        $0.environment = .ready
    },
    Row("reference missing: the package is fine", SandboxPlan(report: .notReady(broken, packageReady: true), again: 5))
    {
        $0.package = .ready
        $0.environment = .failed(broken, retryAt: 105)
    },
    Row("ended: back off", SandboxPlan(report: .notReady(broken, packageReady: true), again: 6)) {
        $0.actual = .ended(broken)
        $0.backOff = crashed(at: 96)
    },
    Row("ended and due: prepare again", SandboxPlan(effect: .prepare)) {
        $0.actual = .ended(broken)
        $0.backOff = crashed(at: 90)
        $0.package = .ready
    },
    Row("unsupported: say so and do nothing", SandboxPlan(report: .notReady(broken, packageReady: false))) {
        $0.unsupported = broken
    },
    Row("unsupported but deleted: release", SandboxPlan(effect: .release)) {
        $0.unsupported = broken
        $0.isTerminating = true
    },
    Row("deleted, running: drain first", SandboxPlan(report: .terminating, again: 0.5)) {
        $0.isTerminating = true
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.drainUntil = 100.5
    },
    Row("deleted, drained: stop", SandboxPlan(effect: .unplug(graceSeconds: 30), report: .terminating)) {
        $0.isTerminating = true
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.drainUntil = 100
    },
    Row("deleted, loading: stop at once", SandboxPlan(effect: .unplug(graceSeconds: 30), report: .terminating)) {
        $0.isTerminating = true
        $0.actual = .loading
        $0.drainUntil = 101
    },
    Row("deleted, stopping: wait", SandboxPlan(report: .terminating)) {
        $0.isTerminating = true
        $0.actual = .stopping
    },
    Row("deleted, gone: release", SandboxPlan(effect: .release)) { $0.isTerminating = true },
    Row("no object, running: stop at once", SandboxPlan(effect: .unplug(graceSeconds: 0))) {
        $0.exists = false
        $0.actual = .running(address: "127.1.0.1", port: 20001)
    },
    Row("no object, nothing left: nothing", SandboxPlan()) { $0.exists = false },
]

@Suite struct SandboxPlanTests {
    @Test(arguments: rows) private func decides(_ row: Row) {
        var seen = SandboxObservation()
        seen.now = 100
        row.change(&seen)
        #expect(SandboxPlan(seen) == row.expected)
    }
}
