import KubeAPI
import NestAPI

/// The condition types of a SandboxAutoscaler.
public enum AutoscalerCondition {
    /// Whether it can do its work: there is its target, and nothing is wrong with the spec.
    public static let ready = "Ready"
    /// Whether it knows enough to take sandboxes away, too.
    public static let active = "Active"
    /// Whether a limit keeps it from the number that the load asks for.
    public static let limited = "ScalingLimited"
}

extension ScalerState {
    /// One condition, without its times.
    struct Fact: Sendable, Equatable {
        var type: String
        var status: Condition.Status
        var reason: String
        var message: String

        init(_ type: String, _ status: Condition.Status, _ reason: String, _ message: String = "") {
            self.type = type
            self.status = status
            self.reason = reason
            self.message = message
        }
    }

    func conditions(of entry: Entry, _ target: ScalingTarget?) -> [Fact] {
        let ready = readiness(entry, target)
        guard target != nil, let decision = entry.decision else {
            let message = "It does not decide: see the condition Ready."
            return [
                ready, Fact(AutoscalerCondition.active, .no, ready.reason, message),
                Fact(AutoscalerCondition.limited, .no, "NotDeciding"),
            ]
        }
        return [ready, activity(entry, decision), limit(entry.autoscaler, decision)]
    }

    private func readiness(_ entry: Entry, _ target: ScalingTarget?) -> Fact {
        let (name, key) = (entry.autoscaler.spec.scaleTargetRef.name, entry.autoscaler.key)
        guard let target else {
            return Fact(
                AutoscalerCondition.ready, .no, "TargetNotFound",
                "There is no SandboxDeployment \"\(name)\" in namespace \"\(key.namespace)\": create it, "
                    + "or correct spec.scaleTargetRef.name.")
        }
        if let owner = owners[target.key], owner != key {
            return Fact(
                AutoscalerCondition.ready, .no, "TargetTaken",
                "SandboxDeployment \"\(name)\" is scaled by SandboxAutoscaler \"\(owner.name)\", which is older: "
                    + "delete one of the two.")
        }
        guard let policy = entry.history?.policy else {
            return Fact(AutoscalerCondition.ready, .unknown, "Starting", "It has not been looked at yet.")
        }
        if let problem = policy.problems.first {
            let rest = policy.problems.count > 1 ? " (and \(policy.problems.count - 1) more)" : ""
            return Fact(
                AutoscalerCondition.ready, .no, "InvalidSchedule",
                "In spec.schedules, \(problem)\(rest). All else is followed.")
        }
        return Fact(AutoscalerCondition.ready, .yes, "TargetFound")
    }

    private func activity(_ entry: Entry, _ decision: ScalingDecision) -> Fact {
        let type = AutoscalerCondition.active
        let left = "It may add sandboxes, but takes none away."
        let kinds = decision.needs.map(\.kind)
        if kinds.contains(where: { $0 == .concurrency || $0 == .qps }) || entry.autoscaler.spec.minReplicas == 0 {
            if gateways.known == 0 {
                return Fact(type, .no, "NoGateway", "No gateway tells of its requests: start one. \(left)")
            }
            if let first = gateways.silent.first {
                let rest = gateways.silent.count > 1 ? " and \(gateways.silent.count - 1) more do" : " does"
                return Fact(type, .no, "GatewaySilent", "Gateway \(first)\(rest) not tell of requests. \(left)")
            }
        }
        if let usage = entry.usage, let fact = usageProblem(usage, kinds, left) { return fact }
        guard decision.knowsEnough else {
            return Fact(
                type, .unknown, "Observing",
                "It has not known all for a whole stableWindowSeconds yet. \(left)")
        }
        return Fact(type, .yes, "AllKnown")
    }

    private func usageProblem(_ usage: ScalingUsage, _ kinds: [ScalingMetric.Kind], _ left: String) -> Fact? {
        for (kind, share, field) in [
            (ScalingMetric.Kind.cpu, usage.cpu, "cpu"), (.memory, usage.memory, "memory"),
        ] where kinds.contains(kind) && !share.isComplete {
            let (reason, message) =
                share.lacksRequest
                ? (
                    "NoResourceRequest",
                    "\(kind.rawValue) is a percentage of what is requested: give the template resources.requests.\(field)."
                )
                : ("NoUsage", "Not every sandbox has said yet what it uses.")
            return Fact(AutoscalerCondition.active, .no, reason, "\(message) \(left)")
        }
        return nil
    }

    private func limit(_ autoscaler: SandboxAutoscaler, _ decision: ScalingDecision) -> Fact {
        let type = AutoscalerCondition.limited
        switch decision.limit {
        case .none: return Fact(type, .no, "DesiredWithinRange")
        case .maximum:
            return Fact(
                type, .yes, "TooManyReplicas",
                "The load asks for more than maxReplicas, \(autoscaler.spec.maxReplicas): raise it to follow.")
        case .minimum:
            return Fact(
                type, .yes, "TooFewReplicas", "The load asks for less than minReplicas, \(autoscaler.spec.minReplicas)."
            )
        case .schedule(let name):
            return Fact(type, .yes, "Schedule", "The load asks for less than schedule '\(name)' keeps.")
        }
    }
}
