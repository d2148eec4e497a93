import Foundation
import KubeAPI
import NestAPI
import Testing

@testable import Planning

@Suite struct CronTests {
    /// What Foundation knows of the tz database.
    static let zones = TimeZones { zone, time in
        TimeZone(identifier: zone)?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.seconds)))
    }

    struct Example: Sendable {
        var cron: String
        var zone = "UTC"
        var seconds = 3600
        /// The last second before it begins, and whether it is on a second later.
        var begins: String
    }

    @Test(arguments: [
        Example(cron: "0 11 * * 1-5", zone: "Asia/Shanghai", begins: "2026-11-30T03:00:00Z"),
        Example(cron: "30 9 * * *", zone: "America/New_York", begins: "2026-07-01T13:30:00Z"),
        Example(cron: "30 9 * * *", zone: "America/New_York", begins: "2026-12-01T14:30:00Z"),
        Example(cron: "0 0 29 2 *", begins: "2028-02-29T00:00:00Z"),
        Example(cron: "0 0 1 JAN *", begins: "2027-01-01T00:00:00Z"),
        Example(cron: "0 12 * * SUN", begins: "2026-11-29T12:00:00Z"),
        Example(cron: "0 12 * * 7", begins: "2026-11-29T12:00:00Z"),
        Example(cron: "0 12 * * fri-SAT", begins: "2026-11-27T12:00:00Z"),
        // Either day will do: the 13th, and Fridays.
        Example(cron: "0 0 13 * 5", begins: "2026-12-13T00:00:00Z"),
        Example(cron: "0 0 13 * 5", begins: "2026-12-18T00:00:00Z"),
        Example(cron: "5,50 */6 * * *", seconds: 60, begins: "2026-11-28T18:50:00Z"),
        Example(cron: "10/20 8-9 * * *", seconds: 60, begins: "2026-11-28T09:50:00Z"),
        // Half an hour east of what others have.
        Example(cron: "0 0 * * *", zone: "Asia/Kolkata", begins: "2026-11-28T18:30:00Z"),
        // Clocks go on from 2 to 3: 2:30 counts as if they had not.
        Example(cron: "30 2 * * *", zone: "Europe/Berlin", begins: "2026-03-29T01:30:00Z"),
        // Clocks go back from 3 to 2: 2:30 counts when it comes first.
        Example(cron: "30 2 * * *", zone: "Europe/Berlin", begins: "2026-10-25T00:30:00Z"),
        Example(cron: "0 12 * * *", zone: "Europe/Berlin", begins: "2026-10-25T11:00:00Z"),
        Example(cron: "0 12 * * *", zone: "Europe/Berlin", begins: "2026-03-29T10:00:00Z"),
        Example(cron: "0 0 * * 1", seconds: 604_800, begins: "2026-11-23T00:00:00Z"),
    ]) func beginsAndEnds(_ example: Example) throws {
        let begins = try #require(Timestamp(example.begins))
        let schedule = ScalingSchedule(
            name: "a", cron: example.cron, timeZone: example.zone, durationSeconds: example.seconds, minReplicas: 1)
        let clock = try ScheduleClock(schedule, zones: Self.zones, now: noon)
        func begin(_ after: Double) -> Timestamp? { clock.begin(at: begins.adding(seconds: after)) }
        #expect(begin(-1) != begins)
        #expect(begin(0) == begins)
        #expect(begin(Double(example.seconds - 1)) == begins)
        #expect(begin(Double(example.seconds)) != begins)
    }

    /// The hour that comes twice: on from the first time for as long as was said, and not again.
    @Test func aTimeThatComesTwiceCountsOnce() throws {
        let schedule = ScalingSchedule(
            name: "a", cron: "30 2 * * *", timeZone: "Europe/Berlin", durationSeconds: 1800, minReplicas: 1)
        let clock = try ScheduleClock(schedule, zones: Self.zones, now: noon)
        let first = try #require(Timestamp("2026-10-25T00:30:00Z"))
        let on = (0..<200).filter { clock.isOn(at: first.adding(seconds: Double($0 - 10) * 60)) }
        #expect(on == Array(10..<40))
    }

    /// A minute after another for a year, beside what a search by the minute finds.
    @Test func agreesWithASearchByTheMinute() throws {
        for cron in ["*/7 3-5 * * *", "0 4 1,15 * MON", "59 23 31 * *"] {
            let expression = try CronExpression(cron)
            let schedule = ScalingSchedule(name: "a", cron: cron, durationSeconds: 120, minReplicas: 1)
            let clock = try ScheduleClock(schedule, zones: .utc, now: noon)
            var last = Int64(0)
            for minute in Int64(29_000_000)..<29_000_000 + 60 * 24 * 40 {
                let (day, ofDay) = (minute / 1440, Int(minute % 1440))
                if expression.begins(on: day), expression.lastMinute(notAfter: ofDay) == ofDay { last = minute }
                let isOn = minute - last < 2
                if clock.isOn(at: Timestamp(seconds: minute * 60 + 1)) != isOn {
                    Issue.record("\(cron) at \(Timestamp(seconds: minute * 60))")
                    break
                }
            }
        }
    }

    @Test(arguments: [
        ("0 0 30 2 *", "no month of it has such a day, so it never begins"),
        ("0 0 31 4,6,9,11 *", "no month of it has such a day, so it never begins"),
        ("0 11 * *", "it has 4 fields, not five: minute, hour, day, month, weekday"),
        ("60 * * * *", "'60' is no minute: give 0 to 59, *, a range or a step"),
        ("* 24 * * *", "'24' is no hour: give 0 to 23, *, a range or a step"),
        ("* * 0 * *", "'0' is no day of the month: give 1 to 31, *, a range or a step"),
        ("* * * 13 *", "'13' is no month: give 1 to 12, *, a range or a step"),
        ("* * * * 8", "'8' is no day of the week: give 0 to 7, *, a range or a step"),
        ("* * * * SUNDAY", "'SUNDAY' is no day of the week: give 0 to 7, *, a range or a step"),
        ("*/0 * * * *", "'*/0' is no minute: give 0 to 59, *, a range or a step"),
        ("5-1 * * * *", "minute '5-1' runs backwards: split it in two, with a comma"),
        ("1,,2 * * * *", "'' is no minute: give 0 to 59, *, a range or a step"),
        ("-1 * * * *", "'' is no minute: give 0 to 59, *, a range or a step"),
        ("@daily", "it has 1 fields, not five: minute, hour, day, month, weekday"),
        ("", "it has 0 fields, not five: minute, hour, day, month, weekday"),
    ]) func refuses(_ cron: String, _ message: String) {
        #expect(throws: CronExpression.Problem(message: message)) { try CronExpression(cron) }
    }

    @Test func aDayOfTheWeekRescuesADayThatNoMonthHas() throws { _ = try CronExpression("0 0 30 2 1") }

    @Test func schedulesRaiseTheFloorAndTheLargestHolds() throws {
        var spec = SandboxAutoscalerSpec(target: "hello", minReplicas: 1, maxReplicas: 20)
        spec.schedules = [
            .init(name: "day", cron: "0 8 * * *", durationSeconds: 36_000, minReplicas: 3),
            .init(name: "lunch", cron: "0 11 * * *", durationSeconds: 7200, minReplicas: 8),
            .init(name: "much", cron: "0 15 * * *", durationSeconds: 600, minReplicas: 100),
            .init(name: "wrong", cron: "0 0 30 2 *", durationSeconds: 600, minReplicas: 9),
            .init(name: "far", cron: "0 0 * * *", timeZone: "Moon/Base", durationSeconds: 600, minReplicas: 9),
        ]
        let policy = ScalingPolicy(spec, zones: Self.zones, now: noon)
        func floor(_ time: String) -> (Int, String?) {
            let floor = Timestamp("2026-11-28T\(time)Z").map { policy.floor(at: $0) }
            return (floor?.replicas ?? -1, floor?.schedule)
        }
        #expect(floor("07:59:59") == (1, nil))
        #expect(floor("08:00:00") == (3, "day"))
        #expect(floor("12:59:59") == (8, "lunch"))
        #expect(floor("13:00:00") == (3, "day"))
        #expect(floor("15:09:00") == (20, "much"))
        #expect(policy.problems.count == 2)
        #expect(policy.problems.last?.hasPrefix("schedule 'far': cron '0 0 * * *': the time zone 'Moon/Base'") == true)
    }

    @Test func aScheduleThatEndsLetsGoAtOnceOfWhatNobodyAskedFor() {
        var bench = ScalingBench(replicas: 0)
        bench.run(120, concurrency: 0)
        bench.step(ScalingSample(), floor: 8, schedule: "lunch")
        #expect(bench.replicas == 8)
        #expect(bench.decision?.cause == .schedule("lunch"))
        bench.step(ScalingSample())
        #expect(bench.replicas == 0)
    }
}
