import NestAPI

extension ScalingDecision {
    /// Why, for people who read Events.
    func reason(isMore: Bool) -> String {
        switch cause {
        case .load(let need): isMore ? need.words : "\(need.words), for long enough"
        case .burst: "many requests came in the last seconds"
        case .waiting(let count): "\(count) \(count == 1 ? "request waits" : "requests wait"), and nothing serves"
        case .idle(let seconds): "no request for \(seconds) s"
        case .minimum: "minReplicas asks for that"
        case .schedule(let name): "schedule '\(name)' has begun"
        case .maximum: "maxReplicas allows no more"
        case .none: "nothing asks for more"
        }
    }
}

extension ScalingDecision.Need {
    fileprivate var words: String {
        let load = Self.text((load ?? 0).rounded(toDigits: 3))
        let per = Self.text(perSandbox.rounded(toDigits: 3))
        return switch kind {
        case .concurrency: "\(load) requests at once, at \(per) a sandbox"
        case .qps: "\(load) requests a second, at \(per) a sandbox"
        case .cpu: "\(load) % of the CPU that one requests, at \(per) % a sandbox"
        case .memory: "\(load) % of the memory that one requests, at \(per) % a sandbox"
        }
    }

    /// Without the fraction of a whole number.
    private static func text(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
