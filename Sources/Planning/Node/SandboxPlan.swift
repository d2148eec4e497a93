/// What the sidecar does next for one sandbox: at most one effect, what to report, and when to look again.
public struct SandboxPlan: Sendable, Equatable {
    public enum Effect: Sendable, Equatable {
        case none
        /// Fetch the package and resolve the environment, whichever is not there.
        case prepare
        /// Ask the API server whether it is still to run here.
        case confirm
        case plug
        /// Let what runs give way to a new process: first no more requests, then its end.
        case replace(SandboxObservation.Replacement)
        case unplug(graceSeconds: Int)
        /// It is gone from the pod: let the API delete it.
        case release
    }

    /// What the status should say.
    public enum Report: Sendable, Equatable {
        /// Nothing new is worth a write: a write now would only delay the next.
        case nothing
        case starting
        /// `notice`: it was called while it was parked, and could not be loaded in time.
        case ready(address: String, port: Int, isParked: Bool = false, notice: SandboxObservation.Failure? = nil)
        /// It runs, gets no requests, and why.
        case unready(SandboxObservation.Failure, address: String, port: Int)
        /// It does not run, and why.
        case notReady(SandboxObservation.Failure, packageReady: Bool)
        /// Gateways get to hear of its end; it finishes what it has.
        case terminating
        /// It has been told to end.
        case stopping
    }

    public var effect = Effect.none
    public var report = Report.nothing
    /// Seconds until the next look; nil: only when something changes.
    public var again: Double?

    public init(effect: Effect = .none, report: Report = .nothing, again: Double? = nil) {
        self.effect = effect
        self.report = report
        self.again = again
    }
}

extension SandboxPlan {
    /// Decides level-triggered: the same observation gives the same plan, whatever happened before.
    public init(_ seen: SandboxObservation) {
        if !seen.exists {
            self = Self.remove(seen, grace: 0, thenRelease: false)
        } else if seen.isTerminating {
            self = Self.terminate(seen)
        } else if let unsupported = seen.unsupported {
            self.init(report: .notReady(unsupported, packageReady: false))
        } else {
            self = Self.run(seen)
        }
    }

    /// First the endpoint goes (its controller sees the deletion), then the process, then the object.
    private static func terminate(_ seen: SandboxObservation) -> SandboxPlan {
        guard seen.actual != .none else { return SandboxPlan(effect: .release) }
        if case .running = seen.actual, let until = seen.drainUntil, until > seen.now {
            return SandboxPlan(report: .terminating, again: until - seen.now)
        }
        return remove(seen, grace: seen.gracePeriodSeconds, thenRelease: true)
    }

    private static func remove(_ seen: SandboxObservation, grace: Int, thenRelease: Bool) -> SandboxPlan {
        let report: Report = seen.exists ? .stopping : .nothing
        switch seen.actual {
        case .none: return SandboxPlan(effect: thenRelease ? .release : .none)
        case .stopping: return SandboxPlan(report: report)
        case .loading, .running, .ended: return SandboxPlan(effect: .unplug(graceSeconds: grace), report: report)
        }
    }

    private static func run(_ seen: SandboxObservation) -> SandboxPlan {
        switch seen.actual {
        case .running(let address, let port): return serve(seen, address, port)
        // The shim holds a start to its deadline, and tells.
        case .loading, .stopping: return SandboxPlan(report: .nothing)
        case .ended(let failure):
            let report = Report.notReady(failure, packageReady: true)
            let wait = seen.backOff.wait(at: seen.now)
            if wait > 0 { return SandboxPlan(report: report, again: wait) }
            // What it ends with is said even when it starts again at once: its address is no more.
            var next = start(seen)
            if next.report == .nothing { next.report = report }
            return next
        case .none:
            var next = start(seen)
            // Another sandbox may get that address next.
            if seen.hasStaleAddress, next.report == .nothing { next.report = .notReady(.lost, packageReady: true) }
            return next
        }
    }

    /// What runs gets requests when its probes say so; else none, and when nothing but a new process can help, its end.
    private static func serve(_ seen: SandboxObservation, _ address: String, _ port: Int) -> SandboxPlan {
        if let replacement = seen.replacement {
            let report = Report.unready(replacement.failure, address: address, port: port)
            let wait = (seen.drainUntil ?? seen.now) - seen.now
            if wait > 0 { return SandboxPlan(report: report, again: wait) }
            return SandboxPlan(effect: .unplug(graceSeconds: seen.gracePeriodSeconds), report: report)
        }
        if let outdated = seen.outdated {
            // It may be the very cure of what its probes find.
            return SandboxPlan(effect: .replace(.init(failure: outdated, isFault: false)))
        }
        switch seen.health {
        case .unhealthy(let failure): return SandboxPlan(effect: .replace(.init(failure: failure, isFault: true)))
        case .unready(let failure):
            let report = Report.unready(failure, address: address, port: port)
            guard let deadline = seen.startDeadline else { return SandboxPlan(report: report) }
            if deadline > seen.now { return SandboxPlan(report: report, again: deadline - seen.now) }
            let overdue = SandboxObservation.Failure(
                reason: "StartupTimeout",
                message: "Not ready within startupTimeoutSeconds and started again. \(failure.message)")
            return SandboxPlan(effect: .replace(.init(failure: overdue, isFault: true)))
        case .ready:
            let (isParked, again) = seen.parking?.shown(at: seen.now, before: seen.isShownParked) ?? (false, nil)
            return SandboxPlan(
                report: .ready(address: address, port: port, isParked: isParked, notice: seen.turnedAway), again: again)
        }
    }

    private static func start(_ seen: SandboxObservation) -> SandboxPlan {
        if case .failed(let failure, let retryAt) = seen.package {
            return retry(failure, at: retryAt, seen, packageReady: false)
        }
        if case .failed(let failure, let retryAt) = seen.environment {
            return retry(failure, at: retryAt, seen, packageReady: seen.package == .ready)
        }
        if seen.package == .absent || seen.environment == .absent { return SandboxPlan(effect: .prepare) }
        guard seen.package == .ready, seen.environment == .ready else { return overdue(seen) }
        switch seen.assignment {
        case .current: return SandboxPlan(effect: .plug)
        case .confirming: return SandboxPlan()
        case .unconfirmed(let retryAt):
            let wait = (retryAt ?? seen.now) - seen.now
            return wait > 0 ? SandboxPlan(again: wait) : SandboxPlan(effect: .confirm)
        }
    }

    private static func retry(
        _ failure: SandboxObservation.Failure, at retryAt: Double?, _ seen: SandboxObservation, packageReady: Bool
    ) -> SandboxPlan {
        guard let retryAt else { return SandboxPlan(report: .notReady(failure, packageReady: packageReady)) }
        if retryAt <= seen.now { return SandboxPlan(effect: .prepare) }
        return SandboxPlan(report: .notReady(failure, packageReady: packageReady), again: retryAt - seen.now)
    }

    /// Still preparing: say so once the deadline is over, and go on.
    private static func overdue(_ seen: SandboxObservation) -> SandboxPlan {
        guard let deadline = seen.startDeadline else { return SandboxPlan() }
        if deadline > seen.now { return SandboxPlan(report: .nothing, again: deadline - seen.now) }
        let failure = SandboxObservation.Failure(
            reason: "StartupTimeout",
            message:
                "The package is still being fetched after startupTimeoutSeconds; the sandbox starts when it is there.")
        return SandboxPlan(report: .notReady(failure, packageReady: false))
    }
}

extension SandboxObservation.Failure {
    /// What befalls the sandboxes of a pod whose processes ended.
    public static let lost = SandboxObservation.Failure(
        reason: "PodRestarted",
        message: "The pod's processes ended and were started again; the sandbox is started with them.")
}
