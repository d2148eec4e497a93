import KubeAPI
import NestAPI

/// One schedule of an autoscaler, ready to be asked whether it is on.
struct ScheduleClock: Sendable {
    let name: String
    let minReplicas: Int
    private let cron: CronExpression
    private let zone: String
    private let seconds: Int64
    private let zones: TimeZones

    /// - Throws: `CronExpression.Problem` for what can never begin, or a zone that is not known.
    init(_ schedule: ScalingSchedule, zones: TimeZones, now: Timestamp) throws(CronExpression.Problem) {
        name = schedule.name
        minReplicas = max(0, schedule.minReplicas)
        cron = try CronExpression(schedule.cron)
        zone = schedule.timeZone
        seconds = Int64(min(max(schedule.durationSeconds, 0), 604_800))
        self.zones = zones
        guard zones.offset(zone, now) != nil else {
            throw CronExpression.Problem(
                message: "the time zone '\(zone)' is not known: give a name of the tz database, such as Asia/Shanghai")
        }
    }

    /// Whether it has begun and not ended.
    func isOn(at now: Timestamp) -> Bool { begin(at: now) != nil }

    /// When it began, if it is on.
    ///
    /// A local time that comes twice, when clocks are turned back, counts when it comes first; one that clocks skip
    /// counts as if they had not been turned yet.
    func begin(at now: Timestamp) -> Timestamp? {
        let time = now.seconds
        guard let offset = offset(time) else { return nil }
        let local = time + offset
        let today = day(local)
        let wasTurned = self.offset(time - 86_400) != offset
        // Where clocks have been turned back, a later local time may have been already.
        var latest = Int(local - today * 86_400) / 60 + (wasTurned ? 180 : 0)
        var date = today
        let earliest = day(local - seconds - 86_400)
        while date >= earliest {
            if cron.begins(on: date) {
                var minute = cron.lastMinute(notAfter: min(latest, 1439))
                while let found = minute {
                    let begin = instant(date * 86_400 + Int64(found) * 60)
                    if begin <= time { return time < begin + seconds ? Timestamp(seconds: begin) : nil }
                    minute = found > 0 ? cron.lastMinute(notAfter: found - 1) : nil
                }
            }
            date -= 1
            latest = 1439
        }
        return nil
    }

    /// The first instant at which local clocks show that time.
    private func instant(_ local: Int64) -> Int64 {
        // Before a turn of the clocks, then after it.
        let before = offset(local - 93_600) ?? 0
        let early = local - before
        if offset(early) == before { return early }
        let after = offset(early) ?? before
        return offset(local - after) == after ? local - after : early
    }

    private func offset(_ time: Int64) -> Int64? { zones.offset(zone, Timestamp(seconds: time)).map(Int64.init) }

    private func day(_ local: Int64) -> Int64 { (local - (local % 86_400 + 86_400) % 86_400) / 86_400 }
}
