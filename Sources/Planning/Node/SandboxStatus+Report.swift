import KubeAPI
import NestAPI

extension SandboxStatus {
    /// This status after `report`; equal to this one when the report says nothing new.
    ///
    /// - Parameters:
    ///   - report: what the plan wants to say.
    ///   - node: the SandboxNode.
    ///   - restarts: how often it was started again.
    ///   - generation: of the object that was looked at.
    ///   - marks: when package and plug happened, for `lastTransitions`.
    ///   - termination: how its last process ended; nil: nothing new is known.
    ///   - now: the time of the write.
    /// - Returns: the new status.
    public func reporting(
        _ report: SandboxPlan.Report, node: String, restarts: Int, generation: Int64, marks: [Transition],
        termination: Termination? = nil, now: Timestamp
    ) -> SandboxStatus {
        guard report != .nothing else { return self }
        var edit = StatusEdit(before: self, generation: generation, now: now)
        edit.next.nodeName = node
        edit.next.restartCount = max(restarts, restartCount)
        edit.next.observedGeneration = generation
        edit.next.lastTermination = termination ?? lastTermination
        // The scheduler says so too, but later: only here is it never lost between two writers of one list.
        if !conditions.isTrue(SandboxCondition.scheduled) {
            edit.set(SandboxCondition.scheduled, .yes, "Scheduled")
        }
        switch report {
        case .nothing: break
        case .starting: edit.next.phase = .starting
        case .ready(let address, let port, let isParked, let notice):
            edit.ready(address, port, marks)
            (edit.next.reason, edit.next.message) = (notice?.reason, notice?.message)
            edit.next.state = isParked ? .parked : .active
            // Nothing of it is there to use anything.
            if isParked { edit.next.usage = nil }
        case .unready(let failure, let address, let port): edit.unready(failure, address, port)
        case .notReady(let failure, let packageReady): edit.notReady(failure, packageReady: packageReady)
        case .terminating: edit.ending("Terminating", "The sandbox is being stopped.")
        case .stopping: edit.ending("Stopping", "The sandbox has been told to end.")
        }
        return edit.next
    }
}

/// A status and what becomes of it.
private struct StatusEdit {
    let before: SandboxStatus
    let generation: Int64
    let now: Timestamp
    var next: SandboxStatus

    init(before: SandboxStatus, generation: Int64, now: Timestamp) {
        self.before = before
        self.generation = generation
        self.now = now
        next = before
    }

    mutating func set(_ type: String, _ status: Condition.Status, _ reason: String, _ message: String = "") {
        next.conditions.set(
            Condition(
                type: type, status: status, reason: reason, message: message, observedGeneration: generation,
                lastTransitionTime: now))
    }

    mutating func ready(_ address: String, _ port: Int, _ marks: [SandboxStatus.Transition]) {
        let isNews = before.phase != .running || !isAt(address, port) || !wasReady
        next.phase = .running
        at(address, port)
        set(SandboxCondition.ready, .yes, "Loaded")
        enter(isNews ? marks + [.init(name: "Ready", time: now)] : [])
    }

    mutating func unready(_ failure: SandboxObservation.Failure, _ address: String, _ port: Int) {
        // One that has not been ready yet is still on its way up.
        next.phase = !isAt(address, port) || before.phase == .starting ? .starting : .running
        at(address, port)
        (next.reason, next.message) = (failure.reason, failure.message)
        set(SandboxCondition.ready, .no, failure.reason, failure.message)
        enter(wasReady ? [.init(name: "Unready", time: now)] : [])
    }

    mutating func notReady(_ failure: SandboxObservation.Failure, packageReady: Bool) {
        let isNew = before.message != failure.message || before.phase != .starting
        next.phase = .starting
        next.state = nil
        (next.podIP, next.port, next.usage) = (nil, nil, nil)
        (next.reason, next.message) = (failure.reason, failure.message)
        if packageReady {
            set(SandboxCondition.packageReady, .yes, "Unpacked")
        } else {
            set(SandboxCondition.packageReady, .no, failure.reason, failure.message)
        }
        set(SandboxCondition.ready, .no, failure.reason, failure.message)
        enter(isNew ? [.init(name: "Failed", time: now)] : [])
    }

    /// The step is `Terminating`, then `Stopping`.
    mutating func ending(_ step: String, _ message: String) {
        let isNew = before.phase != .terminating || before.conditions[SandboxCondition.ready]?.reason != step
        next.phase = .terminating
        set(SandboxCondition.ready, .no, step, message)
        enter(isNew ? [.init(name: step, time: now)] : [])
    }

    private var wasReady: Bool { before.conditions.isTrue(SandboxCondition.ready) }

    private func isAt(_ address: String, _ port: Int) -> Bool { before.podIP == address && before.port == port }

    /// A process serves there.
    private mutating func at(_ address: String, _ port: Int) {
        if !isAt(address, port) { next.startTime = now }
        next.state = .active
        (next.podIP, next.port) = (address, port)
        set(SandboxCondition.packageReady, .yes, "Unpacked")
    }

    /// Adds transitions, and forgets the oldest beyond 20.
    private mutating func enter(_ transitions: [SandboxStatus.Transition]) {
        next.lastTransitions = (next.lastTransitions + transitions).suffix(20)
    }
}
