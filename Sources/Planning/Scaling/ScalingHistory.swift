import NestAPI

/// What has been seen of one function, and what was wished for it: all that a decision looks at.
///
/// A value with neither clock nor I/O: times are since any fixed moment, and never go back.
struct ScalingHistory: Sendable {
    /// One metric over the stable window.
    struct Track: Sendable {
        let measure: ScalingPolicy.Measure
        var series: LoadSeries
        /// Since when nothing was missing.
        var completeSince: Duration
    }

    /// A round that comes later than this has missed something.
    static let longestPause = 3.0

    let policy: ScalingPolicy
    private(set) var tracks: [Track]
    /// Since when every gateway has spoken.
    private(set) var requestsSince: Duration
    private(set) var lastRequest: Duration?
    var wishes: WishHistory
    var burst = Burst()

    /// A burst that goes on.
    struct Burst: Sendable, Equatable {
        var until: Duration?
        /// The most that was wished for in it.
        var peak = 0
    }

    init(_ policy: ScalingPolicy, now: Duration) {
        self.policy = policy
        tracks = policy.measures.map {
            Track(measure: $0, series: LoadSeries(seconds: policy.stableWindow), completeSince: now)
        }
        requestsSince = now
        wishes = WishHistory(seconds: policy.scaleDownDelay)
    }

    /// Begins with what another policy has seen, where both look at the same.
    init(_ policy: ScalingPolicy, after other: ScalingHistory, now: Duration) {
        self.init(policy, now: now)
        if policy.stableWindow == other.policy.stableWindow {
            for index in tracks.indices {
                let kind = tracks[index].measure.kind
                guard let old = other.tracks.first(where: { $0.measure.kind == kind }) else { continue }
                tracks[index].series = old.series
                tracks[index].completeSince = old.completeSince
            }
        }
        requestsSince = other.requestsSince
        lastRequest = other.lastRequest
    }

    /// Takes in what has been seen up to `now`.
    mutating func record(_ sample: ScalingSample, at now: Duration) {
        let second = now.wholeSeconds
        let isLate = !(sample.seconds <= Self.longestPause)
        for index in tracks.indices {
            let (value, isComplete) = Self.value(tracks[index].measure.kind, sample)
            // What is known in part may add to a load; that nothing is known of it does not make it less.
            if let value, isComplete || value > 0 { tracks[index].series.add(value, for: sample.seconds, at: second) }
            tracks[index].series.advance(to: second)
            if isLate || !isComplete { tracks[index].completeSince = now }
        }
        if isLate || !sample.hasAllRequests { requestsSince = now }
        if !sample.requests.isIdle { lastRequest = now }
    }

    /// Whether everything that decides has been known for a whole window.
    func knowsEnough(at now: Duration) -> Bool {
        let window = Duration.seconds(policy.stableWindow)
        return tracks.allSatisfy { now - $0.completeSince >= window } && !tracks.isEmpty
    }

    /// For how long there was no request, as far as is known.
    func idle(at now: Duration) -> Duration { now - max(lastRequest ?? requestsSince, requestsSince) }

    /// What each metric asks for.
    var needs: [ScalingDecision.Need] {
        tracks.map { track in
            let load = track.series.mean
            return ScalingDecision.Need(
                kind: track.measure.kind, load: load, perSandbox: track.measure.perSandbox,
                replicas: load.map(track.measure.replicas) ?? 0)
        }
    }

    /// What the last seconds alone ask for.
    ///
    /// Of requests only: what a process uses in its first seconds says nothing of its load.
    var burstNeed: Int {
        tracks.reduce(0) { most, track in
            guard track.measure.isOfRequests, let load = track.series.mean(newest: policy.panicWindow) else {
                return most
            }
            return max(most, track.measure.replicas(load))
        }
    }

    private static func value(_ kind: ScalingMetric.Kind, _ sample: ScalingSample) -> (Double?, isComplete: Bool) {
        switch kind {
        case .concurrency: (sample.requests.concurrency, sample.hasAllRequests)
        case .qps: (sample.seconds > 0 ? sample.requests.requests / sample.seconds : nil, sample.hasAllRequests)
        case .cpu: (sample.usage.cpu.percent, sample.usage.cpu.isComplete)
        case .memory: (sample.usage.memory.percent, sample.usage.memory.isComplete)
        }
    }
}

extension Duration {
    /// Seconds, rounded down; 0 for what is negative.
    var wholeSeconds: Int { Int(max(0, components.seconds)) }
}
