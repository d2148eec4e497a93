import KubeAPI
import NestAPI

/// Another number of sandboxes for one target.
public struct ScaleWrite: Sendable, Equatable {
    public var autoscaler: SandboxAutoscaler
    public var target: ObjectKey
    public var from: Int
    public var to: Int
    /// Of the target's spec, that is written over.
    public var generation: Int64
    /// On the autoscaler, once it is written.
    public var event: PlannedEvent
}

extension ScalerState {
    /// The number that a target is to be told now; nil when it has it.
    public func scaling(_ key: ObjectKey) -> ScaleWrite? {
        guard let entry = entry(key), let target = targets[entry.target], owners[target.key] == key,
            let decision = entry.decision
        else { return nil }
        let replicas = replicas(of: target)
        guard decision.desired != replicas else { return nil }
        let isMore = decision.desired > replicas
        let event = PlannedEvent(
            reason: isMore ? "ScaledUp" : "ScaledDown",
            message:
                "Scaled \(target.key.name) from \(replicas) to \(decision.desired): \(decision.reason(isMore: isMore))")
        return ScaleWrite(
            autoscaler: entry.autoscaler, target: target.key, from: replicas, to: decision.desired,
            generation: target.generation, event: event)
    }

    /// A number was written.
    public mutating func wrote(_ write: ScaleWrite, time: Timestamp) {
        if let place = places[write.autoscaler.key] { entries[place].scaledAt = time.wholeSeconds }
        guard let target = targets[write.target], target.generation <= write.generation else { return }
        written[write.target] = Written(generation: write.generation, replicas: write.to)
    }

    /// The status that an autoscaler is to have; nil when it is gone.
    public func status(_ key: ObjectKey, time: Timestamp) -> SandboxAutoscaler? {
        guard let entry = entry(key) else { return nil }
        var next = entry.autoscaler
        next.status = status(of: entry, time: time)
        return next
    }

    /// Takes in what was written, ahead of the cache.
    public mutating func wroteStatus(_ autoscaler: SandboxAutoscaler) {
        guard let place = places[autoscaler.key],
            entries[place].autoscaler.metadata.generation == autoscaler.metadata.generation
        else { return }
        entries[place].autoscaler = autoscaler
    }

    /// Whether the status of an autoscaler is to be written now.
    mutating func report(
        _ place: Int, now: Duration, time: Timestamp, room: inout Int, looks: inout Int
    ) -> Bool {
        let metadata = entries[place].autoscaler.metadata
        let shown = entries[place].autoscaler.status
        let isUrgent =
            targets[entries[place].target].map { replicas(of: $0) != shown.desiredReplicas } ?? false
            || shown.observedGeneration != metadata.generation
        guard isUrgent || looks > 0, entries[place].status.isDue(isUrgent: isUrgent, now: now) else { return false }
        looks -= isUrgent ? 0 : 1
        let status = status(of: entries[place], time: time)
        return status != shown && entries[place].status.decide(status, shown: shown, now: now, room: &room)
    }

    private func status(of entry: Entry, time: Timestamp) -> SandboxAutoscalerStatus {
        let autoscaler = entry.autoscaler
        let target = targets[entry.target]
        var status = autoscaler.status
        status.observedGeneration = autoscaler.metadata.generation
        status.currentReplicas = target?.current ?? 0
        status.lastScaleTime = entry.scaledAt ?? status.lastScaleTime
        status.desiredReplicas = target.map(replicas) ?? 0
        status.currentMetrics = (entry.decision?.needs ?? []).compactMap { need in
            need.load.map { .init(need.kind, load: $0.rounded(toDigits: 3), desiredReplicas: need.replicas) }
        }
        for condition in conditions(of: entry, target) {
            status.conditions.set(
                Condition(
                    type: condition.type, status: condition.status, reason: condition.reason,
                    message: condition.message, observedGeneration: autoscaler.metadata.generation,
                    lastTransitionTime: time.wholeSeconds))
        }
        return status
    }
}

extension Double {
    /// With that many digits, for people.
    func rounded(toDigits digits: Int) -> Double {
        guard isFinite, self != 0 else { return 0 }
        var scale = 1.0
        let limit = power(10, digits - 1)
        while abs(self) * scale < limit, scale < 1e6 { scale *= 10 }
        return (self * scale).rounded() / scale
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }
}
