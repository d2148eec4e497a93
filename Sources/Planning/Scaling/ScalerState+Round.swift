import KubeAPI
import NestAPI

extension ScalerState {
    /// Decides for every function, from what has been seen since the round before.
    /// - Parameters:
    ///   - now: since any fixed moment.
    ///   - time: the wall clock.
    ///   - usage: what the sandboxes of a target use.
    /// - Returns: what has to be written, in no order.
    public mutating func round(
        now: Duration, time: Timestamp, usage: (ObjectKey) -> ScalingUsage
    ) -> Round {
        let seconds = lastRound.map { (now - $0) / .seconds(1) } ?? 1
        lastRound = now
        let collected = board.collect(at: now)
        gateways = Gateways(known: collected.gateways, silent: collected.silent)
        var round = Round()
        var room = StatusPace.reportsInRound
        // Spread over the seconds of an interval: no round is to look at all.
        var looks = max(1000, entries.count / 4)
        for place in entries.indices {
            let (key, name) = (entries[place].key, entries[place].target)
            if let target = targets[name], owners[name] == key {
                entries[place].prepare(zones: zones, now: now, time: time)
                let sample = ScalingSample(
                    seconds: seconds, requests: collected.loads[name] ?? RequestLoad(),
                    hasAllRequests: collected.isComplete, usage: entries[place].use(usage))
                entries[place].history?.record(sample, at: now)
                let replicas = replicas(of: target)
                entries[place].decide(target, replicas: replicas, waiting: sample.requests.waiting, now: now)
                if entries[place].decision.map({ $0.desired != replicas }) == true { round.scale.append(key) }
            } else {
                entries[place].rest()
            }
            if report(place, now: now, time: time, room: &room, looks: &looks) { round.report.append(key) }
        }
        return round
    }

    /// Decides at once for functions of which requests wait while nothing serves.
    /// - Parameters:
    ///   - functions: of which requests wait.
    ///   - now: since any fixed moment.
    ///   - time: the wall clock.
    /// - Returns: the autoscalers whose targets are to be told another number.
    public mutating func wake(_ functions: [ObjectKey], now: Duration, time: Timestamp) -> [ObjectKey] {
        functions.compactMap { function in
            guard let target = targets[function], let key = owners[function], let place = places[key] else {
                return nil
            }
            let replicas = replicas(of: target)
            guard target.ready == 0 || replicas == 0 else { return nil }
            entries[place].prepare(zones: zones, now: now, time: time)
            entries[place].decide(target, replicas: replicas, waiting: board.waiting(function), now: now)
            return entries[place].decision.map { $0.desired > replicas } == true ? key : nil
        }
    }
}

extension ScalerState.Entry {
    /// What the sandboxes use, where that decides.
    mutating func use(_ ask: (ObjectKey) -> ScalingUsage) -> ScalingUsage {
        if let usage { return usage }
        guard let policy = history?.policy, policy.measures.contains(where: { !$0.isOfRequests }) else {
            return .init()
        }
        let asked = ask(target)
        usage = asked
        return asked
    }

    mutating func decide(_ target: ScalingTarget, replicas: Int, waiting: Int, now: Duration) {
        let situation = ScalingHistory.Situation(
            replicas: replicas, ready: target.ready, waiting: waiting, floor: floor.replicas, schedule: floor.schedule)
        decision = history?.decide(situation, at: now)
    }

    /// Forgets what was seen.
    mutating func rest() {
        history = nil
        decision = nil
    }

    /// Reads the spec where it has changed, and the schedules once a minute.
    mutating func prepare(zones: TimeZones, now: Duration, time: Timestamp) {
        if history == nil || isStale {
            let policy = ScalingPolicy(autoscaler.spec, zones: zones, now: time)
            history = history.map { ScalingHistory(policy, after: $0, now: now) } ?? ScalingHistory(policy, now: now)
            isStale = false
            floorMinute = .min
        }
        let minute = time.seconds / 60
        guard minute != floorMinute, let policy = history?.policy else { return }
        floorMinute = minute
        floor = policy.floor(at: time)
    }
}
