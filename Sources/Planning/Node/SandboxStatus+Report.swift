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
    ///   - now: the time of the write.
    /// - Returns: the new status.
    public func reporting(
        _ report: SandboxPlan.Report, node: String, restarts: Int, generation: Int64, marks: [Transition],
        now: Timestamp
    ) -> SandboxStatus {
        var next = self
        next.nodeName = node
        next.restartCount = max(restarts, restartCount)
        next.observedGeneration = generation
        func set(_ type: String, _ status: Condition.Status, _ reason: String, _ message: String = "") {
            next.conditions.set(
                Condition(
                    type: type, status: status, reason: reason, message: message, observedGeneration: generation,
                    lastTransitionTime: now))
        }
        // The scheduler says so too, but later: only here is it never lost between two writers of one list.
        if report != .nothing, !conditions.isTrue(SandboxCondition.scheduled) {
            set(SandboxCondition.scheduled, .yes, "Scheduled")
        }
        switch report {
        case .nothing: return self
        case .starting: next.phase = .starting
        case .ready(let address, let port):
            next.phase = .running
            next.state = .active
            next.podIP = address
            next.port = port
            (next.reason, next.message) = (nil, nil)
            if !isServing(address, port) { next.startTime = now }
            set(SandboxCondition.packageReady, .yes, "Unpacked")
            set(SandboxCondition.ready, .yes, "Loaded")
            next.enter(isServing(address, port) ? [] : marks + [Transition(name: "Ready", time: now)])
        case .notReady(let failure, let packageReady):
            next.phase = .starting
            next.state = nil
            (next.podIP, next.port) = (nil, nil)
            (next.reason, next.message) = (failure.reason, failure.message)
            if packageReady {
                set(SandboxCondition.packageReady, .yes, "Unpacked")
            } else {
                set(SandboxCondition.packageReady, .no, failure.reason, failure.message)
            }
            set(SandboxCondition.ready, .no, failure.reason, failure.message)
            let isNew = message != failure.message || phase != .starting
            next.enter(isNew ? [Transition(name: "Failed", time: now)] : [])
        case .terminating:
            next.phase = .terminating
            set(SandboxCondition.ready, .no, "Terminating", "The sandbox is being stopped.")
            next.enter(phase == .terminating ? [] : [Transition(name: "Terminating", time: now)])
        }
        return next
    }

    private func isServing(_ address: String, _ port: Int) -> Bool {
        phase == .running && podIP == address && self.port == port && conditions.isTrue(SandboxCondition.ready)
    }

    /// Adds transitions, and forgets the oldest beyond 20.
    private mutating func enter(_ transitions: [Transition]) {
        lastTransitions = (lastTransitions + transitions).suffix(20)
    }
}
