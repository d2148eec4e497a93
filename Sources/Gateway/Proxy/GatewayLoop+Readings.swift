import KubeAPI
import NIOCore
import Planning

/// What the loop tells of its load.
extension GatewayLoop {
    /// How often a reading says at once that requests of one function meet no sandbox.
    static let urgency = TimeAmount.milliseconds(100)

    /// The function has a request: samples hold it until it has none.
    func meter(_ function: LoopFunction) {
        function.isMetered = true
        function.sampled = function.counters.count(eventLoop.now)
        metered.append(function)
    }

    /// What there was since the last call; a function that had nothing is in it once, and then not.
    func takeSamples() -> [LoadSample] {
        let now = eventLoop.now
        let interval = Double(max(1, (now - sampledAt).nanoseconds))
        sampledAt = now
        var samples: [LoadSample] = []
        samples.reserveCapacity(metered.count)
        metered.removeAll { function in
            let (count, before) = (function.counters.count(now), function.sampled)
            function.sampled = count
            let sample = LoadSample(
                key: function.route.key, concurrency: Double(count.time &- before.time) / interval,
                requests: count.requests - before.requests, waiting: function.backlog.count)
            samples.append(sample)
            function.isMetered = !sample.isZero || function.counters.inFlight > 0
            return !function.isMetered
        }
        return samples
    }

    /// What there is at this moment, of all functions that have requests.
    func presentSamples() -> [LoadSample] { metered.filter { $0.counters.inFlight > 0 }.map(present) }

    /// What there is at this moment of these functions.
    func presentSamples(of keys: [ObjectKey]) -> [LoadSample] {
        keys.compactMap { key in table?.route(key).flatMap { existing($0.id) }.map(present) }
    }

    private func present(_ function: LoopFunction) -> LoadSample {
        LoadSample(
            key: function.route.key, concurrency: Double(function.counters.inFlight), requests: 0,
            waiting: function.backlog.count)
    }

    /// A request has met no sandbox: whoever scales hears of it at once, and of those right after it in a moment.
    func metNone(_ function: LoopFunction) {
        guard let onUrgency else { return }
        let now = eventLoop.now
        if let last = function.urgentAt, now < last + Self.urgency {
            function.isUrgent = true
        } else {
            (function.urgentAt, function.isUrgent) = (now, false)
            onUrgency(function.route.key)
        }
    }

    /// Says what has become due of that.
    func sayUrgent() {
        for function in holding.values where function.isUrgent { metNone(function) }
    }
}
