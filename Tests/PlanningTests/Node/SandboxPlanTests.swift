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

/// For the second time, so that it waits.
private func crashed(at time: Double) -> CrashLoopBackOff {
    var backOff = CrashLoopBackOff()
    for _ in 0..<2 { backOff.ended(at: time, ran: 1) }
    return backOff
}

private let unready = SandboxPlan.Report.unready(broken, address: "127.1.0.1", port: 20001)

private func replacing(isFault: Bool = true) -> SandboxObservation.Replacement {
    SandboxObservation.Replacement(failure: broken, isFault: isFault)
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
    Row(
        "parked just now: not told yet",
        SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001, isParked: false), again: 6)
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.parking = .init(isParked: true, since: 96)
    },
    Row("parked for a while", SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001, isParked: true))) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.parking = .init(isParked: true, since: 90)
    },
    Row(
        "woken just now: it may be parked again soon",
        SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001, isParked: true), again: 10)
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.parking = .init(isParked: false, since: 100)
        $0.isShownParked = true
    },
    Row(
        "woken before anybody was told that it was parked",
        SandboxPlan(report: .ready(address: "127.1.0.1", port: 20001, isParked: false))
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.parking = .init(isParked: false, since: 99)
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
    Row(
        "ended and due: prepare again, and say that it has no address",
        SandboxPlan(effect: .prepare, report: .notReady(broken, packageReady: true))
    ) {
        $0.actual = .ended(broken)
        $0.backOff = crashed(at: 90)
        $0.package = .ready
    },
    Row(
        "lost with the pod's processes: say that it has no address, and prepare",
        SandboxPlan(effect: .prepare, report: .notReady(.lostForTest, packageReady: true))
    ) { $0.hasStaleAddress = true },
    Row("a probe says no: no requests", SandboxPlan(report: unready)) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.health = .unready(broken)
    },
    Row("not ready yet: until its start is overdue", SandboxPlan(report: unready, again: 20)) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.health = .unready(broken)
        $0.startDeadline = 120
    },
    Row(
        "not ready in time: start it again",
        SandboxPlan(
            effect: .replace(
                .init(
                    failure: Failure(
                        reason: "StartupTimeout",
                        message: "Not ready within startupTimeoutSeconds and started again. no database"),
                    isFault: true)))
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.health = .unready(broken)
        $0.startDeadline = 100
    },
    Row("dead by its probe: start it again", SandboxPlan(effect: .replace(replacing()))) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.health = .unhealthy(broken)
    },
    Row("its values changed: start it again", SandboxPlan(effect: .replace(replacing(isFault: false)))) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.outdated = broken
    },
    Row(
        "its values changed while it is not ready: that may help",
        SandboxPlan(effect: .replace(replacing(isFault: false)))
    ) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.health = .unready(broken)
        $0.outdated = broken
    },
    Row("gives way: gateways first", SandboxPlan(report: unready, again: 0.5)) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.replacement = replacing()
        $0.drainUntil = 100.5
    },
    Row("gives way, drained: stop", SandboxPlan(effect: .unplug(graceSeconds: 30), report: unready)) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.replacement = replacing()
        $0.drainUntil = 100
    },
    Row("gives way and is deleted: the deletion's way", SandboxPlan(report: .terminating, again: 0.5)) {
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.replacement = replacing()
        $0.drainUntil = 100.5
        $0.isTerminating = true
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
    Row("deleted, drained: stop", SandboxPlan(effect: .unplug(graceSeconds: 30), report: .stopping)) {
        $0.isTerminating = true
        $0.actual = .running(address: "127.1.0.1", port: 20001)
        $0.drainUntil = 100
    },
    Row("deleted, loading: stop at once", SandboxPlan(effect: .unplug(graceSeconds: 30), report: .stopping)) {
        $0.isTerminating = true
        $0.actual = .loading
        $0.drainUntil = 101
    },
    Row("deleted, stopping: wait", SandboxPlan(report: .stopping)) {
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

extension Failure {
    fileprivate static let lostForTest = Failure(
        reason: "PodRestarted",
        message: "The pod's processes ended and were started again; the sandbox is started with them.")
}

@Suite struct SandboxPlanTests {
    @Test(arguments: rows) private func decides(_ row: Row) {
        var seen = SandboxObservation()
        seen.now = 100
        row.change(&seen)
        #expect(SandboxPlan(seen) == row.expected)
    }
}
