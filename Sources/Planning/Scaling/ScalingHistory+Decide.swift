import NestAPI

extension ScalingHistory {
    /// What there is of a function, and what limits it now.
    struct Situation: Sendable, Equatable {
        /// How many sandboxes its target asks for.
        var replicas: Int
        /// How many serve.
        var ready: Int
        /// Requests that wait for an endpoint.
        var waiting: Int
        /// The fewest at this time, and the schedule that asks for them.
        var floor: Int
        var schedule: String?

        init(replicas: Int, ready: Int, waiting: Int = 0, floor: Int, schedule: String? = nil) {
            self.replicas = max(0, replicas)
            self.ready = max(0, ready)
            self.waiting = max(0, waiting)
            self.floor = max(0, floor)
            self.schedule = schedule
        }
    }

    /// Decides how many sandboxes the function is to have.
    ///
    /// | what is seen | what follows |
    /// | --- | --- |
    /// | a load asks for more | more, at once |
    /// | the panic window asks for twice what there is | that many at once; for a stable window none go |
    /// | requests wait and nothing serves | at least one, at once |
    /// | fewer have been enough for `scaleDownDelaySeconds` | as many as the largest wish in that time |
    /// | no request for `scaleToZeroGraceSeconds`, and one would do | none |
    /// | something is not known, or not for a stable window | never fewer |
    /// | the limits | nothing beyond, whatever is known |
    ///
    /// Sources: Knative's autoscaler (stable and panic window), kubernetes `pkg/controller/podautoscaler`
    /// (stabilization, the largest metric wins).
    mutating func decide(_ now: Situation, at time: Duration) -> ScalingDecision {
        let needs = needs
        let grace = Duration.seconds(policy.scaleToZeroGrace)
        let isIdle = now.waiting == 0 && idle(at: time) >= max(grace, .milliseconds(1))
        var (wish, cause) = wish(needs, isIdle: isIdle)
        // What is left of the last request in the mean does not count any more.
        if isIdle, wish <= 1 { (wish, cause) = (0, .idle(seconds: policy.scaleToZeroGrace)) }
        let isBurst = noteBurst(now, at: time, wish: &wish, cause: &cause)
        if now.waiting > 0, now.ready == 0 || now.replicas == 0 {
            let enough = max(1, policy.concurrency.map { ceiling(Double(now.waiting) / $0) } ?? 1)
            if enough >= wish { (wish, cause) = (enough, .waiting(now.waiting)) }
        }
        // Who begins to watch has not seen what was needed before: what there is counts as needed.
        if wishes.count == 0 { wishes.add(min(now.replicas, policy.maxReplicas), at: time.wholeSeconds) }
        wishes.add(min(wish, policy.maxReplicas), at: time.wholeSeconds)
        var decision = ScalingDecision(
            desired: wish, cause: cause, needs: needs, knowsEnough: knowsEnough(at: time))
        settle(&decision, now, isIdle: isIdle, isBurst: isBurst, at: time)
        decision.limit(to: policy, now)
        return decision
    }

    /// The largest answer; what sandboxes use by themselves, while nobody asks, does not count.
    private func wish(_ needs: [ScalingDecision.Need], isIdle: Bool) -> (Int, ScalingDecision.Cause) {
        var (wish, cause) = (0, ScalingDecision.Cause.none)
        for need in needs where need.replicas > wish {
            if isIdle, need.kind == .cpu || need.kind == .memory { continue }
            (wish, cause) = (need.replicas, .load(need))
        }
        return (wish, cause)
    }

    private mutating func noteBurst(
        _ now: Situation, at time: Duration, wish: inout Int, cause: inout ScalingDecision.Cause
    ) -> Bool {
        let need = burstNeed
        if need >= 2 * max(1, now.replicas) { burst.until = time + .seconds(policy.stableWindow) }
        guard let until = burst.until, time < until else {
            burst = Burst()
            return false
        }
        if need > wish { (wish, cause) = (need, .burst) }
        burst.peak = min(max(burst.peak, wish), policy.maxReplicas)
        if burst.peak > wish { (wish, cause) = (burst.peak, .burst) }
        return true
    }

    /// More at once; fewer only when nothing speaks against it.
    private func settle(
        _ decision: inout ScalingDecision, _ now: Situation, isIdle: Bool, isBurst: Bool, at time: Duration
    ) {
        guard decision.desired <= now.replicas else { return }
        var enough = max(decision.desired, wishes.largest)
        var hold: ScalingDecision.Hold? = enough > decision.desired ? .delay : nil
        if enough <= 1 {
            let keepsLast = !isIdle && now.replicas > 0
            hold = keepsLast && decision.desired == 0 ? .grace : nil
            enough = keepsLast ? 1 : 0
        }
        guard enough < now.replicas else {
            decision.hold = decision.desired < now.replicas ? hold ?? .delay : isBurst ? .burst : nil
            decision.desired = now.replicas
            return
        }
        let window = Duration.seconds(policy.stableWindow)
        let mayShrink = decision.knowsEnough && (enough > 0 || time - requestsSince >= window)
        if isBurst || !mayShrink {
            decision.hold = isBurst ? .burst : .unknown
            decision.desired = now.replicas
        } else {
            decision.hold = hold
            decision.desired = enough
        }
    }

    private func ceiling(_ value: Double) -> Int { Int(min((value - 1e-9).rounded(.up), 1e9)) }
}

extension ScalingDecision {
    fileprivate mutating func limit(to policy: ScalingPolicy, _ now: ScalingHistory.Situation) {
        if desired > policy.maxReplicas {
            desired = policy.maxReplicas
            limit = .maximum
            if now.replicas > desired { cause = .maximum }
        }
        let floor = min(now.floor, policy.maxReplicas)
        if desired < floor {
            desired = floor
            limit = now.schedule.map(Limit.schedule) ?? .minimum
            cause = now.schedule.map(Cause.schedule) ?? .minimum
            hold = nil
        }
    }
}
